package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancelling tasks, as asyncio does. */
class CancelTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 21: cancel reaches the innermost future of a chain, and every task of the chain is cancelled")
    void cancelGoesDownTheChain() {
        loops.run(() -> {
            LoopFuture<String> innermost = EventLoop.current().createFuture();
            Task<String> inner = Async.createTask(innermost::await);
            Task<String> middle = Async.createTask(inner::await);
            Task<String> outer = Async.createTask(middle::await);
            Async.yieldNow();
            assertThat(outer.cancel("enough")).isTrue();
            assertThat(innermost.isCancelled()).isTrue();
            for (Task<String> task : List.of(outer, middle, inner)) {
                assertThatThrownBy(task::await)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("enough");
                assertThat(task.isCancelled()).isTrue();
                assertThat(task.cancelling()).isEqualTo(1);
            }
        });
    }

    @Test
    @DisplayName("row 21: a future cancelled by somebody else cancels the task that waits for it")
    void cancelOfTheInnerFuture() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(future::await);
            Async.yieldNow();
            future.cancel("inner");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("inner");
            assertThat(task.isCancelled()).isTrue();
            assertThat(task.cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 21: the task that awaits a cancelled one may catch that and go on")
    void theWaiterOfACancelledTask() {
        loops.run(() -> {
            Task<?> inner = Async.createTask(() -> Async.sleep(LONG));
            Task<String> outer = Async.createTask(() -> {
                try {
                    inner.await();
                    return "not cancelled";
                } catch (CancelledException e) {
                    return "caught " + e.getMessage();
                }
            });
            Async.yieldNow();
            inner.cancel("inner");
            assertThat(outer.await()).isEqualTo("caught inner");
        });
    }

    @Test
    @DisplayName(
            "row 22: cancelled after its future was done and before it resumed: the cancellation wins, the value is lost")
    void cancelBetweenDoneAndResume() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(future::await);
            Async.yieldNow();
            future.setResult("value");
            assertThat(task.cancel("too late for the value")).isTrue();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("too late for the value");
            assertThat(task.isCancelled()).isTrue();
            assertThat(future.result()).isEqualTo("value");
        });
    }

    @Test
    @DisplayName("row 22: both the future and its task cancelled: one exception is delivered, not two")
    void cancelOfBothTaskAndFuture() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(() -> {
                try {
                    return future.await();
                } catch (CancelledException e) {
                    Async.yieldNow();
                    Async.sleep(Duration.ofSeconds(1));
                    return "delivered once";
                }
            });
            Async.yieldNow();
            future.cancel();
            task.cancel();
            assertThat(task.await()).isEqualTo("delivered once");
        });
    }

    @Test
    @DisplayName("row 22: deviation: a pending cancellation is thrown even when the awaited future is done")
    void everyAwaitIsACancellationPoint() {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            done.setResult("value");
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                done.await();
                seen.add("not reached");
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 23: a task that cancels itself is cancelled at its next await, whichever that is")
    void selfCancelThenAwait() {
        loops.run(() -> {
            List<Runnable> waits = List.of(
                    () -> Async.sleep(LONG),
                    Async::yieldNow,
                    () -> EventLoop.current().createFuture().await(),
                    () -> catchChecked(() -> EventLoop.current().createFuture().get()),
                    () -> catchChecked(
                            () -> EventLoop.current().createFuture().get(1, java.util.concurrent.TimeUnit.DAYS)),
                    () -> Async.await(new java.util.concurrent.CompletableFuture<>()),
                    () -> Async.await(new java.util.concurrent.FutureTask<>(() -> "never run")));
            for (Runnable wait : waits) {
                Task<?> task = Async.createTask(() -> {
                    assertThat(Async.currentTask().cancel("by itself")).isTrue();
                    wait.run();
                    seen.add("not reached");
                });
                assertThatThrownBy(task::await)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("by itself");
                assertThat(task.isCancelled()).isTrue();
            }
            assertThat(seen).isEmpty();
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    private static void catchChecked(java.util.concurrent.Callable<?> wait) {
        try {
            wait.call();
        } catch (CancelledException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("row 23: a task that cancels itself and returns is cancelled, its value dropped")
    void selfCancelThenReturn() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                Async.currentTask().cancel("at the end");
                return "dropped";
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("at the end");
            assertThat(task.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 23: a task that cancels itself and throws fails with what it throws")
    void selfCancelThenThrow() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                throw new IllegalArgumentException("more important");
            });
            assertThatThrownBy(task::await).hasMessage("more important");
            assertThat(task.isCancelled()).isFalse();
        });
    }

    @Test
    @DisplayName("row 24: a task cancelled before it begins never begins, and the message is kept")
    void cancelBeforeStart() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                seen.add("begun");
            });
            assertThat(task.cancel("first")).isTrue();
            assertThat(task.cancel("second")).isTrue();
            assertThat(task.isDone()).isFalse();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("second");
            assertThat(EventLoop.current().statistics().tasksStarted()).isEqualTo(1);
        });
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("row 25: a cancellation that is caught is delivered once; the task may return a value")
    void caughtAndReturned() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(() -> {
                try {
                    return future.await();
                } catch (CancelledException e) {
                    return "caught";
                }
            });
            Async.yieldNow();
            task.cancel();
            assertThat(task.await()).isEqualTo("caught");
            assertThat(future.isCancelled()).isTrue();
            assertThat(task.isCancelled()).isFalse();
            assertThat(task.isDone()).isTrue();
            assertThat(task.cancelling()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("row 25: a task that caught its cancellation waits again undisturbed")
    void caughtAndWaitedAgain() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    assertThat(Async.currentTask().cancelling()).isEqualTo(1);
                }
                Async.yieldNow();
                return Async.sleep(Duration.ofSeconds(1), "undisturbed");
            });
            Async.yieldNow();
            task.cancel();
            assertThat(task.await()).isEqualTo("undisturbed");
        });
    }

    @Test
    @DisplayName("row 25: a task cancelled while it cleans up is told again")
    void cancelledAgainWhileCleaningUp() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    seen.add("cleaning");
                    try {
                        Async.sleep(LONG);
                    } finally {
                        seen.add("told again");
                    }
                }
            });
            Async.yieldNow();
            task.cancel("first");
            Async.sleep(Duration.ofSeconds(1));
            task.cancel("second");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("second");
        });
        assertThat(seen).containsExactly("cleaning", "told again");
    }

    @Test
    @DisplayName("row 25: a task that turns its cancellation into a failure fails")
    void cancellationTurnedIntoFailure() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    throw new IllegalStateException("cleanup failed", e);
                }
            });
            Async.yieldNow();
            task.cancel("enough");
            Throwable failure = catchThrowable(task::await);
            assertThat(failure).hasMessage("cleanup failed").hasCauseInstanceOf(CancelledException.class);
            assertThat(task.isCancelled()).isFalse();
        });
    }

    @Test
    @DisplayName("row 26: cancel counts each request and returns true; on a task that is done it returns false")
    void cancelCounts() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> Async.sleep(LONG));
            Async.yieldNow();
            assertThat(task.cancelling()).isZero();
            assertThat(task.cancel()).isTrue();
            assertThat(task.cancelling()).isEqualTo(1);
            assertThat(task.cancel()).isTrue();
            assertThat(task.cancel(true)).isTrue();
            assertThat(task.cancelling()).isEqualTo(3);
            assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
            assertThat(task.cancel()).isFalse();
            assertThat(task.cancelling()).isEqualTo(3);
            Task<String> done = Async.createTask(() -> "done");
            done.await();
            assertThat(done.cancel()).isFalse();
            assertThat(done.cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("a task that throws CancelledException by itself is cancelled, though nobody asked")
    void cancelledByItsBody() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                throw new CancelledException("on its own");
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("on its own");
            assertThat(task.isCancelled()).isTrue();
            assertThat(task.cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 28: the message of a cancellation reaches result, exception, get and the waiter")
    void messages() {
        loops.run(() -> {
            for (String message : new String[] {"message", "", null}) {
                Task<String> task = Async.createTask(() -> Async.sleep(LONG, ""));
                Async.yieldNow();
                task.cancel(message);
                assertThatThrownBy(task::await)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage(message);
                assertThatThrownBy(task::result)
                        .isInstanceOf(CancellationException.class)
                        .hasMessage(message);
                assertThatThrownBy(task::exception)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage(message);
                assertThatThrownBy(task::get)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage(message);
            }
        });
    }

    @Test
    @DisplayName(
            "row 28: what the waiter gets has the exception of the task as its cause, whose trace shows where it was")
    void theTraceOfACancellation() {
        loops.run(() -> {
            Task<?> task = Async.createTask(this::sleepForever);
            Async.yieldNow();
            task.cancel("enough");
            Throwable thrown = catchThrowable(task::await);
            assertThat(thrown).isInstanceOf(CancelledException.class);
            assertThat(thrown.getCause()).isInstanceOf(CancelledException.class).hasMessage("enough");
            assertThat(thrown.getCause().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("sleepForever"));
            assertThat(catchThrowable(task::await).getCause()).isSameAs(thrown.getCause());
        });
    }

    private void sleepForever() {
        Async.sleep(LONG);
    }

    @Test
    @DisplayName("row 29: errors of every kind are stored on the task, and the loop goes on")
    void errorsDuringCancel() {
        loops.run(() -> {
            for (Error error : List.of(new AssertionError("assertion"), new OutOfMemoryError("test"))) {
                Task<?> task = Async.createTask(() -> {
                    try {
                        Async.sleep(LONG);
                    } finally {
                        throwError(error);
                    }
                });
                Async.yieldNow();
                task.cancel();
                assertThat(catchThrowable(task::await)).isSameAs(error);
                assertThat(task.isCancelled()).isFalse();
                assertThat(catchThrowable(task::get))
                        .isInstanceOf(ExecutionException.class)
                        .hasCause(error);
            }
        });
    }

    private static void throwError(Error error) {
        throw error;
    }

    @Test
    @DisplayName("a cancelled wait leaves nothing behind: no timer, no waiter")
    void nothingIsLeftBehind() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Task<?> sleeper = Async.createTask(() -> Async.sleep(LONG));
            Async.yieldNow();
            assertThat(loop.statistics().timers()).isEqualTo(1);
            sleeper.cancel();
            assertThat(catchThrowable(sleeper::await)).isInstanceOf(CancelledException.class);
            assertThat(loop.statistics().timers()).isZero();
            assertThat(loop.tasks()).hasSize(1);
        });
    }

    @Test
    @DisplayName("a foreign CancellationException makes a task fail, as any exception of its code does")
    void foreignCancellationException() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                throw new CancellationException("of another library");
            });
            assertThat(catchThrowable(task::await))
                    .isInstanceOf(CancellationException.class)
                    .isNotInstanceOf(CompletionException.class)
                    .hasMessage("of another library");
        });
    }

    @Test
    @DisplayName("row 23: a request that comes before the wait reaches what the task waits for")
    void aPendingRequestCancelsTheFutureOfTheNextWait() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> inner = Async.createTask(() -> {
                Async.sleep(Duration.ofDays(1));
                return "never";
            });
            Task<String> task = Async.createTask(() -> {
                Async.currentTask().cancel("first");
                assertThat(catchThrowable(future::await)).isInstanceOf(CancelledException.class);
                Async.currentTask().cancel("second");
                return inner.await();
            });
            assertThat(catchThrowable(task::await))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("second");
            assertThat(future.isCancelled()).isTrue();
            assertThat(inner.isCancelled()).isTrue();
        });
    }
}
