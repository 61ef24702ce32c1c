package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Task groups and children that begin at once; and what is refused of a group's methods. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
class TaskGroupEagerTest {
    private static final Duration LONG = Duration.ofDays(1);
    private static final TaskOptions EAGER = TaskOptions.DEFAULT.withEagerStart(true);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName(
            "row 59: an eager child that fails in its first step does not interrupt the creator's step, nor leak out")
    void failureInTheFirstStep() {
        loops.run(() -> {
            ExceptionGroup thrown = catchThrowableOfType(
                    ExceptionGroup.class,
                    () -> Async.taskGroup(group -> {
                        Task<?> child = group.createTask(EAGER, () -> {
                            throw new IOException("at once");
                        });
                        assertThat(child.isDone()).isTrue();
                        assertThat(Async.currentTask().cancelling()).isZero();
                        group.createTask(() -> seen.add("never begins"));
                    }));
            assertThat(thrown.exceptions()).extracting(Throwable::getMessage).containsExactly("at once");
            assertThat(Async.currentTask().cancelling()).isZero();
            Async.yieldNow();
            Async.sleep(Duration.ofSeconds(1));
        });
    }

    @Test
    @DisplayName("row 59: eager children that end in their first step leave an empty group, which returns at once")
    void endInTheFirstStep() {
        loops.run(() -> {
            String result = Async.taskGroup(group -> {
                Task<String> child = group.createTask(EAGER, () -> "result");
                assertThat(group.tasks()).isEmpty();
                return child.result();
            });
            assertThat(result).isEqualTo("result");
        });
    }

    @Test
    @DisplayName(
            "row 59: an eager child that cancels the group before it first waits is cancelled as well, and body and group end")
    void cancelFromTheFirstStep() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(EAGER, () -> {
                    group.cancel();
                    try {
                        Async.sleep(LONG);
                    } finally {
                        seen.add("child");
                    }
                });
                try {
                    Async.sleep(LONG);
                } finally {
                    seen.add("body");
                }
            });
            assertThat(seen).containsExactlyInAnyOrder("child", "body");
            assertThat(EventLoop.current().time()).isZero();
            assertThat(Async.currentTask().cancelling()).isZero();
            Async.yieldNow();
        });
    }

    @Test
    @DisplayName("row 59: an eager child that fails its group's sibling and waits is cancelled with the rest")
    void abortWhileItBegins() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> waiting = group.createTask(EAGER, () -> {
                    seen.add("begun");
                    Async.sleep(LONG);
                });
                group.createTask(EAGER, () -> group.cancel());
                assertThatThrownBy(waiting::await).isInstanceOf(CancelledException.class);
            });
            assertThat(seen).containsExactly("begun");
        });
    }

    @Test
    @DisplayName("row 59: an eager child may start siblings in its first step, eager ones too")
    void eagerSiblings() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                group.createTask(EAGER, () -> {
                    group.createTask(EAGER, () -> seen.add("inner"));
                    seen.add("outer");
                });
                seen.add("body");
            });
            assertThat(seen).containsExactly("inner", "outer", "body");
        });
    }

    @Test
    @DisplayName("row 59: with a limit an eager child begins at once if it may, and waits for its turn otherwise")
    void eagerWithALimit() {
        loops.run(() -> {
            Async.taskGroup(TaskGroupOptions.DEFAULT.withLimit(1), group -> {
                group.createTask(EAGER, () -> {
                    seen.add("first");
                    Async.yieldNow();
                    Async.sleep(Duration.ofSeconds(1));
                    seen.add("first ends");
                });
                group.createTask(EAGER, () -> seen.add("second"));
                seen.add("body");
            });
            assertThat(seen).containsExactly("first", "body", "first ends", "second");
        });
    }

    // ---- bad input

    @Test
    @DisplayName("a group needs a task: a callback, or a thread of its own, is told so")
    void noTask() {
        assertThatThrownBy(() -> Async.taskGroup(group -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("createTask");
        EventLoop loop = loops.start();
        loop.callSoon(() -> Async.taskGroup(group -> {}));
        assertThat(loops.awaitFailure().exception()).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("the methods of a group fail on other threads, and say what to do")
    void otherThreads() {
        EventLoop loop = loops.start();
        LoopFuture<TaskGroup> made = loop.createFuture();
        Task<?> parent = loop.createTask(() -> Async.taskGroup(group -> {
            made.setResult(group);
            Async.sleep(LONG);
        }));
        TaskGroup group = made.await();
        for (org.assertj.core.api.ThrowableAssert.ThrowingCallable call :
                List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
                        () -> group.createTask(() -> {}),
                        () -> group.createTask("name", () -> ""),
                        () -> group.createTask(TaskOptions.DEFAULT, () -> {}),
                        () -> group.start(started -> started.accept("")),
                        group::awaitRoom,
                        group::tasks)) {
            assertThatThrownBy(call)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("own loop")
                    .hasMessageContaining("callSoon");
        }
        assertThat(group.toString()).contains("children=0");
        group.cancel();
        parent.await();
    }

    @Test
    @DisplayName("callbacks on the loop may start children, as the message for other threads says")
    void callbacks() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                EventLoop.current().callSoon(() -> group.createTask(() -> seen.add("child")));
                Async.sleep(Duration.ofSeconds(1));
            });
            assertThat(seen).containsExactly("child");
        });
    }

    @Test
    @DisplayName("a group that cannot wait because its task is pinned says so, leaves no child, and loses no failure")
    void pinned() {
        loops.run(() -> {
            assertThatThrownBy(() -> Pinned.run(() -> Async.taskGroup(group -> {
                        group.createTask(() -> Async.sleep(LONG));
                        throw new IllegalStateException("of the body");
                    })))
                    .hasCauseInstanceOf(PinnedException.class);
            assertThat(Async.currentTask().cancelling()).isZero();
            Async.yieldNow();
            assertThat(EventLoop.current().tasks()).hasSize(1);
            assertThat(loops.takeFailure().exception()).hasMessage("of the body");
        });
    }

    @Test
    @DisplayName("a child knows who waits for it")
    void awaitedBy() {
        loops.run(() -> {
            Async.taskGroup(group -> {
                Task<?> child = group.createTask(() -> {});
                assertThat(child.waiters()).hasSize(1);
                assertThat(((LoopFuture.Hook) child.waiters().get(0)).awaitedBy())
                        .isSameAs(Async.currentTask());
            });
        });
    }
}
