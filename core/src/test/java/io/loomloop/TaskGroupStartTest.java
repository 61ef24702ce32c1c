package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Children that say when they are ready, as with trio's {@code nursery.start}. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupStartTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("start returns what the child says, while the child goes on, and the group waits for it")
    void started() {
        loops.run(() -> {
            long start = EventLoop.current().time();
            Async.taskGroup(group -> {
                int port = group.start(started -> {
                    Async.sleep(SECOND);
                    started.accept(8080);
                    Async.sleep(SECOND);
                    seen.add("served");
                });
                seen.add("port " + port);
                assertThat(EventLoop.current().time() - start).isEqualTo(SECOND.toNanos());
            });
            assertThat(seen).containsExactly("port 8080", "served");
        });
    }

    @Test
    @DisplayName("a name, options, and null as the value")
    void namesAndOptions() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                String name = group.start(
                        "named", started -> started.accept(Async.currentTask().name()));
                assertThat(name).isEqualTo("named");
                String eager = group.start(TaskOptions.named("eager").withEagerStart(true), started -> {
                    started.accept(null);
                    Async.sleep(SECOND);
                });
                assertThat(eager).isNull();
                assertThat(group.tasks()).extracting(Task::name).containsExactly("eager");
            });
        });
    }

    @Test
    @DisplayName("a failure before it has started goes to the caller, the same instance, and not to the group")
    void failureBefore() {
        loops.run(() -> {
            IOException failure = new IOException("bind");
            Async.taskGroup(group -> {
                group.createTask(() -> {
                    Async.sleep(SECOND);
                    seen.add("sibling");
                });
                try {
                    group.start(started -> {
                        Async.yieldNow();
                        throw failure;
                    });
                } catch (IOException e) {
                    assertThat(e).isSameAs(failure);
                    seen.add("caught");
                }
            });
            assertThat(seen).containsExactly("caught", "sibling");
        });
    }

    @Test
    @DisplayName("a failure after it has started is one of the group")
    void failureAfter() {
        loops.run(() -> {
            IOException failure = new IOException("serving");
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(group -> {
                        String value = group.start(started -> {
                            started.accept("ready");
                            throw failure;
                        });
                        seen.add(value);
                        Async.sleep(LONG);
                    }));
            assertThat(thrown.exceptions()).containsExactly(failure);
            assertThat(seen).containsExactly("ready");
        });
    }

    @Test
    @DisplayName("a child that ends without having started is an IllegalStateException of the caller")
    void neverStarted() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                assertThatThrownBy(() -> group.start("forgetful", started -> {}))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("forgetful");
            });
        });
    }

    @Test
    @DisplayName("saying it twice, or after the end, is refused")
    void startedTwice() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Consumer<Consumer<String>> twice = started -> {
                    started.accept("first");
                    assertThatThrownBy(() -> started.accept("second")).isInstanceOf(InvalidStateException.class);
                    seen.add("refused");
                };
                String value = group.start(started -> {
                    twice.accept(started);
                });
                assertThat(value).isEqualTo("first");
                List<Consumer<String>> kept = new ArrayList<>();
                assertThatThrownBy(() -> group.<String, RuntimeException>start(started -> {
                            kept.add(started);
                        }))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> kept.get(0).accept("late")).isInstanceOf(InvalidStateException.class);
            });
            assertThat(seen).containsExactly("refused");
        });
    }

    @Test
    @DisplayName("it may be said by another thread")
    void startedFromElsewhere() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                String value = group.start(started -> {
                    Async.toThread(() -> started.accept("from elsewhere"));
                });
                assertThat(value).isEqualTo("from elsewhere");
            });
        });
    }

    @Test
    @DisplayName("a child that is cancelled before it has started cancels the call, not the group")
    void childCancelled() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                EventLoop.current().callLater(SECOND, () -> group.tasks().get(0).cancel("the child"));
                assertThatThrownBy(() -> group.start(started -> Async.sleep(LONG)))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("the child");
                Async.yieldNow();
            });
        });
    }

    @Test
    @DisplayName("a caller that is cancelled cancels the child and waits for its end, once")
    void callerCancelled() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> caller = Async.createTask(() -> group.start(started -> {
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        seen.add("told " + e.getMessage());
                        Async.sleep(SECOND);
                        started.accept("too late, and nobody minds");
                        seen.add("cleaned up");
                        throw e;
                    }
                }));
                Async.sleep(SECOND);
                caller.cancel("caller");
                Async.yieldNow();
                caller.cancel("again");
                assertThatThrownBy(caller::await)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("caller");
                assertThat(seen).containsExactly("told caller", "cleaned up");
                assertThat(group.tasks()).isEmpty();
            });
        });
    }

    @Test
    @DisplayName("a caller that is cancelled cancels a child that has swallowed a cancellation before")
    void childThatSwallows() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> caller = Async.createTask(() -> group.start(started -> {
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        seen.add("swallowed " + e.getMessage());
                    }
                    Async.sleep(LONG);
                    seen.add("went on");
                }));
                Async.sleep(SECOND);
                group.tasks().get(0).cancel("first");
                Async.sleep(SECOND);
                caller.cancel("caller");
                assertThatThrownBy(caller::await)
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("caller");
                assertThat(seen).containsExactly("swallowed first");
            });
        });
    }

    @Test
    @DisplayName("what the child throws while its caller is cancelled goes to the caller")
    void failureWhileTheCallerIsCancelled() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> caller = Async.createTask(() -> group.start(started -> {
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        throw new IOException("clean-up");
                    }
                }));
                Async.sleep(SECOND);
                caller.cancel();
                assertThat(catchThrowable(caller::get)).hasCauseInstanceOf(IOException.class);
            });
        });
    }

    @Test
    @DisplayName("a caller that is cancelled just after the child has started leaves it to the group")
    void callerCancelledAfterwards() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?>[] caller = new Task<?>[1];
                caller[0] = Async.createTask(() -> group.start(started -> {
                    started.accept("ready");
                    caller[0].cancel("too late for the child");
                    Async.sleep(SECOND);
                    seen.add("went on");
                }));
                assertThatThrownBy(caller[0]::await).isInstanceOf(CancelledException.class);
                assertThat(group.tasks()).hasSize(1);
            });
            assertThat(seen).containsExactly("went on");
        });
    }

    @Test
    @DisplayName("a group that is cancelled cancels the child that starts, once, and the call with it")
    void groupCancelled() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(() -> {
                    Async.sleep(SECOND);
                    group.cancel();
                });
                try {
                    group.start(started -> {
                        try {
                            Async.sleep(LONG);
                        } catch (CancelledException e) {
                            Async.sleep(SECOND);
                            seen.add("cleaned up");
                        }
                    });
                } catch (CancelledException e) {
                    seen.add("cancelled");
                    throw e;
                }
            });
            assertThat(seen).containsExactly("cleaned up", "cancelled");
        });
    }
}
