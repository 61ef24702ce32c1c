package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Task groups that are cancelled from outside, and what is left of the counts; by themselves in {@link TaskGroupCancelTest}. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupCancelledTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    /** What the parent does: runs the group, and afterwards tells what came of it, of the count, and of its next wait. */
    private String outcome(VoidScopeBody<TaskGroup, ?> body) {
        Throwable thrown = catchThrowable(() -> Async.taskGroup(body));
        String first = thrown instanceof ExceptionGroup group
                ? "group of "
                        + group.leaves().stream().map(Throwable::getMessage).toList()
                : thrown instanceof CancelledException ? "cancelled " + thrown.getMessage() : "" + thrown;
        int count = Async.currentTask().cancelling();
        Throwable next = catchThrowable(Async::yieldNow);
        return first + "; count " + count + "; then " + (next == null ? "calm" : "cancelled " + next.getMessage());
    }

    private static void failWhenCancelled(String message) throws IOException {
        try {
            Async.sleep(LONG);
        } catch (CancelledException e) {
            throw new IOException(message);
        }
    }

    private static void failAtOnce(String message) throws IOException {
        Async.yieldNow();
        throw new IOException(message);
    }

    private static void slowWhenCancelled() {
        try {
            Async.sleep(LONG);
        } catch (CancelledException e) {
            Async.sleep(SECOND);
            throw e;
        }
    }

    private void tellCancellation() {
        try {
            Async.sleep(LONG);
        } catch (CancelledException e) {
            seen.add("" + e.getMessage());
            throw e;
        }
    }

    @Test
    @DisplayName(
            "row 55: cancelled from outside while the body waits: children are cancelled with the message, and it goes on")
    void cancelledInTheBody() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(this::tellCancellation);
                Async.sleep(LONG);
            }));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("cancelled outer; count 1; then calm");
            assertThat(seen).containsExactly("outer");
        });
    }

    @Test
    @DisplayName("row 55: cancelled from outside while it waits for the children")
    void cancelledAfterTheBody() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(this::tellCancellation);
                group.createTask(() -> slowWhenCancelled());
            }));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("cancelled outer; count 1; then calm");
            assertThat(seen).containsExactly("outer");
            assertThat(EventLoop.current().time()).isEqualTo(2 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("row 55: cancelled again and again, it waits for its children all the same")
    void cancelledManyTimes() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> slowWhenCancelled());
            }));
            for (int i = 0; i < 5; i++) {
                Async.sleep(Duration.ofMillis(10));
                parent.cancel("outer " + i);
            }
            assertThat(parent.await()).isEqualTo("cancelled outer 4; count 5; then calm");
            assertThat(EventLoop.current().time()).isGreaterThan(SECOND.toNanos());
        });
    }

    @Test
    @DisplayName(
            "row 55: cancelled from outside, and a child fails of it: the failure wins, the cancellation comes again")
    void cancelledWithAFailure() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> failWhenCancelled("child"));
                Async.sleep(LONG);
            }));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("group of [child]; count 1; then cancelled outer");
        });
    }

    @Test
    @DisplayName("row 55: the same when the body turns the cancellation into a failure")
    void bodyFailsOfTheCancellation() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> failWhenCancelled("body")));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("group of [body]; count 1; then cancelled null");
        });
    }

    @Test
    @DisplayName("row 55: a child fails and somebody cancels in the same turn: failure, then cancellation")
    void failureAndCancellationAtOnce() {
        loops.run(() -> {
            Task<?>[] parent = new Task<?>[1];
            Task<String> running = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> {
                    Async.sleep(SECOND);
                    parent[0].cancel("outer");
                    throw new IOException("child");
                });
                Async.sleep(LONG);
            }));
            parent[0] = running;
            assertThat(running.await()).startsWith("group of [child]; count 1; then cancelled");
        });
    }

    @Test
    @DisplayName("row 55: a body that awaits a cancelled child without catching that ends the group with it")
    void bodyAwaitsACancelledChild() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(this::tellCancellation);
                Task<?> child = group.createTask(() -> Async.sleep(LONG));
                Async.yieldNow();
                child.cancel("only the child");
                child.await();
            }));
            assertThat(parent.await()).isEqualTo("cancelled only the child; count 0; then calm");
            assertThat(seen).containsExactly("only the child");
        });
    }

    @Test
    @DisplayName("row 55: a cancellation that interrupts a blocking call of the body is a cancellation")
    void interruptedBody() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                group.createTask(this::tellCancellation);
                new java.util.concurrent.CountDownLatch(1).await();
            }));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("cancelled outer; count 1; then calm");
            assertThat(seen).containsExactly("outer");
        });
    }

    @Test
    @DisplayName(
            "row 55: the same for a channel, which is closed by that, and the interrupt does not outlive the group")
    void interruptedChannel() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> {
                String outcome = outcome(group -> {
                    Pipe pipe = Pipe.open();
                    try (Pipe.SourceChannel source = pipe.source();
                            Pipe.SinkChannel sink = pipe.sink()) {
                        assertThat(sink.isOpen()).isTrue();
                        source.read(ByteBuffer.allocate(1));
                    }
                });
                return outcome + ", " + Thread.currentThread().isInterrupted();
            });
            Async.yieldNow();
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("cancelled outer; count 1; then calm, false");
        });
    }

    @Test
    @DisplayName("row 56: a failing group leaves the count as it was, and nothing to be thrown later")
    void countIsBalanced() {
        loops.run(() -> {
            assertThat(outcome(group -> {
                        group.createTask(() -> failAtOnce("child"));
                        Async.sleep(LONG);
                    }))
                    .isEqualTo("group of [child]; count 0; then calm");
            assertThat(outcome(group -> {
                        group.createTask(() -> failAtOnce("child"));
                    }))
                    .isEqualTo("group of [child]; count 0; then calm");
        });
    }

    @Test
    @DisplayName("row 56: a failing group interrupts a blocking call of its body, and leaves no interrupt behind")
    void interruptIsBalanced() {
        loops.run(() -> {
            assertThat(outcome(group -> {
                        group.createTask(() -> failAtOnce("child"));
                        new java.util.concurrent.CountDownLatch(1).await();
                    }))
                    .isEqualTo("group of [child]; count 0; then calm");
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
        });
    }

    @Test
    @DisplayName("row 56: nested groups that fail at once: both failures arrive, the count is balanced")
    void nestedGroupsFailAtOnce() {
        loops.run(() -> {
            assertThat(outcome(outer -> {
                        outer.createTask(() -> failAtOnce("outer"));
                        Async.taskGroup(inner -> {
                            inner.createTask(() -> failAtOnce("inner"));
                            Async.sleep(LONG);
                        });
                    }))
                    .isEqualTo("group of [outer, inner]; count 0; then calm");
        });
    }

    @Test
    @DisplayName(
            "row 56: nested groups that fail at once: catching the inner failure does not swallow the outer cancellation")
    void innerFailureIsCaught() {
        loops.run(() -> {
            assertThat(outcome(outer -> {
                        outer.createTask(() -> failAtOnce("outer"));
                        try {
                            Async.taskGroup(inner -> {
                                inner.createTask(() -> failAtOnce("inner"));
                                Async.sleep(LONG);
                            });
                        } catch (ExceptionGroup e) {
                            seen.add("caught");
                        }
                        Async.sleep(LONG);
                        seen.add("not reached");
                    }))
                    .isEqualTo("group of [outer]; count 0; then calm");
            assertThat(seen).containsExactly("caught");
        });
    }

    @Test
    @DisplayName(
            "row 56: a body that swallowed a cancellation, then a child that fails: as asyncio, it is cancelled again")
    void swallowedThenFailed() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> outcome(group -> {
                assertThat(catchThrowable(() -> Async.sleep(LONG))).hasMessage("outer");
                group.createTask(() -> failAtOnce("child"));
                Async.sleep(LONG);
            }));
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("group of [child]; count 1; then cancelled null");
        });
    }

    @Test
    @DisplayName("row 56: deviation: a cancellation told before the group began is none of its business")
    void groupInCleanUp() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> {
                assertThat(catchThrowable(() -> Async.sleep(LONG))).hasMessage("outer");
                return outcome(group -> {
                            group.createTask(() -> failAtOnce("clean-up"));
                            Async.sleep(LONG);
                        })
                        + " | "
                        + outcome(group -> {
                            group.cancel();
                        });
            });
            Async.sleep(SECOND);
            parent.cancel("outer");
            assertThat(parent.await()).isEqualTo("group of [clean-up]; count 1; then calm | null; count 1; then calm");
        });
    }

    @Test
    @DisplayName("row 56: a cancellation asked for before the group began, and not told yet, is not lost in it")
    void pendingAtTheBeginning() {
        loops.run(() -> {
            Task<String> parent = Async.createTask(() -> {
                Async.currentTask().cancel("outer");
                return outcome(group -> {
                    group.cancel("group");
                    Async.sleep(LONG);
                });
            });
            assertThat(parent.await()).startsWith("cancelled ").endsWith("; count 1; then calm");
            Task<String> failing = Async.createTask(() -> {
                Async.currentTask().cancel("outer");
                return outcome(group -> {
                    throw new IOException("body");
                });
            });
            assertThat(failing.await()).isEqualTo("group of [body]; count 1; then cancelled outer");
        });
    }

    @Test
    @DisplayName("row 56: a timeout around a group, and one in it, convert their own cancellations alone")
    void timeouts() {
        loops.run(() -> {
            assertThatThrownBy(() -> Async.timeout(
                            SECOND,
                            () -> Async.taskGroup(group -> {
                                group.createTask(this::tellCancellation);
                                Async.sleep(LONG);
                            })))
                    .isInstanceOf(TimeoutException.class);
            assertThat(outcome(group -> {
                        group.createTask(this::tellCancellation);
                        Async.timeout(SECOND, () -> Async.sleep(LONG));
                    }))
                    .isEqualTo("group of [not over in time]; count 0; then calm");
            assertThat(seen).hasSize(2);
        });
    }
}
