package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Task groups: how they end, and what with. Cancellation is in {@link TaskGroupCancelledTest}. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RegisterExtension
    final Loops loops = new Loops(Duration.ofMinutes(1)); // two tests make very many children

    private final List<String> seen = new ArrayList<>();

    private static ExceptionGroup groupFrom(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(ExceptionGroup.class, call);
    }

    private static <X extends Throwable> void failAfter(Duration delay, X failure) throws X {
        Async.sleep(delay);
        throw failure;
    }

    private static <X extends Throwable> void failWhenCancelled(X failure) throws X {
        try {
            Async.sleep(LONG);
        } catch (CancelledException e) {
            throw failure;
        }
    }

    private void sleepAndTell(Duration delay) {
        try {
            Async.sleep(delay);
            seen.add("woke");
        } catch (CancelledException e) {
            seen.add("cancelled");
            throw e;
        }
    }

    @Test
    @DisplayName("row 51: the group returns when all children have ended, with what the body returned")
    void waitsForAll() {
        loops.run(() -> {
            long start = EventLoop.current().time();
            List<Task<Integer>> children = new ArrayList<>();
            String result = Async.taskGroup(group -> {
                for (int i = 1; i <= 3; i++) {
                    int seconds = i;
                    children.add(group.createTask(() -> Async.sleep(Duration.ofSeconds(seconds), seconds)));
                }
                return "body";
            });
            assertThat(result).isEqualTo("body");
            assertThat(EventLoop.current().time() - start).isEqualTo(3 * SECOND.toNanos());
            assertThat(children).extracting(Task::result).containsExactly(1, 2, 3);
        });
    }

    @Test
    @DisplayName("row 51: an empty group returns at once, without a switch")
    void emptyGroup() {
        loops.run(() -> {
            long before = EventLoop.current().statistics().switches();
            Async.taskGroup(group -> {});
            assertThat(EventLoop.current().statistics().switches()).isEqualTo(before);
        });
    }

    @Test
    @DisplayName("row 51: the first failure cancels siblings and body; all are awaited; only failures are in the group")
    void firstFailureCancelsTheRest() {
        loops.run(() -> {
            IOException failure = new IOException("failure");
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> sleepAndTell(LONG));
                group.createTask(() -> sleepAndTell(LONG));
                group.createTask(() -> failAfter(SECOND, failure));
                sleepAndTell(LONG);
            }));
            assertThat(thrown).hasMessage("unhandled errors in a TaskGroup (1 sub-exception)");
            assertThat(thrown.exceptions()).containsExactly(failure);
            assertThat(seen).containsExactly("cancelled", "cancelled", "cancelled");
            assertThat(EventLoop.current().time()).isEqualTo(SECOND.toNanos());
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 51: a sibling that takes its time to clean up is waited for, and its failure joins in order")
    void cleanUpIsAwaited() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> {
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        failAfter(SECOND, new IllegalStateException("clean-up"));
                    }
                });
                group.createTask(() -> failAfter(SECOND, new IOException("first")));
            }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("first", "clean-up");
            assertThat(EventLoop.current().time()).isEqualTo(2 * SECOND.toNanos());
        });
    }

    @Test
    @DisplayName("row 51: children that fail in the same turn are all in the group")
    void failuresOfTheSameTurn() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> failAfter(Duration.ZERO, new IOException("1")));
                group.createTask(() -> failAfter(Duration.ZERO, new IOException("2")));
            }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("1", "2");
        });
    }

    @Test
    @DisplayName("row 51: a failure that the group has thrown is not reported as never retrieved")
    void failuresAreRetrieved() {
        EventLoop loop = loops.open();
        assertThatThrownBy(() -> loop.runUntilComplete(() -> Async.taskGroup(group -> {
                    group.createTask(() -> failAfter(SECOND, new IOException("thrown")));
                })))
                .isInstanceOf(ExceptionGroup.class);
        loop.close();
        assertThat(loops.takeFailures()).isEmpty();
    }

    @Test
    @DisplayName("row 51: a child is told why it is cancelled")
    void messages() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> {
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        seen.add(e.getMessage());
                    }
                });
                group.createTask("culprit", () -> failAfter(SECOND, new IOException()));
            }));
            assertThat(thrown.exceptions()).hasSize(1);
            assertThat(seen).containsExactly("culprit failed");
        });
    }

    @Test
    @DisplayName("row 52: a child that is cancelled on its own is no failure, and the others go on")
    void cancelledChild() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> child = group.createTask(() -> Async.sleep(LONG));
                group.createTask(() -> sleepAndTell(SECOND));
                Async.yieldNow();
                child.cancel();
                assertThatThrownBy(child::await).isInstanceOf(CancelledException.class);
                Async.sleep(SECOND);
                group.createTask(() -> sleepAndTell(SECOND));
            });
            assertThat(seen).containsExactly("woke", "woke");
        });
    }

    @Test
    @DisplayName("row 52: a child that throws a CancelledException of its own is cancelled, not failed")
    void childThatThrowsCancelled() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(() -> {
                    throw new CancelledException("own");
                });
                group.createTask(() -> sleepAndTell(SECOND));
            });
            assertThat(seen).containsExactly("woke");
        });
    }

    @Test
    @DisplayName("row 52: a child that is cancelled before it began never begins")
    void childCancelledBeforeItBegan() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(() -> seen.add("begun")).cancel();
            });
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 53: what the body throws joins the group, after the failures of children")
    void bodyFailure() {
        loops.run(() -> {
            IOException ofBody = new IOException("body");
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> failWhenCancelled(new IllegalStateException("child")));
                Async.yieldNow();
                throw ofBody;
            }));
            assertThat(thrown.exceptions()).hasSize(2);
            assertThat(thrown.exceptions().get(0)).hasMessage("child");
            assertThat(thrown.exceptions().get(1)).isSameAs(ofBody);
        });
    }

    @Test
    @DisplayName("row 53: the failure of a body alone is wrapped too, checked or not")
    void bodyFailureAlone() {
        loops.run(() -> {
            IOException failure = new IOException();
            assertThat(groupFrom(() -> Async.taskGroup(group -> {
                                throw failure;
                            }))
                            .exceptions())
                    .containsExactly(failure);
        });
    }

    @Test
    @DisplayName("row 53: nested groups keep their shape")
    void nesting() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(outer -> {
                outer.createTask(() -> failAfter(SECOND, new IOException("outer")));
                Async.taskGroup(inner -> {
                    inner.createTask(() -> failWhenCancelled(new IllegalStateException("inner")));
                });
            }));
            assertThat(thrown.exceptions()).hasSize(2);
            assertThat(thrown.exceptions().get(0)).hasMessage("outer");
            assertThat(((ExceptionGroup) thrown.exceptions().get(1)).exceptions())
                    .extracting(Throwable::getMessage)
                    .containsExactly("inner");
        });
    }

    @Test
    @DisplayName("row 53: a body and a child that throw the same exception count once")
    void theSameInstanceTwice() {
        loops.run(() -> {
            IllegalStateException failure = new IllegalStateException("once");
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> failAfter(Duration.ZERO, failure));
                group.createTask(() -> failAfter(Duration.ZERO, failure));
            }));
            assertThat(thrown.exceptions()).containsExactly(failure);
        });
    }

    @Test
    @DisplayName("row 54: errors are failures like others: an assertion that fails in a child is in the group")
    void errors() {
        loops.run(() -> {
            AssertionError failure = new AssertionError("assertion");
            assertThat(groupFrom(() -> Async.taskGroup(group -> {
                                group.createTask(() -> failAfter(SECOND, failure));
                            }))
                            .exceptions())
                    .containsExactly(failure);
        });
    }

    @Test
    @DisplayName("row 54: an error of the virtual machine is thrown bare, and what else failed is reported")
    void fatalErrors() {
        loops.run(() -> {
            OutOfMemoryError fatal = new OutOfMemoryError("a test");
            IllegalStateException other = new IllegalStateException("other");
            assertThatThrownBy(() -> Async.taskGroup(group -> {
                        group.createTask(() -> failWhenCancelled(other));
                        group.createTask(() -> failAfter(SECOND, fatal));
                    }))
                    .isSameAs(fatal);
            assertThat(loops.takeFailure().exception()).isSameAs(other);
            assertThat(Async.currentTask().cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 54: an error of the virtual machine in the body is thrown bare, after the children have ended")
    void fatalErrorInTheBody() {
        loops.run(() -> {
            StackOverflowError fatal = new StackOverflowError();
            assertThatThrownBy(() -> Async.taskGroup(group -> {
                        group.createTask(() -> sleepAndTell(LONG));
                        Async.yieldNow();
                        throw fatal;
                    }))
                    .isSameAs(fatal);
            assertThat(seen).containsExactly("cancelled");
        });
    }

    @Test
    @DisplayName("row 57: no child can be started once one has failed")
    void notWhileShuttingDown() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> failAfter(SECOND, new IOException()));
                try {
                    Async.sleep(LONG);
                } finally {
                    assertThatThrownBy(() -> group.createTask(() -> seen.add("begun")))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("shutting down");
                    assertThatThrownBy(() -> group.start(started -> seen.add("begun")))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("shutting down");
                    assertThatThrownBy(group::awaitRoom).isInstanceOf(IllegalStateException.class);
                    seen.add("refused");
                }
            }));
            assertThat(thrown.exceptions()).hasSize(1);
            assertThat(seen).containsExactly("refused");
        });
    }

    @Test
    @DisplayName("row 57: no child can be started once the group has ended")
    void notAfterTheEnd() {
        loops.run(() -> {
            TaskGroup group = Async.taskGroup(g -> {
                return g;
            });
            assertThatThrownBy(() -> group.createTask(() -> seen.add("begun")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("ended");
            assertThat(group.tasks()).isEmpty();
            assertThat(group.toString()).contains("ended");
            Async.yieldNow();
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 57: not even between the end of the last child and that of the call")
    void notAfterTheLastChild() {
        loops.run(() -> {
            TaskGroup[] shared = new TaskGroup[1];
            Async.taskGroup(group -> {
                shared[0] = group;
                group.createTask(() -> Async.sleep(SECOND)).addDoneCallback(done -> {
                    Throwable refusal = catchThrowable(() -> shared[0].createTask(() -> seen.add("begun")));
                    seen.add(refusal instanceof IllegalStateException ? "refused" : "taken");
                });
            });
            Async.yieldNow();
            assertThat(seen).containsExactly("refused");
        });
    }

    @Test
    @DisplayName("row 57: children may start siblings, also after the body has ended")
    void childrenStartSiblings() {
        loops.run(() -> {
            AtomicInteger hydras = new AtomicInteger();
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                group.createTask(() -> hydra(group, hydras));
                group.createTask(() -> {
                    while (hydras.get() < 10) {
                        Async.sleep(SECOND);
                    }
                    throw new IOException("hercules");
                });
            }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("hercules");
            assertThat(hydras).hasValueGreaterThanOrEqualTo(10);
        });
    }

    private static void hydra(TaskGroup group, AtomicInteger count) {
        count.incrementAndGet();
        Async.sleep(SECOND);
        group.createTask(() -> hydra(group, count));
        group.createTask(() -> hydra(group, count));
    }

    @Test
    @DisplayName("children have names, and the group lists those that are left, oldest first")
    void namesAndTasks() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> named = group.createTask("named", () -> Async.sleep(SECOND));
                Task<String> other = group.createTask("other", () -> "result");
                assertThat(named.name()).isEqualTo("named");
                assertThat(group.tasks()).containsExactly(named, other);
                assertThat(other.await()).isEqualTo("result");
                assertThat(group.tasks()).containsExactly(named);
                assertThat(group.toString()).contains("children=1");
            });
        });
    }

    @Test
    @DisplayName("100,000 children: nothing is quadratic, nothing recurses, nothing is kept")
    void manyChildren() {
        loops.run(() -> {
            TaskGroup group = Async.taskGroup(g -> {
                for (int i = 0; i < 100_000; i++) {
                    g.createTask(() -> Async.sleep(SECOND));
                }
                return g;
            });
            assertThat(group.tasks()).isEmpty();
        });
    }

    @Test
    @DisplayName("20,000 children that fail in one turn, and 20,000 that are cancelled")
    void manyFailures() {
        loops.run(() -> {
            ExceptionGroup thrown = groupFrom(() -> Async.taskGroup(group -> {
                for (int i = 0; i < 20_000; i++) {
                    group.createTask(() -> {
                        throw new Light();
                    });
                    group.createTask(() -> Async.sleep(LONG));
                }
            }));
            assertThat(thrown.exceptions()).hasSize(20_000);
        });
    }

    private static final class Light extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Light() {
            super("light", null, false, false);
        }
    }
}
