package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.coroutine.Coroutine;
import io.loomloop.coroutine.Generator;
import io.loomloop.coroutine.Step;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Generators and coroutines whose drivers are tasks. */
class GeneratorInTaskTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Object> seen = new ArrayList<>();

    private static Generator<Integer> ticking(int end) {
        return Generator.of(out -> {
            for (int i = 0; i < end; i++) {
                Async.sleep(Duration.ofSeconds(1));
                out.yield(i);
            }
        });
    }

    @Test
    @DisplayName("a body awaits as its task does, and other tasks run meanwhile")
    void awaitInside() {
        loops.run(() -> {
            Task<?> other = Async.createTask(() -> {
                for (int i = 0; i < 3; i++) {
                    Async.sleep(Duration.ofMillis(i == 0 ? 500 : 1000));
                    seen.add("other");
                }
            });
            for (int i : ticking(3)) {
                seen.add(i);
            }
            other.await();
            assertThat(seen).containsExactly("other", 0, "other", 1, "other", 2);
        });
    }

    @Test
    @DisplayName("yieldNow inside a body lets the other tasks run")
    void yieldNowInside() {
        loops.run(() -> {
            Generator<Integer> generator = Generator.of(out -> {
                for (int i = 0; i < 2; i++) {
                    Async.yieldNow();
                    out.yield(i);
                }
            });
            Task<?> other = Async.createTask(() -> seen.add("other"));
            generator.next();
            assertThat(seen).containsExactly("other");
            other.await();
        });
    }

    @Test
    @DisplayName("a body may await inside of nested generators, and from deep in its calls")
    void nested() {
        loops.run(() -> {
            Generator<Integer> outer = Generator.of(out -> {
                out.yieldFrom(ticking(2));
                Generator<Integer> inner = Generator.of(in -> in.yieldFrom(ticking(2)));
                out.yieldFrom(inner);
                out.yield(awaitDeep(100));
            });
            assertThat(outer.stream().toList()).containsExactly(0, 1, 0, 1, 100);
        });
    }

    private static int awaitDeep(int depth) {
        if (depth == 0) {
            Async.sleep(Duration.ofMillis(1));
            return 0;
        }
        return awaitDeep(depth - 1) + 1;
    }

    @Test
    @DisplayName("a thousand tasks, each in the middle of a generator of its own")
    void manyTasks() {
        loops.run(() -> {
            List<Task<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < 1000; i++) {
                tasks.add(Async.createTask(
                        () -> ticking(5).stream().mapToInt(Integer::intValue).sum()));
            }
            for (Task<Integer> task : tasks) {
                assertThat(task.await()).isEqualTo(10);
            }
        });
    }

    @Test
    @DisplayName("Async.currentTask inside a body is the task that drives it")
    void currentTask() {
        loops.run(() -> {
            Generator<Task<?>> generator = Generator.of(out -> {
                Async.sleep(Duration.ofMillis(1));
                out.yield(Async.currentTask());
            });
            assertThat(generator.next()).isSameAs(Async.currentTask());
        });
    }

    @Test
    @DisplayName("a cancelled task is told inside of the body where it awaits, and cleans up there")
    void cancel() {
        loops.run(() -> {
            Task<Integer> task = Async.createTask(() -> {
                Generator<Integer> generator = Generator.of(out -> {
                    try {
                        Async.sleep(Duration.ofDays(1));
                    } finally {
                        seen.add("cleaned up");
                    }
                    out.yield(1);
                });
                return generator.next();
            });
            Async.yieldNow();
            task.cancel("enough");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(task.isCancelled()).isTrue();
            assertThat(seen).containsExactly("cleaned up");
        });
    }

    @Test
    @DisplayName(
            "a task cancelled in blocking code inside of a body is cancelled, although InterruptedException is checked")
    void cancelBlockingCode() {
        loops.run(() -> {
            Task<Integer> task = Async.createTask(() -> {
                Generator<Integer> generator = Generator.of(out -> {
                    new java.util.concurrent.CountDownLatch(1).await();
                    out.yield(1);
                });
                return generator.next();
            });
            Async.yieldNow();
            task.cancel();
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(task.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("while a body awaits, another task cannot drive it, and it goes on unharmed")
    void twoTasks() {
        loops.run(() -> {
            Generator<Integer> generator = ticking(2);
            Task<Integer> first = Async.createTask(generator::next);
            Async.yieldNow();
            Task<Integer> second = Async.createTask(generator::next);
            assertThatThrownBy(second::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("belongs to the thread that drove it first");
            assertThat(first.await()).isZero();
        });
    }

    @Test
    @DisplayName("a task may be started, and awaited, inside a body; it is not the body's own")
    void createTaskInside() {
        loops.run(() -> {
            Generator<Object> generator = Generator.of(out -> {
                Task<Integer> child = Async.createTask(() -> {
                    Async.sleep(Duration.ofMillis(1));
                    return 7;
                });
                out.yield(child.await());
                Task<Object> yielding = Async.createTask(() -> out.yield(8));
                assertThatThrownBy(yielding::await).isInstanceOf(IllegalStateException.class);
                out.yield(9);
            });
            assertThat(generator.stream().toList()).containsExactly(7, 9);
        });
    }

    @Test
    @DisplayName("a body parked by code of the JDK lets go of the loop")
    void foreignPark() {
        loops.run(() -> {
            Thread self = Thread.currentThread();
            EventLoop.current().callSoon(() -> {
                seen.add("callback");
                LockSupport.unpark(self);
            });
            Generator<Integer> generator = Generator.of(out -> {
                LockSupport.park();
                out.yield(1);
            });
            assertThat(generator.next()).isEqualTo(1);
            assertThat(seen).containsExactly("callback");
        });
    }

    @Test
    @DisplayName("a pinned await inside a body is refused with PinnedException, as outside of one")
    void pinnedAwait() {
        loops.run(() -> {
            Generator<Object> generator = Generator.of(out -> {
                try {
                    Pinned.run(() -> Async.sleep(Duration.ofMillis(1)));
                    out.yield("not this");
                } catch (ExceptionInInitializerError e) {
                    out.yield(e.getCause());
                }
                Async.sleep(Duration.ofMillis(1));
                out.yield("went on");
            });
            assertThat(generator.next()).isInstanceOf(PinnedException.class);
            assertThat(generator.next()).isEqualTo("went on");
        });
    }

    @Test
    @DisplayName(
            "a driver in a synchronized block: an await in the body is refused on JDK 21 to 23, and works from 24 on")
    void monitorOfTheDriver() {
        loops.run(() -> {
            Object monitor = new Object();
            Generator<Integer> generator = ticking(2);
            synchronized (monitor) {
                if (Runtime.version().feature() < 24) {
                    assertThatThrownBy(generator::next).isInstanceOf(PinnedException.class);
                } else {
                    assertThat(generator.next()).isZero();
                }
                assertThat(Thread.holdsLock(monitor)).isTrue();
            }
            assertThat(Thread.holdsLock(monitor)).isFalse();
        });
    }

    @Test
    @DisplayName("a trampoline of coroutines: what they yield is awaited for them")
    void trampoline() {
        loops.run(() -> {
            Coroutine<LoopFuture<Integer>, Integer, Integer> coroutine = Coroutine.of(out -> {
                int a = out.yield(Async.createTask(() -> Async.sleep(Duration.ofSeconds(1), 20)));
                int b = out.yield(Async.createTask(() -> Async.sleep(Duration.ofSeconds(1), 22)));
                return a + b;
            });
            Step<LoopFuture<Integer>, Integer> step = coroutine.send(null);
            while (step instanceof Step.Yielded<LoopFuture<Integer>, Integer> yielded) {
                step = coroutine.send(yielded.value().await());
            }
            assertThat(coroutine.result()).isEqualTo(42);
        });
    }

    @Test
    @DisplayName("a callback may drive a generator that awaits")
    void inCallback() {
        loops.run(() -> {
            LoopFuture<List<Integer>> items = EventLoop.current().createFuture();
            EventLoop.current()
                    .callSoon(() -> items.setResult(ticking(2).stream().toList()));
            assertThat(items.await()).containsExactly(0, 1);
        });
    }
}
