package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.coroutine.Generator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tasks that start at once in unusual places: under cancellation, while the loop stops or closes, under locks, in generators. */
class EagerStartEdgesTest {
    private static final TaskOptions EAGER = TaskOptions.DEFAULT.withEagerStart(true);
    private static final ContextVar<String> VARIABLE = ContextVar.of("variable", "unset");

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("a task that cancels itself in its first step is cancelled when createTask returns")
    void cancelsItself() {
        loops.run(() -> {
            Task<?> task = Async.createTask(EAGER, () -> {
                Async.currentTask().cancel("by itself");
                Async.sleep(Duration.ofHours(1));
                seen.add("not reached");
            });
            assertThat(task.isCancelled()).isTrue();
            Task<?> late = Async.createTask(EAGER, () -> {
                Async.currentTask().cancel("too late for any wait");
            });
            assertThat(late.isCancelled()).isTrue();
        });
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a creator with a pending cancellation starts tasks all the same, and is told at its next wait alone")
    void pendingCancellation() {
        loops.run(() -> {
            Task<?> creator = Async.createTask(() -> {
                Async.currentTask().cancel("pending");
                for (int i = 0; i < 3; i++) {
                    int number = i;
                    assertThat(Async.createTask(EAGER, () -> number).result()).isEqualTo(number);
                }
                try {
                    Async.yieldNow();
                } catch (CancelledException e) {
                    seen.add(e.getMessage());
                }
                Async.createTask(EAGER, () -> Async.yieldNow()).await();
                seen.add("goes on");
            });
            creator.await();
        });
        assertThat(seen).containsExactly("pending", "goes on");
    }

    @Test
    @DisplayName("a task that cancels its creator and itself, then blocks in code of the JDK: each is told once")
    void bothCancelled() {
        loops.run(() -> {
            List<Task<?>> children = new ArrayList<>();
            Task<?> creator = Async.createTask(() -> {
                Task<?> self = Async.currentTask();
                children.add(Async.createTask(EAGER, () -> {
                    self.cancel("creator");
                    Async.currentTask().cancel("child");
                    Thread.sleep(Duration.ofHours(1)); // reason: blocks in the JDK until it is interrupted
                }));
                seen.add("goes on");
                Thread.sleep(Duration.ofHours(1)); // reason: blocks in the JDK until it is interrupted
            });
            Async.waitAll(List.of(creator));
            Async.waitAll(children);
            assertThat(creator.isCancelled()).isTrue();
            assertThat(children.get(0).isCancelled()).isTrue();
        });
        assertThat(seen).containsExactly("goes on");
    }

    @Test
    @DisplayName("a first step may stop the loop: the turn goes on, and what is left goes on in the next run")
    void stops() {
        EventLoop loop = loops.open();
        loop.callSoon(() -> {
            var unused = loop.createTask(EAGER, () -> {
                loop.stop();
                seen.add("first step");
                Async.yieldNow();
                seen.add("later");
            });
            seen.add("callback");
        });
        loop.runForever();
        assertThat(seen).containsExactly("first step", "callback");
        loop.runUntilComplete(Async::yieldNow);
        assertThat(seen).containsExactly("first step", "callback", "later");
    }

    @Test
    @DisplayName(
            "a task that is cancelled by the end of its loop may start others at once, and they are cancelled as well")
    void whileTheLoopCloses() {
        EventLoop loop = loops.start();
        Task<?> task = loop.createTask(() -> {
            try {
                Async.sleep(Duration.ofDays(1000));
            } finally {
                Task<?> cleanup = Async.createTask(EAGER, () -> {
                    seen.add("first step");
                    try {
                        loop.createFuture().await();
                    } finally {
                        seen.add("cancelled too");
                    }
                });
                seen.add("creator " + cleanup.isDone());
            }
        });
        loop.createTask(Async::yieldNow).await();
        loop.close();
        assertThat(task.isCancelled()).isTrue();
        assertThat(seen).containsExactly("first step", "creator false", "cancelled too");
    }

    @Test
    @DisplayName("a creator that holds a lock keeps it; a first step that wants it waits for its turn")
    void locks() {
        loops.run(() -> {
            ReentrantLock lock = new ReentrantLock();
            Task<?> task;
            lock.lock();
            try {
                task = Async.createTask(EAGER, () -> {
                    seen.add("wants it");
                    lock.lock();
                    try {
                        seen.add("has it");
                    } finally {
                        lock.unlock();
                    }
                });
                seen.add("creator");
            } finally {
                lock.unlock();
            }
            task.await();
        });
        assertThat(seen).containsExactly("wants it", "creator", "has it");
    }

    @Test
    @DisplayName("a generator's body may start tasks at once, and goes on with its items")
    void generators() {
        loops.run(() -> {
            Generator<Integer> numbers = Generator.of(out -> {
                for (int i = 0; i < 3; i++) {
                    int number = i;
                    Task<Integer> task = Async.createTask(EAGER, () -> number * 2);
                    assertThat(task.isDone()).isTrue();
                    out.yield(task.result());
                }
            });
            assertThat(numbers).containsExactly(0, 2, 4);
        });
    }

    @Test
    @DisplayName("tasks started at once by callbacks, in turn by one another: order, current task and context hold")
    void callbacksInDepth() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> over = loop.createFuture();
            VARIABLE.set("main");
            loop.callSoon(() -> {
                VARIABLE.set("callback");
                Task<String> outer = loop.createTask(EAGER, () -> {
                    VARIABLE.set("outer");
                    Task<String> inner = loop.createTask(EAGER, () -> {
                        String inherited = VARIABLE.get();
                        VARIABLE.set("inner");
                        loop.callSoon(() -> seen.add("callback of " + VARIABLE.get()));
                        throw new IllegalStateException(inherited);
                    });
                    assertThat(inner.exception()).hasMessage("outer");
                    return VARIABLE.get();
                });
                seen.add(outer.result());
                seen.add(VARIABLE.get());
            });
            loop.callSoon(() -> {
                seen.add("next " + VARIABLE.get());
                over.setResult("");
            });
            over.await();
            Async.yieldNow();
            assertThat(VARIABLE.get()).isEqualTo("main");
        });
        assertThat(seen).containsExactly("outer", "callback", "next main", "callback of inner");
    }

    @Test
    @DisplayName("a callback that fails after a first step is reported, and the callbacks behind it run")
    void failingCallback() {
        List<ErrorContext> failures = new ArrayList<>();
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            loop.setExceptionHandler((l, context) -> failures.add(context));
            loop.callSoon(() -> {
                var unused = loop.createTask(EAGER, () -> seen.add("first step"));
                throw new IllegalStateException("callback");
            });
            loop.callSoon(() -> seen.add("next"));
            Async.yieldNow();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("first step", "next");
        assertThat(failures).hasSize(1);
    }
}
