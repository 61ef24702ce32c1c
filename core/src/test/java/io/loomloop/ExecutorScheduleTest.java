package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The executor of a loop: delays and repetition, on virtual time unless the place needs a loop that runs by itself. */
@SuppressWarnings("FutureReturnValueIgnored") // what was scheduled is let go, as users do
class ExecutorScheduleTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Long> seconds = new ArrayList<>();

    private void note() {
        seconds.add(TimeUnit.NANOSECONDS.toSeconds(EventLoop.current().time()));
    }

    private static void sleepSeconds(long seconds) {
        Async.sleep(Duration.ofSeconds(seconds));
    }

    private void inTime(Program program) {
        Sneaky.call(() -> loops.run(() -> {
            program.run(EventLoop.current().executor());
            return null;
        }));
    }

    @FunctionalInterface
    interface Program {
        void run(ScheduledExecutorService executor) throws Exception;
    }

    // ---- once

    @ParameterizedTest
    @EnumSource
    @DisplayName("schedule runs a Callable and a Runnable after a delay, and get waits for it")
    void schedule(Places place) throws Exception {
        EventLoop loop = loops.start();
        ScheduledExecutorService executor = loop.executor();
        AtomicInteger ran = new AtomicInteger();
        place.run(loop, () -> {
            long before = loop.time();
            assertThat(executor.schedule(() -> "later", 5, TimeUnit.MILLISECONDS)
                            .get())
                    .isEqualTo("later");
            Object nothing = executor.schedule((Runnable) ran::incrementAndGet, 5, TimeUnit.MILLISECONDS)
                    .get();
            assertThat(nothing).isNull();
            assertThat(loop.time() - before).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
        });
        assertThat(ran).hasValue(1);
    }

    @Test
    @DisplayName("delays are on the loop's clock: days pass at once on virtual time")
    void virtualTime() {
        inTime(executor -> {
            ScheduledFuture<Long> future =
                    executor.schedule(() -> EventLoop.current().time(), 3, TimeUnit.DAYS);
            assertThat(future.get()).isEqualTo(Duration.ofDays(3).toNanos());
        });
    }

    @Test
    @DisplayName("what is due first runs first, and what is due at one time in the order in which it came")
    void order() {
        inTime(executor -> {
            List<String> seen = new ArrayList<>();
            executor.schedule(() -> seen.add("c"), 3, TimeUnit.SECONDS);
            executor.schedule(() -> seen.add("a"), 1, TimeUnit.SECONDS);
            executor.schedule(() -> seen.add("b1"), 2, TimeUnit.SECONDS);
            executor.schedule(() -> seen.add("b2"), 2000, TimeUnit.MILLISECONDS);
            sleepSeconds(4);
            assertThat(seen).containsExactly("a", "b1", "b2", "c");
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    @DisplayName("a delay of zero or less means soon")
    void noDelay(long delay) {
        inTime(executor -> {
            assertThat(executor.schedule(() -> EventLoop.current().time(), delay, TimeUnit.DAYS)
                            .get())
                    .isZero();
        });
    }

    @ParameterizedTest
    @EnumSource(TimeUnit.class)
    @DisplayName("the longest delay there is in any unit is not in the past, and can be cancelled")
    void longestDelay(TimeUnit unit) {
        inTime(executor -> {
            ScheduledFuture<?> future = executor.schedule(() -> "", Long.MAX_VALUE, unit);
            ScheduledFuture<?> soon = executor.schedule(() -> "", 1, TimeUnit.NANOSECONDS);
            assertThat(future.getDelay(TimeUnit.DAYS)).isGreaterThanOrEqualTo(100 * 365);
            assertThat(future.compareTo(soon)).isPositive();
            assertThat(soon.get()).isEqualTo("");
            assertThat(future.isDone()).isFalse();
            assertThat(future.cancel(false)).isTrue();
        });
    }

    @Test
    @DisplayName("a failure of delayed work is the cause of an ExecutionException")
    void failure() {
        inTime(executor -> {
            ScheduledFuture<?> future = executor.schedule(
                    (Callable<?>) () -> {
                        throw new IOException("broken");
                    },
                    1,
                    TimeUnit.SECONDS);
            assertThatThrownBy(future::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IOException.class);
        });
    }

    @Test
    @DisplayName("cancelled before its time it never runs, leaves no timer, and get throws")
    void cancelEarly() {
        for (boolean interrupt : new boolean[] {false, true}) {
            inTime(executor -> {
                AtomicInteger ran = new AtomicInteger();
                ScheduledFuture<?> future = executor.schedule(ran::incrementAndGet, 1, TimeUnit.SECONDS);
                Async.yieldNow();
                assertThat(EventLoop.current().statistics().timers()).isEqualTo(1);
                assertThat(future.cancel(interrupt)).isTrue();
                assertThat(future.cancel(interrupt)).isFalse();
                assertThat(EventLoop.current().statistics().timers()).isZero();
                sleepSeconds(2);
                assertThat(ran).hasValue(0);
                assertThat(future.isCancelled()).isTrue();
                assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
            });
        }
    }

    // ---- again and again

    @Test
    @DisplayName("a fixed rate: due times are the initial delay and multiples of the period after it")
    void fixedRate() {
        inTime(executor -> {
            ScheduledFuture<?> future = executor.scheduleAtFixedRate(this::note, 5, 2, TimeUnit.SECONDS);
            sleepSeconds(12);
            assertThat(seconds).containsExactly(5L, 7L, 9L, 11L);
            future.cancel(false);
            sleepSeconds(10);
            assertThat(seconds).hasSize(4);
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 3, 7, 10})
    @DisplayName("a fixed rate: the number of runs n after a time is such that n - 1 <= time / period < n")
    void cycles(long period) {
        inTime(executor -> {
            AtomicInteger runs = new AtomicInteger();
            executor.scheduleAtFixedRate(runs::incrementAndGet, 0, period, TimeUnit.SECONDS);
            for (int elapsed = 1; elapsed <= 40; elapsed++) {
                sleepSeconds(1);
                Async.yieldNow();
                Async.yieldNow();
                assertThat((double) elapsed / period)
                        .isGreaterThanOrEqualTo(runs.get() - 1)
                        .isLessThan(runs.get());
            }
        });
    }

    @Test
    @DisplayName("a fixed rate: runs that take longer than the period start late, do not overlap, and catch up")
    void fixedRateLate() {
        inTime(executor -> {
            AtomicInteger active = new AtomicInteger();
            executor.scheduleAtFixedRate(
                    () -> {
                        assertThat(active.incrementAndGet()).isEqualTo(1);
                        note();
                        sleepSeconds(seconds.size() < 3 ? 5 : 0);
                        active.decrementAndGet();
                    },
                    0,
                    2,
                    TimeUnit.SECONDS);
            sleepSeconds(15);
            assertThat(seconds).containsExactly(0L, 5L, 10L, 10L, 10L, 10L, 12L, 14L);
        });
    }

    @Test
    @DisplayName("a fixed delay: the delay counts from the end of a run")
    void fixedDelay() {
        inTime(executor -> {
            executor.scheduleWithFixedDelay(
                    () -> {
                        note();
                        sleepSeconds(3);
                    },
                    1,
                    2,
                    TimeUnit.SECONDS);
            sleepSeconds(14);
            assertThat(seconds).containsExactly(1L, 6L, 11L);
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a run that throws is the last one: the future fails with it, and the handler hears nothing")
    void failingRun(boolean rate) {
        inTime(executor -> {
            Runnable command = () -> {
                note();
                if (seconds.size() == 3) {
                    throw new IllegalStateException("third");
                }
            };
            ScheduledFuture<?> future = rate
                    ? executor.scheduleAtFixedRate(command, 1, 1, TimeUnit.SECONDS)
                    : executor.scheduleWithFixedDelay(command, 1, 1, TimeUnit.SECONDS);
            assertThatThrownBy(future::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasRootCauseMessage("third");
            assertThat(future.state()).isEqualTo(Future.State.FAILED);
            sleepSeconds(9);
            assertThat(seconds).containsExactly(1L, 2L, 3L);
            executor.shutdown();
            assertThat(executor.isTerminated()).isTrue();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "cancelling a periodic command in the middle of a run: with an interrupt the run ends, without it does not")
    void cancelInARun(boolean interrupt) {
        inTime(executor -> {
            List<String> seen = new ArrayList<>();
            ScheduledFuture<?> future = executor.scheduleAtFixedRate(
                    () -> {
                        try {
                            sleepSeconds(10);
                            seen.add("ended");
                        } catch (CancelledException e) {
                            seen.add("cancelled");
                            throw e;
                        }
                    },
                    1,
                    1,
                    TimeUnit.SECONDS);
            sleepSeconds(2);
            assertThat(future.cancel(interrupt)).isTrue();
            assertThat(future.isDone()).isTrue();
            executor.shutdown();
            assertThat(executor.isTerminated()).isFalse();
            sleepSeconds(30);
            assertThat(seen).containsExactly(interrupt ? "cancelled" : "ended");
            assertThat(executor.isTerminated()).isTrue();
        });
    }

    @Test
    @DisplayName("a periodic command may cancel itself")
    void cancelsItself() {
        inTime(executor -> {
            ScheduledFuture<?>[] future = new ScheduledFuture<?>[1];
            future[0] = executor.scheduleWithFixedDelay(
                    () -> {
                        note();
                        if (seconds.size() == 2) {
                            future[0].cancel(false);
                        }
                    },
                    1,
                    1,
                    TimeUnit.SECONDS);
            sleepSeconds(9);
            assertThat(seconds).containsExactly(1L, 2L);
            assertThat(future[0].isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("each run of a periodic command is a task of its own")
    void runsAreTasks() {
        inTime(executor -> {
            List<Thread> threads = new ArrayList<>();
            executor.scheduleAtFixedRate(() -> threads.add(Thread.currentThread()), 0, 1, TimeUnit.SECONDS);
            sleepSeconds(3);
            assertThat(threads).hasSizeGreaterThan(2).doesNotHaveDuplicates();
        });
    }

    @Test
    @DisplayName("a periodic future is not done, and get with a limit gives up")
    void periodicFutures() {
        EventLoop loop = loops.start();
        CountDownLatch runs = new CountDownLatch(3);
        ScheduledFuture<?> future = loop.executor().scheduleAtFixedRate(runs::countDown, 0, 1, TimeUnit.MILLISECONDS);
        assertThatThrownBy(() -> future.get(20, TimeUnit.MILLISECONDS))
                .isInstanceOf(java.util.concurrent.TimeoutException.class);
        assertThat(Sneaky.call(() -> runs.await(20, TimeUnit.SECONDS))).isTrue();
        assertThat(future.isDone()).isFalse();
        assertThat(future.state()).isEqualTo(Future.State.RUNNING);
        assertThat(((RunnableScheduledFuture<?>) future).isPeriodic()).isTrue();
        future.cancel(true);
    }

    // ---- Delayed

    @Test
    @DisplayName("getDelay counts down on the loop's clock, in any unit, and goes below zero")
    void getDelay() {
        inTime(executor -> {
            ScheduledFuture<?> future = executor.schedule(() -> sleepSeconds(5), 10, TimeUnit.SECONDS);
            assertThat(future.getDelay(TimeUnit.SECONDS)).isEqualTo(10);
            assertThat(future.getDelay(TimeUnit.MILLISECONDS)).isEqualTo(10_000);
            sleepSeconds(4);
            assertThat(future.getDelay(TimeUnit.SECONDS)).isEqualTo(6);
            sleepSeconds(8);
            assertThat(future.getDelay(TimeUnit.SECONDS)).isEqualTo(-2);
            assertThat(((RunnableScheduledFuture<?>) future).isPeriodic()).isFalse();
        });
    }

    @Test
    @DisplayName("getDelay of a periodic command is the time to its next run")
    void getDelayOfPeriodic() {
        inTime(executor -> {
            ScheduledFuture<?> rate = executor.scheduleAtFixedRate(() -> {}, 1, 10, TimeUnit.SECONDS);
            ScheduledFuture<?> delay = executor.scheduleWithFixedDelay(() -> sleepSeconds(1), 1, 10, TimeUnit.SECONDS);
            sleepSeconds(3);
            assertThat(rate.getDelay(TimeUnit.SECONDS)).isEqualTo(8);
            assertThat(delay.getDelay(TimeUnit.SECONDS)).isEqualTo(9);
        });
    }

    @Test
    @DisplayName("compareTo orders by time, then by age; also among executors, and with strangers")
    void compareTo() {
        inTime(executor -> {
            ScheduledFuture<?> late = executor.schedule(() -> {}, 3, TimeUnit.SECONDS);
            ScheduledFuture<?> first = EventLoop.current().executor().schedule(() -> {}, 2, TimeUnit.SECONDS);
            ScheduledFuture<?> second = executor.schedule(() -> {}, 2, TimeUnit.SECONDS);
            List<ScheduledFuture<?>> sorted = new ArrayList<>(List.of(late, second, first));
            Collections.sort(sorted);
            assertThat(sorted.indexOf(first)).isZero();
            assertThat(sorted.indexOf(second)).isEqualTo(1);
            ScheduledFuture<?> itself = first;
            assertThat(first.compareTo(itself)).isZero();
            assertThat(first.compareTo(stranger(1))).isPositive();
            assertThat(first.compareTo(stranger(5))).isNegative();
            assertThat(first.compareTo(stranger(2))).isZero();
        });
    }

    private static Delayed stranger(long seconds) {
        return new Delayed() {
            @Override
            public long getDelay(TimeUnit unit) {
                return unit.convert(seconds, TimeUnit.SECONDS);
            }

            @Override
            public int compareTo(Delayed other) {
                return 0;
            }
        };
    }

    // ---- bad input

    @Test
    @DisplayName("null and periods that are not positive are refused, and nothing is set")
    void badInput() {
        inTime(executor -> {
            Runnable command = () -> {};
            assertThatThrownBy(() -> executor.schedule((Runnable) null, 1, TimeUnit.SECONDS))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.schedule((Callable<?>) null, 1, TimeUnit.SECONDS))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.schedule(command, 1, null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.scheduleAtFixedRate(null, 1, 1, TimeUnit.SECONDS))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.scheduleAtFixedRate(command, 1, 1, null))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.scheduleWithFixedDelay(null, 1, 1, TimeUnit.SECONDS))
                    .isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.scheduleWithFixedDelay(command, 1, 1, null))
                    .isInstanceOf(NullPointerException.class);
            for (long period : new long[] {0, -1, Long.MIN_VALUE}) {
                assertThatThrownBy(() -> executor.scheduleAtFixedRate(command, 1, period, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("" + period);
                assertThatThrownBy(() -> executor.scheduleWithFixedDelay(command, 1, period, TimeUnit.SECONDS))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("" + period);
            }
            executor.shutdown();
            assertThat(executor.isTerminated()).isTrue();
        });
    }

    @Test
    @DisplayName("a loop that does not run yet keeps what is delayed until it does")
    void beforeTheLoopRuns() {
        EventLoop loop = loops.open();
        ScheduledFuture<String> future = loop.executor().schedule(() -> "later", 1, TimeUnit.DAYS);
        assertThat(loop.runUntilComplete(() -> Async.await(future))).isEqualTo("later");
    }

    @Test
    @DisplayName("ten thousand delayed commands, half of them cancelled: the others run, and nothing is left")
    void many() {
        inTime(executor -> {
            AtomicInteger ran = new AtomicInteger();
            for (int i = 0; i < 10_000; i++) {
                Future<?> future = executor.schedule(ran::incrementAndGet, 1 + i % 100, TimeUnit.SECONDS);
                if (i % 2 == 0) {
                    future.cancel(false);
                }
            }
            sleepSeconds(200);
            assertThat(ran).hasValue(5_000);
            executor.shutdown();
            assertThat(executor.isTerminated()).isTrue();
        });
    }
}
