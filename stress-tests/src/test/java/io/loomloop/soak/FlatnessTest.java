package io.loomloop.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What counts as growth over a run. */
class FlatnessTest {
    private static final long MB = 1_000_000;

    private final Random random = new Random(1);

    private static List<Sample> samples(int count, IntFunction<Sample> each) {
        List<Sample> samples = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            samples.add(each.apply(i));
        }
        return samples;
    }

    private static Sample sample(long heap, long threads, long virtual, long descriptors) {
        return new Sample(heap, threads, virtual, descriptors, 0);
    }

    @Test
    @DisplayName("noise is flat, in a short run and in a long one")
    void noise() {
        for (int count : new int[] {Flatness.FEWEST, 20, 400}) {
            assertThat(Flatness.judge(samples(
                            count,
                            i -> sample(
                                    20 * MB + random.nextLong(MB),
                                    40 + random.nextInt(3),
                                    9 + random.nextInt(3),
                                    50 + random.nextInt(3)))))
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("what grows while the run warms up, and then no more, is flat")
    void warmUp() {
        assertThat(Flatness.judge(samples(
                        40,
                        i -> sample(MB * 5 * Math.min(i, 7), Math.min(i, 7), Math.min(i, 7), 10L * Math.min(i, 7)))))
                .isEmpty();
    }

    @Test
    @DisplayName("one odd sample decides nothing, at the end neither")
    void outlier() {
        List<Sample> samples = samples(40, i -> sample(20 * MB, 40, 9, 50));
        samples.set(39, sample(90 * MB, 400, 90, 500));
        samples.set(20, sample(90 * MB, 400, 90, 500));
        assertThat(Flatness.judge(samples)).isEmpty();
    }

    @Test
    @DisplayName("what shrinks is flat")
    void shrinking() {
        assertThat(Flatness.judge(samples(40, i -> sample((90 - i) * MB, 90 - i, 90 - i, 90 - i))))
                .isEmpty();
    }

    @Test
    @DisplayName("a slow growth of the heap is found, in the midst of noise")
    void heap() {
        assertThat(Flatness.judge(samples(60, i -> sample(20 * MB + i * MB / 5 + random.nextLong(MB), 40, 9, 50))))
                .singleElement()
                .asString()
                .contains("heap");
    }

    @Test
    @DisplayName("a platform thread now and then is found")
    void threads() {
        assertThat(Flatness.judge(samples(60, i -> sample(20 * MB, 40 + i / 5, 9, 50))))
                .singleElement()
                .asString()
                .contains("platform threads grew from 44 to 50");
    }

    @Test
    @DisplayName("a virtual thread now and then is found")
    void virtualThreads() {
        assertThat(Flatness.judge(samples(60, i -> sample(20 * MB, 40, 9 + i / 5, 50))))
                .singleElement()
                .asString()
                .contains("virtual threads");
    }

    @Test
    @DisplayName("a descriptor now and then is found")
    void descriptors() {
        assertThat(Flatness.judge(samples(60, i -> sample(20 * MB, 40, 9, 50 + i / 5))))
                .singleElement()
                .asString()
                .contains("descriptors");
    }

    @Test
    @DisplayName("a slow growth of direct buffers is found")
    void directBuffers() {
        assertThat(Flatness.judge(samples(60, i -> new Sample(20 * MB, 40, 9, 50, MB + i * MB / 20))))
                .singleElement()
                .asString()
                .contains("direct buffers");
    }

    @Test
    @DisplayName("all that grows is named")
    void everything() {
        assertThat(Flatness.judge(samples(20, i -> sample(20 * MB + i * MB, i, i, i))))
                .hasSize(4);
    }

    @Test
    @DisplayName("too few samples say nothing, and do not pass")
    void tooShort() {
        assertThat(Flatness.judge(samples(Flatness.FEWEST - 1, i -> sample(20 * MB, 40, 9, 50))))
                .singleElement()
                .asString()
                .contains("too short");
    }
}
