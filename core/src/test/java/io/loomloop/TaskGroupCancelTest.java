package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Task groups that are cancelled by themselves; from outside in {@link TaskGroupCancelledTest}. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupCancelTest {
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
            "row 58: cancel() cancels body and children, and the call returns without an exception, and without a result")
    void cancelOfTheBody() {
        loops.run(() -> {
            String result = Async.taskGroup(group -> {
                group.createTask(this::tellCancellation);
                Async.yieldNow();
                group.cancel("enough");
                group.cancel("again, which does nothing");
                tellCancellation();
                return "not reached";
            });
            assertThat(result).isNull();
            assertThat(seen).containsExactly("enough", "enough");
            assertThat(Async.currentTask().cancelling()).isZero();
            Async.yieldNow();
        });
    }

    @Test
    @DisplayName("row 58: a body that returns after cancel() without a wait returns its result")
    void cancelWithoutAWait() {
        loops.run(() -> {
            String result = Async.taskGroup(group -> {
                group.cancel();
                return "result";
            });
            assertThat(result).isEqualTo("result");
            Async.yieldNow();
        });
    }

    @Test
    @DisplayName("row 58: after cancel() no child can be started, and those that have not begun never do")
    void cancelBeforeChildren() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(() -> seen.add("begun"));
                group.cancel();
                assertThatThrownBy(() -> group.createTask(() -> seen.add("begun")))
                        .isInstanceOf(IllegalStateException.class);
            });
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 58: cancel() after the end does nothing, also while it is called from a child's callback")
    void cancelAfterTheEnd() {
        loops.run(() -> {
            TaskGroup group = Async.taskGroup(g -> {
                g.createTask(() -> seen.add("ran")).addDoneCallback(done -> g.cancel());
                return g;
            });
            group.cancel();
            Async.yieldNow();
            assertThat(seen).containsExactly("ran");
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 58: the first of several children wins and cancels the others, itself included")
    void oneWinner() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                for (int seconds : new int[] {3, 1, 2}) {
                    group.createTask(() -> {
                        Async.sleep(Duration.ofSeconds(seconds));
                        seen.add("winner " + seconds);
                        group.cancel();
                    });
                }
            });
            assertThat(seen).containsExactly("winner 1");
            assertThat(EventLoop.current().time()).isEqualTo(SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("row 58: failures after cancel() are thrown")
    void failuresAfterCancel() {
        loops.run(() -> {
            assertThat(outcome(group -> {
                        group.createTask(() -> failWhenCancelled("child"));
                        Async.yieldNow();
                        group.cancel();
                        failWhenCancelled("body");
                    }))
                    .isEqualTo("group of [child, body]; count 0; then calm");
        });
    }

    @Test
    @DisplayName("row 58: cancel() after the body has failed changes nothing")
    void cancelAfterAFailure() {
        loops.run(() -> {
            assertThat(outcome(group -> {
                        group.createTask(() -> {
                            try {
                                Async.sleep(LONG);
                            } finally {
                                group.cancel();
                            }
                        });
                        Async.yieldNow();
                        throw new IOException("body");
                    }))
                    .isEqualTo("group of [body]; count 0; then calm");
        });
    }

    @Test
    @DisplayName("row 58: a cancellation from outside during the clean-up after cancel() goes on, with its message")
    void outerCancellationIsKept() {
        loops.run(() -> {
            Task<String> waiting = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> slowWhenCancelled());
                Async.yieldNow();
                group.cancel();
                Async.sleep(LONG);
            }));
            Task<String> returned = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> slowWhenCancelled());
                Async.yieldNow();
                group.cancel();
            }));
            Task<String> byChild = Async.createTask(() -> outcome(group -> {
                group.createTask(() -> slowWhenCancelled());
                group.createTask(() -> group.cancel());
            }));
            Async.sleep(Duration.ofMillis(500));
            List<Task<String>> all = List.of(waiting, returned, byChild);
            all.forEach(task -> task.cancel("outer"));
            for (Task<String> task : all) {
                assertThat(task.await()).isEqualTo("cancelled outer; count 1; then calm");
            }
        });
    }

    @Test
    @DisplayName("row 58: cancel() from another thread takes effect soon")
    void cancelFromElsewhere() {
        EventLoop loop = loops.start();
        LoopFuture<TaskGroup> made = loop.createFuture();
        Task<String> parent = loop.createTask(() -> outcome(group -> {
            group.createTask(this::tellCancellation);
            made.setResult(group);
            Async.sleep(LONG);
        }));
        made.await().cancel("from elsewhere");
        assertThat(parent.await()).isEqualTo("null; count 0; then calm");
        assertThat(seen).containsExactly("from elsewhere");
    }

    @Test
    @DisplayName("a loop that is closed ends its groups")
    void closingTheLoop() {
        EventLoop loop = loops.start();
        LoopFuture<TaskGroup> made = loop.createFuture();
        Task<?> parent = loop.createTask(() -> Async.taskGroup(group -> {
            group.createTask(this::tellCancellation);
            group.createTask(() -> made.setResult(group));
        }));
        made.await();
        loop.close();
        made.result().cancel(); // nobody minds
        assertThat(parent.isCancelled()).isTrue();
        assertThat(seen).hasSize(1);
    }
}
