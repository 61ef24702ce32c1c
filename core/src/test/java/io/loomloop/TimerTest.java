package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When timers fire, and in which order. */
class TimerTest {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 7: timers fire in the order of their time, whatever the order they were set in")
    void orderOfTime() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            long start = loop.time();
            for (int seconds : new int[] {5, 1, 4, 2, 3}) {
                loop.callLater(Duration.ofSeconds(seconds), () -> {
                    assertThat(loop.time() - start)
                            .isEqualTo(Duration.ofSeconds(seconds).toNanos());
                    seen.add("" + seconds);
                });
            }
            Async.sleep(Duration.ofSeconds(6));
        });
        assertThat(seen).containsExactly("1", "2", "3", "4", "5");
    }

    @Test
    @DisplayName("row 7: timers of equal time fire in the order in which they were set, where asyncio promises nothing")
    void equalTimes() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            long when = loop.time() + SECOND.toNanos();
            for (int i = 0; i < 40; i++) {
                int number = i;
                loop.callAt(when, () -> seen.add("" + number));
            }
            Async.sleep(Duration.ofSeconds(2));
        });
        assertThat(seen)
                .hasSize(40)
                .isSortedAccordingTo((a, b) -> Integer.compare(Integer.parseInt(a), Integer.parseInt(b)));
    }

    @Test
    @DisplayName("a million timers that were set and cancelled leave nothing in memory, although the loop runs on")
    void noGarbageAfterCancel() {
        loops.run(() -> {
            setAndCancel(1_000);
            long before = usedHeap();
            setAndCancel(1_000_000);
            assertThat(EventLoop.current().statistics().timers()).isZero();
            assertThat(usedHeap() - before).isLessThan(1 << 20);
        });
    }

    private static void setAndCancel(int count) {
        TimerHandle[] timers = new TimerHandle[count];
        for (int i = 0; i < count; i++) {
            byte[] captured = new byte[16];
            timers[i] = EventLoop.current().callLater(SECOND, () -> captured[0]++);
        }
        for (TimerHandle timer : timers) {
            timer.cancel();
        }
    }

    private static long usedHeap() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    @Test
    @DisplayName("row 7: a negative delay, and a time that has passed, mean the next turn")
    void timesThatHavePassed() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Async.sleep(SECOND);
            loop.callLater(Duration.ofDays(-300), () -> seen.add("negative delay"));
            loop.callAt(loop.time(), () -> seen.add("now"));
            loop.callAt(loop.time() - 1, () -> seen.add("past"));
            Async.yieldNow();
            assertThat(loop.time()).isEqualTo(SECOND.toNanos());
        });
        assertThat(seen).containsExactly("past", "negative delay", "now");
    }

    @Test
    @DisplayName("row 7: a timer is not early, and not late by a turn")
    void exactlyInTime() {
        VirtualTimeDriver driver = VirtualTimeDriver.jumping();
        EventLoop loop = loops.open(builder -> builder.driver(driver));
        loop.runUntilComplete(() -> {
            loop.callLater(Duration.ofNanos(100), () -> seen.add("fired"));
            driver.pass(Duration.ofNanos(99));
            Task<?> other = Async.createTask(() -> {});
            other.await();
            assertThat(seen).isEmpty();
            driver.pass(Duration.ofNanos(1));
            Async.yieldNow(); // the timer is queued behind this task
            Async.yieldNow();
            assertThat(seen).containsExactly("fired");
        });
    }

    @Test
    @DisplayName("row 8: a cancelled timer leaves the queue at once and never fires")
    void cancelledTimersLeaveAtOnce() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<TimerHandle> timers = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                timers.add(loop.callLater(Duration.ofMillis(i), () -> seen.add("fired")));
            }
            assertThat(loop.statistics().timers()).isEqualTo(1000);
            timers.forEach(timer -> assertThat(timer.cancel()).isTrue());
            assertThat(loop.statistics().timers()).isZero();
            timers.forEach(timer -> assertThat(timer.cancel()).isFalse());
            Async.sleep(Duration.ofSeconds(2));
        });
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("row 8: a timer that is due but whose turn has not come can still be cancelled")
    void cancelAfterDue() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            TimerHandle[] second = new TimerHandle[1];
            loop.callLater(SECOND, () -> {
                seen.add("first");
                assertThat(second[0].cancel()).isTrue();
            });
            second[0] = loop.callLater(SECOND, () -> seen.add("second"));
            Async.sleep(Duration.ofSeconds(2));
            assertThat(second[0].isCancelled()).isTrue();
        });
        assertThat(seen).containsExactly("first");
    }

    @Test
    @DisplayName("a timer that has fired is not cancelled by cancel")
    void cancelAfterFiring() {
        loops.run(() -> {
            TimerHandle timer = EventLoop.current().callLater(SECOND, () -> seen.add("fired"));
            assertThat(timer.when()).isEqualTo(SECOND.toNanos());
            Async.sleep(Duration.ofSeconds(2));
            assertThat(timer.cancel()).isFalse();
            assertThat(timer.isCancelled()).isFalse();
        });
        assertThat(seen).containsExactly("fired");
    }

    @Test
    @DisplayName("timers set and cancelled from another thread, before and while the loop runs")
    void timersFromAnotherThread() {
        EventLoop loop = loops.start();
        LoopFuture<String> fired = loop.createFuture();
        loop.callLater(Duration.ofMillis(1), () -> fired.setResult("fired"));
        TimerHandle far = loop.callLater(Duration.ofDays(1), () -> seen.add("far"));
        assertThat(fired.await()).isEqualTo("fired");
        Loops.Waiting.until("the far timer is set", () -> loop.statistics().timers() == 1);
        assertThat(far.cancel()).isTrue();
        Loops.Waiting.until("the far timer is gone", () -> loop.statistics().timers() == 0);
        long when = loop.time() + SECOND.toNanos();
        TimerHandle exact = loop.callAt(when, () -> seen.add("exact"));
        assertThat(exact.when()).isEqualTo(when);
        exact.cancel();
    }

    @Test
    @DisplayName("a timer set from another thread and cancelled before the loop has seen it is never set")
    void cancelBeforeTheLoopSeesIt() {
        EventLoop loop = loops.open();
        TimerHandle timer = loop.callLater(Duration.ofHours(1), () -> seen.add("fired"));
        timer.cancel();
        loop.runUntilComplete(() -> {
            assertThat(loop.statistics().timers()).isZero();
            Async.sleep(Duration.ofHours(2));
        });
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a timer given to a loop that is closed before it has run counts as cancelled")
    void timersOfALoopThatNeverRan() {
        EventLoop loop = loops.open();
        TimerHandle timer = loop.callLater(SECOND, () -> seen.add("fired"));
        Handle handle = loop.callSoon(() -> seen.add("called"));
        loop.close();
        assertThat(handle.isCancelled()).isTrue();
        assertThat(timer.isCancelled()).isTrue();
        assertThat(timer.cancel()).isFalse();
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a clock whose nanoseconds wrap around keeps the order")
    void clockThatWrapsAround() {
        EventLoop loop = loops.open(builder -> builder.driver(new ShiftedDriver(Long.MAX_VALUE - SECOND.toNanos())));
        loop.runUntilComplete(() -> {
            loop.callLater(Duration.ofSeconds(3), () -> seen.add("3"));
            loop.callLater(Duration.ofMillis(500), () -> seen.add("0.5"));
            loop.callLater(Duration.ofMillis(1500), () -> seen.add("1.5"));
            Async.sleep(Duration.ofSeconds(4));
        });
        assertThat(seen).containsExactly("0.5", "1.5", "3");
    }

    @Test
    @DisplayName("the longest durations and times are in the far future, and do not disturb the others")
    void extremes() {
        EventLoop loop = loops.open(builder -> builder.driver(new ShiftedDriver(1_000)));
        loop.runUntilComplete(() -> {
            loop.callLater(Duration.ofSeconds(Long.MAX_VALUE), () -> seen.add("never"));
            loop.callLater(Duration.ofSeconds(Long.MIN_VALUE), () -> seen.add("at once"));
            loop.callAt(Long.MAX_VALUE, () -> seen.add("never"));
            loop.callAt(-1_000, () -> seen.add("past"));
            LoopFuture<String> future = loop.createFuture();
            Task<String> patient = Async.createTask(() -> future.get(Long.MAX_VALUE, TimeUnit.DAYS));
            Async.sleep(SECOND);
            assertThat(seen).containsExactlyInAnyOrder("past", "at once");
            loop.callAt(loop.time() - 1_000_000, () -> seen.add("late"));
            Async.yieldNow();
            Async.yieldNow();
            assertThat(seen).hasSize(3);
            future.setResult("patient");
            assertThat(patient.await()).isEqualTo("patient");
        });
    }
}
