package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What one turn of the loop does, and in which order. */
class LoopTurnTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 1: callbacks added by a callback wait for the next turn")
    void callbacksAddedMeanwhileWaitForTheNextTurn() {
        EventLoop loop = loops.open();
        loop.callSoon(() -> {
            seen.add("a");
            loop.callSoon(() -> seen.add("a2"));
        });
        loop.callSoon(() -> seen.add("b"));
        loop.stop();
        loop.runForever();
        assertThat(seen).containsExactly("a", "b");

        loop.stop();
        loop.runForever();
        assertThat(seen).containsExactly("a", "b", "a2");
    }

    @Test
    @DisplayName("row 1: a timer that is due comes after what was ready, and before what that asks for")
    void dueTimersComeAfterWhatWasReady() {
        EventLoop loop = loops.open();
        loop.runUntilComplete(() -> {
            loop.callLater(Duration.ZERO, () -> seen.add("timer"));
            loop.callSoon(() -> {
                seen.add("ready");
                loop.callSoon(() -> seen.add("next turn"));
            });
            Async.sleep(Duration.ofMillis(1));
        });
        assertThat(seen).containsExactly("ready", "timer", "next turn");
    }

    @Test
    @DisplayName("row 1: a callback that keeps asking for another cannot delay a timer by more than a turn")
    void nobodyStarvesATimer() {
        EventLoop loop = loops.open();
        long[] turns = new long[2];
        Runnable again = new Runnable() {
            @Override
            public void run() {
                turns[0]++;
                if (turns[1] == 0) {
                    loop.callSoon(this);
                }
            }
        };
        loop.callSoon(again);
        loop.runUntilComplete(() -> {
            loop.callLater(Duration.ZERO, () -> turns[1] = turns[0]);
            long before = turns[0];
            while (turns[1] == 0) {
                Async.yieldNow();
            }
            assertThat(turns[1] - before).isLessThanOrEqualTo(2);
        });
    }
}
