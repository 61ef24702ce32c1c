package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("ReadBuffer")
class ReadBufferTest {
    @Test
    @DisplayName("a chunk that is taken whole is not copied")
    void noCopy() {
        ReadBuffer buffer = new ReadBuffer();
        byte[] chunk = {1, 2, 3};
        buffer.append(chunk, 0);
        assertThat(buffer.take(3)).isSameAs(chunk);
        assertThat(buffer.isEmpty()).isTrue();
    }

    @Test
    @DisplayName("what is taken never changes later")
    void takenIsSafe() {
        ReadBuffer buffer = new ReadBuffer();
        buffer.append(new byte[] {1, 2, 3}, 0);
        byte[] first = buffer.take(2);
        buffer.append(new byte[] {4}, 0);
        byte[] rest = buffer.take(2);
        buffer.append(new byte[] {9, 9}, 0);
        assertThat(first).containsExactly(1, 2);
        assertThat(rest).containsExactly(3, 4);
    }

    @Test
    @DisplayName("does what a plain string does, for any sequence of calls")
    void againstModel() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ReadBuffer buffer = new ReadBuffer();
            byte[] model = {};
            for (int step = 0; step < 100; step++) {
                if (random.nextBoolean()) {
                    byte[] chunk = bytes(random, 1 + random.nextInt(20));
                    model = concat(model, chunk);
                    buffer.append(chunk.clone(), random.nextInt(100));
                } else {
                    int count = random.nextInt(model.length + 1);
                    assertThat(buffer.take(count)).as("seed %s", seed).isEqualTo(Arrays.copyOf(model, count));
                    model = Arrays.copyOfRange(model, count, model.length);
                }
                byte[] separator = bytes(random, 1 + random.nextInt(3));
                int from = random.nextInt(model.length + 1);
                assertThat(buffer.size()).isEqualTo(model.length);
                assertThat(buffer.indexOf(separator, from))
                        .as("seed %s", seed)
                        .isEqualTo(indexOf(model, separator, from));
            }
        }
    }

    private static byte[] bytes(Random random, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) ('a' + random.nextInt(3));
        }
        return bytes;
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    private static int indexOf(byte[] where, byte[] what, int from) {
        return new String(where, java.nio.charset.StandardCharsets.ISO_8859_1)
                .indexOf(new String(what, java.nio.charset.StandardCharsets.ISO_8859_1), from);
    }
}
