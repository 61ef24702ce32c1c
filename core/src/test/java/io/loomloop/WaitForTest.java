package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting for one thing, with a limit of time. */
class WaitForTest {
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);
    private static final List<Duration> NO_TIME = List.of(Duration.ZERO, Duration.ofSeconds(-1));

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    /** Ends in its own time when it is cancelled. */
    private Task<String> slowToEnd() {
        return Async.createTask(() -> {
            try {
                return Async.sleep(LONG, "");
            } finally {
                Async.sleep(SHORT);
                seen.add("ended");
            }
        });
    }

    @Test
    @DisplayName("what is done in time is returned, with a limit or without one")
    void inTime() throws Exception {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            EventLoop.current().callLater(SHORT, () -> future.setResult("ok"));
            assertThat(Async.waitFor(future, Duration.ofSeconds(2))).isEqualTo("ok");
            assertThat(Async.waitFor(() -> Async.sleep(LONG, "work"), null)).isEqualTo("work");
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName("row 42: when the time is over the task is cancelled, and its end is waited for")
    void waitsForTheEnd() {
        loops.run(() -> {
            Task<String> task = slowToEnd();
            assertThatThrownBy(() -> Async.waitFor(task, SHORT))
                    .isInstanceOf(TimeoutException.class)
                    .hasCauseInstanceOf(CancelledException.class);
            assertThat(seen).containsExactly("ended");
            assertThat(task.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 42: an exception of its own during the cancellation wins")
    void ownException() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    throw new IOException("own", e);
                }
            });
            assertThat(catchThrowable(() -> Async.waitFor(task, SHORT)))
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(IOException.class);
            assertThatThrownBy(() -> Async.waitFor(
                            () -> {
                                try {
                                    Async.sleep(LONG);
                                } catch (CancelledException e) {
                                    throw new IOException("work", e);
                                }
                            },
                            SHORT))
                    .isInstanceOf(IOException.class)
                    .hasMessage("work");
        });
    }

    @Test
    @DisplayName("row 42: a value that it returns in spite of the cancellation is returned")
    void suppressedCancel() throws Exception {
        loops.run(() -> {
            Body<Integer, RuntimeException> stubborn = () -> {
                try {
                    return Async.sleep(LONG, 0);
                } catch (CancelledException e) {
                    return 42;
                }
            };
            assertThat(Async.waitFor(Async.createTask(stubborn), SHORT)).isEqualTo(42);
            assertThat(Async.waitFor(stubborn, SHORT)).isEqualTo(42);
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 43: a cancellation that comes after the inner one is done and before the wait goes on surfaces")
    void cancelRacesWithCompletion() {
        loops.run(() -> {
            LoopFuture<String> inner = EventLoop.current().createFuture();
            Task<?> task = Async.createTask(() -> {
                Async.waitFor(inner, Duration.ofSeconds(100));
                seen.add("not reached");
            });
            Async.yieldNow();
            inner.setResult("value");
            assertThat(task.cancel("late")).isTrue();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("late");
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 43: cancelling the waiter cancels the inner one, with a limit or without one")
    void cancelTheWaiter() {
        for (Duration timeout : new Duration[] {null, Duration.ofSeconds(60)}) {
            loops.run(() -> {
                Task<String> inner = Async.createTask(() -> Async.sleep(LONG, ""));
                Task<String> waiter = Async.createTask(() -> Async.waitFor(inner, timeout));
                EventLoop.current().callSoon(waiter::cancel);
                assertThatThrownBy(waiter::await).isInstanceOf(CancelledException.class);
                assertThat(inner.isCancelled()).isTrue();
                assertThat(waiter.isCancelled()).isTrue();
            });
        }
    }

    @Test
    @DisplayName(
            "row 43: the waiter is cancelled after the time is over, while the inner one takes its time: cancelled")
    void cancelWhileItEnds() {
        loops.run(() -> {
            Task<String> inner = slowToEnd();
            Task<String> waiter = Async.createTask(() -> Async.waitFor(inner, SHORT));
            Async.sleep(Duration.ofMillis(1500));
            waiter.cancel("waiter");
            assertThat(catchThrowable(waiter::await)).isInstanceOf(CancelledException.class);
            assertThat(waiter.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 43: what comes in time is not lost when work makes something: it has the value or the exception")
    void noLeak() {
        loops.run(() -> {
            for (int millis = 998; millis <= 1002; millis++) {
                List<String> made = new ArrayList<>();
                Duration duration = Duration.ofMillis(millis);
                Throwable thrown = null;
                String got = null;
                try {
                    got = Async.waitFor(
                            () -> {
                                Async.sleep(duration);
                                made.add("made");
                                return "made";
                            },
                            SHORT);
                } catch (TimeoutException e) {
                    thrown = e;
                }
                assertThat(made.isEmpty()).isEqualTo(thrown != null).isEqualTo(got == null);
            }
        });
    }

    @Test
    @DisplayName("row 44: no time: what is done is returned")
    void noTimeDone() throws Exception {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            done.setResult("done");
            for (Duration none : NO_TIME) {
                assertThat(Async.waitFor(done, none)).isEqualTo("done");
            }
        });
    }

    @Test
    @DisplayName("row 44: no time: a task that runs is cancelled and its end waited for")
    void noTimeRunning() {
        loops.run(() -> {
            for (Duration none : NO_TIME) {
                seen.clear();
                Task<String> task = slowToEnd();
                Async.yieldNow();
                assertThatThrownBy(() -> Async.waitFor(task, none))
                        .isInstanceOf(TimeoutException.class)
                        .hasCauseInstanceOf(CancelledException.class);
                assertThat(task.isCancelled()).isTrue();
                assertThat(seen).containsExactly("ended");
                assertThat(Async.currentTask().cancelling()).isZero();
            }
        });
    }

    @Test
    @DisplayName("row 44: no time: a value or an exception that the task ends with all the same is passed on")
    void noTimeSuppressed() throws Exception {
        loops.run(() -> {
            Task<String> stays = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    return "stayed";
                }
            });
            Task<String> fails = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    throw new IllegalStateException("own", e);
                }
            });
            Async.yieldNow();
            assertThat(Async.waitFor(stays, Duration.ZERO)).isEqualTo("stayed");
            assertThatThrownBy(() -> Async.waitFor(fails, Duration.ZERO)).hasMessage("own");
        });
    }

    @Test
    @DisplayName("row 44: no time: what has not begun never begins")
    void noTimeUnstarted() {
        loops.run(() -> {
            for (Duration none : NO_TIME) {
                VoidBody<RuntimeException> work = () -> seen.add("begun");
                assertThatThrownBy(() -> Async.waitFor(work, none)).isInstanceOf(TimeoutException.class);
                assertThatThrownBy(() -> Async.waitFor(Async.createTask(work), none))
                        .isInstanceOf(TimeoutException.class);
            }
            Async.sleep(SHORT);
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 44: a shielded inner one survives, with no time and with little")
    void shielded() {
        loops.run(() -> {
            Task<String> inner = Async.createTask(() -> Async.sleep(Duration.ofSeconds(9), "survived"));
            Async.yieldNow();
            assertThatThrownBy(() -> Async.waitFor(Async.shield(inner), Duration.ZERO))
                    .isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> Async.waitFor(Async.shield(inner), SHORT)).isInstanceOf(TimeoutException.class);
            assertThat(inner.waiters()).isEmpty();
            assertThat(inner.await()).isEqualTo("survived");
        });
    }

    @Test
    @DisplayName(
            "row 44: no time, and cancelled while the inner one takes its time: cancelled, and the inner one goes on")
    void noTimeCancelled() {
        loops.run(() -> {
            Task<String> inner = slowToEnd();
            Async.yieldNow();
            Task<String> waiter = Async.createTask(() -> Async.waitFor(inner, Duration.ZERO));
            Async.yieldNow();
            waiter.cancel("waiter");
            assertThatThrownBy(waiter::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("waiter");
            assertThat(inner.isDone()).isFalse();
            assertThat(inner.cancelling()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("row 44: no time: a gather is cancelled, and it counts as too late")
    void noTimeGather() {
        loops.run(() -> {
            Task<String> child = slowToEnd();
            Async.yieldNow();
            assertThatThrownBy(() -> Async.waitFor(Async.gather(child), Duration.ZERO))
                    .isInstanceOf(TimeoutException.class);
            assertThat(seen).containsExactly("ended");
        });
    }

    @Test
    @DisplayName("no time is a cancellation point too")
    void noTimeIsACancellationPoint() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                Async.waitFor(future, Duration.ZERO);
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(future.isDone()).isFalse();
            Task<?> other = Async.createTask(() -> {
                Async.currentTask().cancel();
                Async.waitFor(() -> {}, Duration.ZERO);
            });
            assertThatThrownBy(other::await).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("a CompletableFuture is waited for and cancelled just the same")
    void completableFuture() {
        EventLoop loop = loops.start();
        Task<String> task = loop.createTask(() -> {
            CompletableFuture<String> never = new CompletableFuture<>();
            assertThatThrownBy(() -> Async.waitFor(never, Duration.ofMillis(5))).isInstanceOf(TimeoutException.class);
            assertThat(never.isCancelled()).isTrue();
            CompletableFuture<String> now = new CompletableFuture<>();
            assertThatThrownBy(() -> Async.waitFor(now, Duration.ZERO)).isInstanceOf(TimeoutException.class);
            assertThat(now.isCancelled()).isTrue();
            return Async.waitFor(CompletableFuture.completedFuture("done"), Duration.ZERO);
        });
        assertThat(task.await()).isEqualTo("done");
    }

    @Test
    @DisplayName("it needs a task; a future that is done is an exception to that")
    void withoutTask() {
        LoopFuture<String> future = loops.open().createFuture();
        assertThatThrownBy(() -> Async.waitFor(future, SHORT)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Async.waitFor(future, Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Async.waitFor(() -> "", Duration.ZERO)).isInstanceOf(IllegalStateException.class);
        assertThat(future.isDone()).isFalse();
    }
}
