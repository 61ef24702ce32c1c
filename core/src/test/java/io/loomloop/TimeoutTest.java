package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Deadlines for pieces of work; {@link NestedTimeoutTest} is about more than one at a time. */
class TimeoutTest {
    private static final Duration SHORT = Duration.ofSeconds(1);
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Timeout> scopes = new ArrayList<>();

    private static long now() {
        return EventLoop.current().time();
    }

    @Test
    @DisplayName("work that is over in time gives its result, and nothing is left behind")
    void inTime() throws Exception {
        loops.run(() -> {
            String result = Async.timeout(LONG, scope -> {
                scopes.add(scope);
                return Async.sleep(SHORT, "in time");
            });
            assertThat(result).isEqualTo("in time");
            assertThat(scopes.get(0).expired()).isFalse();
            assertThat(scopes.get(0).when()).isGreaterThan(now());
            assertThat(EventLoop.current().statistics().timers()).isZero();
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName(
            "work that is late: TimeoutException, whose cause is the cancellation; the task itself is not cancelled")
    void late() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                long begun = now();
                Throwable failure = catchThrowable(() -> Async.timeout(SHORT, scope -> {
                    scopes.add(scope);
                    Async.sleep(LONG);
                }));
                assertThat(failure).isInstanceOf(TimeoutException.class);
                assertThat(failure).hasCauseInstanceOf(CancelledException.class);
                assertThat(now() - begun).isEqualTo(SHORT.toNanos());
                assertThat(scopes.get(0).expired()).isTrue();
                assertThat(Async.currentTask().cancelling()).isZero();
                return Async.sleep(LONG, "goes on");
            });
            assertThat(task.await()).isEqualTo("goes on");
        });
    }

    @Test
    @DisplayName("an absolute deadline, and none at all")
    void absoluteAndNever() throws Exception {
        loops.run(() -> {
            long deadline = now() + SHORT.toNanos();
            assertThatThrownBy(() -> Async.timeoutAt(deadline, scope -> {
                        assertThat(scope.when()).isEqualTo(deadline);
                        Async.sleep(LONG);
                    }))
                    .isInstanceOf(TimeoutException.class);
            assertThat(now()).isEqualTo(deadline);
            Async.timeout(null, scope -> {
                assertThat(scope.when()).isEqualTo(Timeout.NEVER);
                assertThat(scope).hasToString("Timeout[active, never]");
                Async.sleep(Duration.ofDays(36500));
            });
            Async.timeoutAt(Timeout.NEVER, () -> Async.sleep(LONG));
            assertThat(Async.timeout(Duration.ofSeconds(Long.MAX_VALUE), () -> Async.sleep(LONG, "ever")))
                    .isEqualTo("ever");
        });
    }

    /** Nothing to run: the compiler is the test. */
    @Test
    @DisplayName("the compiler knows what each form returns and throws")
    void types() {
        loops.run(() -> {
            try {
                int a = Async.timeout(SHORT, () -> 1);
                int b = Async.timeout(SHORT, scope -> scope.hashCode() * 0 + 1);
                int c = Async.timeoutAt(Timeout.NEVER, () -> 1);
                int d = Async.timeoutAt(Timeout.NEVER, scope -> {
                    return 1;
                });
                int e = Async.waitFor(() -> 1, SHORT);
                Async.timeout(SHORT, () -> {});
                Async.timeout(SHORT, scope -> {});
                Async.timeoutAt(Timeout.NEVER, () -> {});
                Async.timeoutAt(Timeout.NEVER, scope -> {});
                Async.waitFor(() -> {}, SHORT);
                assertThat(a + b + c + d + e).isEqualTo(5);
            } catch (TimeoutException unchecked) {
                throw new AssertionError(unchecked);
            }
            IOException failure = new IOException("declared");
            try {
                Async.timeout(SHORT, () -> {
                    throw failure;
                });
            } catch (IOException | TimeoutException e) {
                assertThat(e).isSameAs(failure);
            }
        });
    }

    @Test
    @DisplayName("row 47: a foreign cancellation is not converted while the deadline has not come")
    void foreignCancel() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> Async.timeout(LONG, scope -> {
                scopes.add(scope);
                Async.currentTask().cancel("foreign");
                Async.sleep(LONG);
            }));
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("foreign");
            assertThat(task.isCancelled()).isTrue();
            assertThat(scopes.get(0).expired()).isFalse();
        });
    }

    @Test
    @DisplayName("row 47: a foreign cancellation that comes together with the deadline is not converted either")
    void foreignCancelAtTheDeadline() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> Async.timeout(SHORT, scope -> {
                scopes.add(scope);
                Async.sleep(LONG);
            }));
            Async.yieldNow();
            EventLoop.current().callLater(SHORT, () -> task.cancel("foreign"));
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(task.isCancelled()).isTrue();
            assertThat(task.cancelling()).isEqualTo(1);
            assertThat(scopes.get(0).expired()).isTrue();
        });
    }

    @Test
    @DisplayName("row 47: a foreign exception passes unchanged, in time and late; when late it tells of the deadline")
    void foreignException() {
        loops.run(() -> {
            IOException early = new IOException("early");
            assertThat(catchThrowable(() -> Async.timeout(SHORT, () -> {
                        throw early;
                    })))
                    .isSameAs(early)
                    .hasNoSuppressedExceptions();
            IOException late = new IOException("late");
            Throwable thrown = catchThrowable(() -> Async.timeout(SHORT, () -> {
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    throw late;
                }
            }));
            assertThat(thrown).isSameAs(late);
            assertThat(thrown.getSuppressed()).hasExactlyElementsOfTypes(TimeoutException.class);
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 48: it works in the clean-up of a task that was cancelled before")
    void afterCancellation() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                try {
                    Async.sleep(LONG);
                } finally {
                    assertThatThrownBy(() -> Async.timeout(SHORT, () -> Async.sleep(LONG)))
                            .isInstanceOf(TimeoutException.class);
                    assertThatThrownBy(() -> Async.timeout(Duration.ZERO, () -> Async.sleep(LONG)))
                            .isInstanceOf(TimeoutException.class);
                    assertThat(Async.currentTask().cancelling()).isEqualTo(1);
                }
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("before");
        });
    }

    @Test
    @DisplayName("row 48: a cancellation inside of it, after one before it, is not converted")
    void cancelAfterCancellation() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                try {
                    Async.sleep(LONG);
                } finally {
                    assertThatThrownBy(() -> Async.timeout(SHORT, () -> {
                                Async.currentTask().cancel("inside");
                                Async.sleep(LONG);
                            }))
                            .isInstanceOf(CancelledException.class)
                            .hasMessage("inside");
                }
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(task.cancelling()).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("row 49: a deadline of zero, or one that has passed, comes at the first wait, if only for a turn")
    void zeroAndPast() {
        loops.run(() -> {
            long begun = now();
            for (Duration delay : List.of(Duration.ZERO, Duration.ofSeconds(-11))) {
                assertThatThrownBy(() -> Async.timeout(delay, scope -> {
                            scopes.add(scope);
                            Async.yieldNow();
                            throw new AssertionError("not reached");
                        }))
                        .isInstanceOf(TimeoutException.class);
                assertThatThrownBy(() -> Async.timeout(delay, () -> Async.sleep(LONG)))
                        .isInstanceOf(TimeoutException.class);
            }
            assertThatThrownBy(() -> Async.timeoutAt(begun - 5, Async::yieldNow))
                    .isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> Async.timeoutAt(Long.MIN_VALUE, Async::yieldNow))
                    .isInstanceOf(TimeoutException.class);
            assertThat(scopes).allMatch(Timeout::expired);
            assertThat(now()).isEqualTo(begun);
        });
    }

    @Test
    @DisplayName("row 49: work that never waits is never late")
    void neverWaits() throws Exception {
        loops.run(() -> {
            String result = Async.timeout(Duration.ZERO, scope -> {
                scopes.add(scope);
                return "done";
            });
            assertThat(result).isEqualTo("done");
            assertThat(scopes.get(0).expired()).isFalse();
            Async.yieldNow();
            Async.sleep(SHORT);
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 49: work that swallows the cancellation ends as it likes, and the scope has expired")
    void swallowed() throws Exception {
        loops.run(() -> {
            String result = Async.timeout(SHORT, scope -> {
                scopes.add(scope);
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    assertThat(scope.expired()).isTrue();
                    assertThat(scope).hasToString("Timeout[expiring]");
                }
                return Async.sleep(SHORT, "stayed");
            });
            assertThat(result).isEqualTo("stayed");
            assertThat(scopes.get(0).expired()).isTrue();
            assertThat(scopes.get(0)).hasToString("Timeout[expired]");
            assertThat(Async.currentTask().cancelling()).isZero();
            Async.sleep(SHORT);
        });
    }

    @Test
    @DisplayName("row 50: the deadline can be moved while the scope is active, by its task and by others of the loop")
    void reschedule() {
        loops.run(() -> {
            long begun = now();
            Task<?> task = Async.createTask(() -> Async.timeout(SHORT, scope -> {
                scopes.add(scope);
                Async.sleep(LONG);
            }));
            Async.yieldNow();
            Timeout scope = scopes.get(0);
            scope.reschedule(Duration.ofSeconds(5));
            assertThat(scope.when()).isEqualTo(begun + Duration.ofSeconds(5).toNanos());
            Async.sleep(Duration.ofSeconds(2));
            assertThat(task.isDone()).isFalse();
            scope.reschedule(null);
            assertThat(scope.when()).isEqualTo(Timeout.NEVER);
            Async.sleep(Duration.ofSeconds(20));
            assertThat(task.isDone()).isFalse();
            long deadline = now() + SHORT.toNanos();
            scope.rescheduleAt(deadline);
            assertThat(catchThrowable(task::await)).hasCauseInstanceOf(TimeoutException.class);
            assertThat(now()).isEqualTo(deadline);
        });
    }

    @Test
    @DisplayName("row 50: moved to the past, it comes at the next wait")
    void rescheduleToThePast() {
        loops.run(() -> {
            assertThatThrownBy(() -> Async.timeout(null, scope -> {
                        scope.reschedule(Duration.ZERO);
                        Async.yieldNow();
                        throw new AssertionError("not reached");
                    }))
                    .isInstanceOf(TimeoutException.class);
        });
    }

    @Test
    @DisplayName("row 50: it cannot be moved once the deadline has come, or the work is over, or from another thread")
    void tooLateToReschedule() throws Exception {
        loops.run(() -> {
            Async.timeout(null, scope -> {
                scopes.add(scope);
                assertThatThrownBy(() -> Async.await(EventLoop.current().runInExecutor(() -> scope.reschedule(SHORT))))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("own loop");
            });
            assertThat(scopes.get(0)).hasToString("Timeout[finished]");
            assertThatThrownBy(() -> scopes.get(0).reschedule(SHORT))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("finished");
            Async.timeout(SHORT, scope -> {
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    assertThatThrownBy(() -> scope.reschedule(SHORT))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("expiring");
                }
            });
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName("row 50: it needs a task")
    void withoutTask() {
        assertThatThrownBy(() -> Async.timeout(SHORT, () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("not a task");
        loops.run(() -> {
            LoopFuture<Throwable> thrown = EventLoop.current().createFuture();
            EventLoop.current().callSoon(() -> thrown.setResult(catchThrowable(() -> Async.timeout(SHORT, () -> {}))));
            assertThat(thrown.await()).isInstanceOf(IllegalStateException.class).hasMessageContaining("not a task");
        });
    }

    @Test
    @DisplayName("a task that another thread cancels while its deadlines come: counted exactly, whoever is first")
    void cancelRaces() {
        EventLoop loop = loops.start();
        for (int i = 0; i < 300; i++) {
            int round = i;
            Task<String> task = loop.createTask(() -> {
                try {
                    Async.timeout(Duration.ofNanos(50_000L + 1000L * (round % 50)), () -> Async.sleep(LONG));
                } catch (TimeoutException e) {
                    Async.sleep(LONG);
                }
                return "";
            });
            long until = System.nanoTime() + 60_000;
            while (System.nanoTime() < until) {
                Thread.onSpinWait();
            }
            task.cancel("foreign");
            assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
            assertThat(task.cancelling()).isEqualTo(1);
        }
    }
}
