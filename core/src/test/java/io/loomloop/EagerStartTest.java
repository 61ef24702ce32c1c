package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tasks whose first step comes before {@code createTask} returns. */
class EagerStartTest {
    private static final TaskOptions EAGER = TaskOptions.DEFAULT.withEagerStart(true);
    private static final ContextVar<String> VARIABLE = ContextVar.of("variable", "unset");

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 32: a task that does not wait is done when createTask returns, and the loop does not list it")
    void eagerCompletion() {
        loops.run(() -> {
            Task<String> task = Async.createTask(EAGER, () -> "result");
            assertThat(task.isDone()).isTrue();
            assertThat(task.result()).isEqualTo("result");
            assertThat(EventLoop.current().tasks()).containsExactly(Async.currentTask());
            IllegalArgumentException failure = new IllegalArgumentException("thrown");
            Task<?> failed = Async.createTask(EAGER, () -> {
                throw failure;
            });
            assertThat(failed.exception()).isSameAs(failure);
        });
    }

    @Test
    @DisplayName("row 32: a task that waits is an ordinary one from there on")
    void blocksAfterTheEagerStep() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> gate = loop.createFuture();
            Task<String> task = Async.createTask(EAGER.withName("eager"), () -> {
                seen.add("begun");
                return gate.await();
            });
            seen.add("created");
            assertThat(task.isDone()).isFalse();
            assertThat(task.name()).isEqualTo("eager");
            assertThat(loop.tasks()).containsExactly(Async.currentTask(), task);
            gate.setResult("open");
            assertThat(task.isDone()).isFalse();
            assertThat(task.await()).isEqualTo("open");
        });
        assertThat(seen).containsExactly("begun", "created");
    }

    @Test
    @DisplayName("row 32: the task is the current one in its first step, and listed; afterwards its creator is again")
    void currentTask() {
        loops.run(() -> {
            Task<?> creator = Async.currentTask();
            List<Task<?>> current = new ArrayList<>();
            Task<?> task = Async.createTask(EAGER, () -> {
                current.add(Async.currentTask());
                assertThat(EventLoop.current().tasks()).contains(Async.currentTask(), creator);
            });
            task.await();
            assertThat(current).containsExactly(task);
            assertThat(Async.currentTask()).isSameAs(creator);
        });
    }

    @Test
    @DisplayName("row 32: the first step runs in a copy of the creator's context")
    void contexts() {
        loops.run(() -> {
            VARIABLE.set("creator");
            Task<String> task = Async.createTask(EAGER, () -> {
                String inherited = VARIABLE.get();
                VARIABLE.set("task");
                Async.yieldNow();
                return inherited + " " + VARIABLE.get();
            });
            assertThat(VARIABLE.get()).isEqualTo("creator");
            assertThat(task.await()).isEqualTo("creator task");
            assertThat(VARIABLE.get()).isEqualTo("creator");
        });
    }

    @Test
    @DisplayName("row 32: cancelling after the first step reaches the wait, with its message")
    void cancelAfterTheFirstStep() {
        loops.run(() -> {
            Task<?> task = Async.createTask(EAGER, () -> Async.sleep(Duration.ofHours(1)));
            task.cancel("enough");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
        });
    }

    @Test
    @DisplayName("row 32: nothing else runs between the first step and its creator, whatever was ready before")
    void nothingComesBetween() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> seen.add("callback"));
            Task<?> ordinary = loop.createTask(() -> {
                seen.add("ordinary");
            });
            Task<?> yields = loop.createTask(EAGER, () -> {
                seen.add("eager 1");
                loop.callSoon(() -> seen.add("callback of eager"));
                Async.yieldNow();
                seen.add("eager 2");
            });
            seen.add("creator");
            ordinary.await();
            yields.await();
        });
        assertThat(seen).containsExactly("eager 1", "creator", "callback", "ordinary", "callback of eager", "eager 2");
    }

    @Test
    @DisplayName("row 32: a task may start another one in its first step, as deep as one likes")
    void nested() {
        loops.run(() -> {
            Task<Integer> task = Async.createTask(EAGER, () -> depth(20_000));
            assertThat(task.isDone()).isTrue();
            assertThat(task.result()).isEqualTo(20_000);
            Task<?> outer = Async.createTask(EAGER, () -> {
                Task<?> inner = Async.createTask(EAGER, () -> {
                    seen.add("inner");
                    Async.yieldNow();
                    seen.add("inner later");
                });
                seen.add("outer");
                inner.await();
                seen.add("outer later");
            });
            seen.add("creator");
            outer.await();
        });
        assertThat(seen).containsExactly("inner", "outer", "creator", "inner later", "outer later");
    }

    private static int depth(int levels) {
        return levels == 0
                ? 0
                : Async.createTask(EAGER, () -> depth(levels - 1)).result() + 1;
    }

    @Test
    @DisplayName("row 32: a callback may start a task at once as well, also one that has blocked before")
    void fromCallbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            List<Task<?>> made = new ArrayList<>();
            LoopFuture<String> ready = loop.createFuture();
            LoopFuture<String> gate = loop.createFuture();
            loop.callSoon(() -> {
                Task<?> done = loop.createTask(EAGER, () -> {
                    seen.add("first " + Async.currentTask().name());
                });
                assertThat(done.isDone()).isTrue();
                Task<?> task = loop.createTask(EAGER.withName("waits"), () -> {
                    seen.add("second");
                    gate.await();
                });
                seen.add("callback");
                assertThat(task.isDone()).isFalse();
            });
            loop.callSoon(() -> seen.add("next callback"));
            loop.callSoon(() -> {
                seen.add(gate.await());
                made.add(loop.createTask(EAGER, () -> {
                    seen.add("after blocking");
                }));
                seen.add("blocked callback");
                ready.setResult("");
            });
            Async.yieldNow();
            gate.setResult("open");
            ready.await();
            assertThat(made.get(0).isDone()).isTrue();
        });
        assertThat(seen.get(0)).startsWith("first Task-");
        assertThat(seen.subList(1, seen.size()))
                .containsExactly("second", "callback", "next callback", "open", "after blocking", "blocked callback");
    }

    @Test
    @DisplayName("row 32: the first step may block in code of the JDK, and its creator goes on meanwhile")
    void blocksInForeignCode() throws Exception {
        loops.run(() -> {
            BlockingQueue<String> queue = new ArrayBlockingQueue<>(1);
            Task<?> task = Async.createTask(EAGER, () -> {
                seen.add("waits");
                seen.add(queue.take());
            });
            seen.add("creator");
            queue.put("has it");
            task.await();
        });
        assertThat(seen).containsExactly("waits", "creator", "has it");
    }

    @Test
    @DisplayName("row 32: a creator that is cancelled in the first step of its child finds out at its next wait")
    void theChildCancelsItsCreator() {
        loops.run(() -> {
            Task<?> creator = Async.createTask(() -> {
                Task<?> self = Async.currentTask();
                Task<?> child = Async.createTask(EAGER, () -> {
                    self.cancel("by the child");
                });
                assertThat(child.isDone()).isTrue();
                seen.add("goes on");
                Async.yieldNow();
                seen.add("not reached");
            });
            assertThat(catchThrowable(creator::await)).hasMessage("by the child");
        });
        assertThat(seen).containsExactly("goes on");
    }

    @Test
    @DisplayName("row 59: the done callbacks of a task that ends in its first step are deferred all the same")
    void doneCallbacks() {
        loops.run(() -> {
            Task<?> task = Async.createTask(EAGER, () -> {});
            task.addDoneCallback(done -> seen.add("callback"));
            seen.add("creator");
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("creator", "callback");
    }

    @Test
    @DisplayName("row 34: a context that is entered already fails the eager start, and the loop stays usable")
    void enteredContexts() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Context context = Context.empty();
            context.run(() -> {
                assertThatThrownBy(() -> loop.createTask(EAGER.withContext(context), () -> seen.add("never")))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("cannot enter context");
            });
            Context own = Async.currentTask().context();
            assertThatThrownBy(() -> loop.createTask(EAGER.withContext(own), () -> seen.add("never")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("cannot enter context");
            assertThat(loop.tasks()).containsExactly(Async.currentTask());
            assertThat(loop.createTask(EAGER.withContext(context), () -> "works")
                            .result())
                    .isEqualTo("works");
        });
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("from another thread, or one started inside a task, the task begins in the next turn")
    void fromElsewhere() throws Exception {
        EventLoop loop = loops.open();
        Task<?> task = loop.createTask(EAGER, () -> {
            seen.add("begun");
        });
        assertThat(seen).isEmpty();
        loop.runUntilComplete(task);
        assertThat(seen).containsExactly("begun");
        loop.runUntilComplete(() -> {
            List<Task<?>> made = new ArrayList<>();
            LoopFuture<String> ready = loop.createFuture();
            Thread adopted = Thread.startVirtualThread(() -> {
                made.add(loop.createTask(EAGER, () -> {
                    seen.add("of the adopted thread");
                }));
                seen.add("adopted thread");
                ready.setResult("");
            });
            ready.await();
            made.get(0).await();
            assertThat(adopted.isVirtual()).isTrue();
        });
        assertThat(seen).containsExactly("begun", "adopted thread", "of the adopted thread");
    }

    @Test
    @DisplayName("a creator that cannot let go of the loop thread gets a task that begins in the next turn")
    void pinned() {
        loops.run(() -> {
            Pinned.call(() -> {
                        Task<?> task = Async.createTask(EAGER, () -> {
                            seen.add("task");
                        });
                        seen.add("creator");
                        return task;
                    })
                    .await();
        });
        assertThat(seen).containsExactly("creator", "task");
    }

    @Test
    @DisplayName("stack walks from another thread meanwhile change neither the order nor the outcome")
    void stackWalks() throws Exception {
        EventLoop loop = loops.start();
        List<Task<?>> walked = new ArrayList<>();
        boolean[] enough = new boolean[1];
        Task<Integer> work = loop.createTask(() -> {
            int sum = 0;
            for (int i = 0; i < 20_000; i++) {
                sum += Async.createTask(EAGER, () -> 1).result();
            }
            return sum;
        });
        walked.add(work);
        Thread walker = Thread.ofPlatform().daemon().start(() -> {
            while (!work.isDone()) {
                walked.get(0).stack();
                LockSupport.parkNanos(10_000);
            }
            enough[0] = true;
        });
        assertThat(work.await()).isEqualTo(20_000);
        walker.join();
        assertThat(enough[0]).isTrue();
    }
}
