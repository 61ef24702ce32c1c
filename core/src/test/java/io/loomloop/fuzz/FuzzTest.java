package io.loomloop.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Random programs against what must hold of every program. Another range: {@code -Dfuzz.first= -Dfuzz.count=}. */
@Tag("slow")
@Timeout(120)
class FuzzTest {
    private static final long FIRST = Long.getLong("fuzz.first", 0);
    private static final long COUNT = Long.getLong("fuzz.count", 10_000);

    @Test
    @DisplayName("10,000 random programs leave no waiter, lose no permit and no item, keep their counts, and end")
    void programs() {
        for (long seed = FIRST; seed < FIRST + COUNT; seed++) {
            try {
                new RandomProgram(seed).run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", again with -Dfuzz.count=1 -Dfuzz.first=" + seed, e);
            }
        }
    }

    @Test
    @DisplayName("a seed replays exactly")
    void replay() throws TimeoutException {
        for (long seed = FIRST; seed < FIRST + COUNT / 100; seed++) {
            assertThat(new RandomProgram(seed).run())
                    .as("seed %d", seed)
                    .isNotEmpty()
                    .isEqualTo(new RandomProgram(seed).run());
        }
    }
}
