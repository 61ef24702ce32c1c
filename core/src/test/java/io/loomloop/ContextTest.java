package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who sees which values: tasks, callbacks, threads, the exception handler. */
class ContextTest {
    private static final ContextVar<String> VARIABLE = ContextVar.of("variable", "unset");

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new CopyOnWriteArrayList<>();

    private void see(String who) {
        seen.add(who + " " + VARIABLE.get());
    }

    @Test
    @DisplayName(
            "row 33: a task begins with the values its creator had when it was created, and keeps its own to itself")
    void tasks() {
        loops.run(() -> {
            VARIABLE.set("1");
            Task<?> task = Async.createTask(() -> {
                see("task");
                VARIABLE.set("of the task");
                Async.yieldNow();
                see("task");
                Async.createTask(() -> see("grandchild")).await();
            });
            VARIABLE.set("2");
            Async.yieldNow();
            see("creator");
            task.await();
            see("creator");
        });
        assertThat(seen)
                .containsExactly("task 1", "creator 2", "task of the task", "grandchild of the task", "creator 2");
    }

    @Test
    @DisplayName("row 33: a value survives every kind of wait, whoever runs meanwhile")
    void waits() {
        loops.run(() -> {
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                String mine = "of " + i;
                tasks.add(Async.createTask(() -> {
                    VARIABLE.set(mine);
                    Async.yieldNow();
                    assertThat(VARIABLE.get()).isEqualTo(mine);
                    Async.sleep(Duration.ofMillis(5));
                    assertThat(VARIABLE.get()).isEqualTo(mine);
                    Thread.yield();
                    assertThat(VARIABLE.get()).isEqualTo(mine);
                    EventLoop.current().runInExecutor(() -> {}).await();
                    assertThat(VARIABLE.get()).isEqualTo(mine);
                }));
            }
            for (Task<?> task : tasks) {
                task.await();
            }
        });
    }

    @Test
    @DisplayName(
            "row 33: each callback runs in a copy of the context of whoever asked for it, made when it was asked for")
    void callbacks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> future = loop.createFuture();
            VARIABLE.set("1");
            loop.callSoon(() -> {
                see("soon");
                VARIABLE.set("changed by a callback");
                see("soon");
            });
            loop.callSoon(() -> see("next"));
            loop.callLater(Duration.ofMillis(1), () -> see("later"));
            loop.callAt(loop.time() + 2_000_000, () -> see("at"));
            future.addDoneCallback(done -> see("done"));
            VARIABLE.set("2");
            future.addDoneCallback(done -> see("done"));
            Async.createTask(() -> {
                        VARIABLE.set("of the completing task");
                        future.setResult("");
                    })
                    .await();
            Async.sleep(Duration.ofSeconds(1));
            future.addDoneCallback(done -> see("done before"));
            Async.yieldNow();
            see("task");
        });
        assertThat(seen)
                .containsExactly(
                        "soon 1",
                        "soon changed by a callback",
                        "next 1",
                        "done 1",
                        "done 2",
                        "later 1",
                        "at 1",
                        "done before 2",
                        "task 2");
    }

    @Test
    @DisplayName("row 33: what a done callback sets is not seen by the task that waits")
    void doneCallbacksDoNotPollute() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            VARIABLE.set("mine");
            future.addDoneCallback(done -> VARIABLE.set("polluted"));
            EventLoop.current().callSoon(() -> future.setResult(""));
            future.await();
            Async.yieldNow();
            see("task");
        });
        assertThat(seen).containsExactly("task mine");
    }

    @Test
    @DisplayName("row 33: a context that is given is shared, by tasks and all kinds of callbacks")
    void sharedContexts() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Context context = Context.empty();
            VARIABLE.set("of the creator");
            Task<?> task = Async.createTask(TaskOptions.DEFAULT.withContext(context), () -> {
                see("task");
                VARIABLE.set("1");
                Async.sleep(Duration.ofMillis(10));
                see("task");
            });
            assertThat(task.context()).isSameAs(context);
            Async.yieldNow();
            LoopFuture<String> future = loop.createFuture();
            future.addDoneCallback(context, done -> next("done"));
            future.setResult("");
            Handle handle = loop.callSoon(context, () -> next("soon"));
            assertThat(handle.context()).isSameAs(context);
            loop.callLater(context, Duration.ofMillis(1), () -> next("later"));
            loop.callAt(context, loop.time() + 2_000_000, () -> next("at"));
            task.await();
            see("creator");
            assertThat(context.get(VARIABLE)).isEqualTo("1++++");
        });
        assertThat(seen)
                .containsExactly(
                        "task unset",
                        "done 1",
                        "soon 1+",
                        "later 1++",
                        "at 1+++",
                        "task 1++++",
                        "creator of the creator");
    }

    private void next(String who) {
        see(who);
        VARIABLE.set(VARIABLE.get() + "+");
    }

    @Test
    @DisplayName("row 33: the contexts of tasks and handles can be had, before, while and after they run")
    void contextsCanBeHad() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            VARIABLE.set("1");
            Task<?> task = loop.createTask(() -> {
                assertThat(Async.currentTask().context())
                        .isSameAs(Async.currentTask().context());
                VARIABLE.set("2");
            });
            Context early = task.context();
            assertThat(early.get(VARIABLE)).isEqualTo("1");
            task.await();
            assertThat(task.context()).isSameAs(early);
            assertThat(early.get(VARIABLE)).isEqualTo("2");
            Handle handle = loop.callSoon(() -> VARIABLE.set("3"));
            Async.yieldNow();
            assertThat(handle.context().get(VARIABLE)).isEqualTo("3");
            see("task");
        });
        assertThat(seen).containsExactly("task 1");
    }

    @Test
    @DisplayName("row 33: a task may wait inside run, and others run in their own contexts meanwhile")
    void waitInsideRun() {
        loops.run(() -> {
            Context context = Context.empty();
            VARIABLE.set("outer");
            Task<?> other = Async.createTask(() -> {
                VARIABLE.set("other");
                assertThat(catchThrowable(() -> context.run(() -> {}))).hasMessageContaining("is already entered");
                see("other");
            });
            context.run(() -> {
                VARIABLE.set("inner");
                assertThat(Async.currentTask().context()).isSameAs(context);
                other.await();
                see("inside");
            });
            see("outside");
        });
        assertThat(seen).containsExactly("other other", "inside inner", "outside outer");
    }

    @Test
    @DisplayName("row 34: an ordinary task shares a context that is entered, and cannot enter it anew")
    void tasksInAnEnteredContext() {
        loops.run(() -> {
            Context context = Context.empty();
            context.run(() -> {
                VARIABLE.set("entered");
                Async.createTask(TaskOptions.named("shares").withContext(context), () -> {
                            see("task");
                            assertThat(catchThrowable(() -> context.run(() -> {})))
                                    .isInstanceOf(IllegalStateException.class);
                        })
                        .await();
            });
        });
        assertThat(seen).containsExactly("task entered");
    }

    @Test
    @DisplayName("row 11: the exception handler runs in the context of the callback or task that failed")
    void theExceptionHandler() {
        EventLoop loop = loops.open(builder -> builder.exceptionHandler((l, context) -> see("handler")));
        loop.runUntilComplete(() -> {
            VARIABLE.set("main");
            loop.callSoon(() -> {
                VARIABLE.set("callback");
                throw new IllegalStateException("thrown by a callback");
            });
            Async.yieldNow();
            Task<?> task = loop.createTask(() -> {
                VARIABLE.set("task");
                throw new IllegalStateException("thrown by a task");
            });
            Async.yieldNow();
            loop.callExceptionHandler(new ErrorContext("told by hand", null, task, null));
            loop.callExceptionHandler(new ErrorContext("told by hand", null));
            see("main");
        });
        loop.close();
        assertThat(seen)
                .containsExactly("handler callback", "handler task", "handler main", "main main", "handler task");
    }

    @Test
    @DisplayName("work of other threads: a task or callback they ask for begins with their values")
    void fromOtherThreads() throws Exception {
        EventLoop loop = loops.start();
        Thread thread = Thread.ofPlatform().start(() -> {
            VARIABLE.set("of the thread");
            loop.createTask(() -> see("task")).await();
            LoopFuture<String> ran = loop.createFuture();
            loop.callSoon(() -> {
                see("callback");
                ran.setResult("");
            });
            ran.await();
        });
        thread.join();
        assertThat(seen).containsExactly("task of the thread", "callback of the thread");
    }

    @Test
    @DisplayName("a thread started inside a task has a context of its own, empty at first; run carries the values over")
    void adoptedThreads() {
        loops.run(() -> {
            LoopFuture<String> over = EventLoop.current().createFuture();
            VARIABLE.set("of the task");
            Context copy = Context.copyOfCurrent();
            Thread adopted = Thread.ofVirtual().unstarted(() -> {
                see("thread");
                VARIABLE.set("of the thread");
                Thread.yield();
                see("thread");
                copy.run(() -> see("thread in the copy"));
                over.setResult("");
            });
            adopted.start();
            over.await();
            see("task");
        });
        assertThat(seen)
                .containsExactly(
                        "thread unset", "thread of the thread", "thread in the copy of the task", "task of the task");
    }

    @Test
    @DisplayName("a task of another loop begins with the values of the task that creates it")
    void otherLoops() {
        EventLoop other = loops.start();
        loops.run(() -> {
            VARIABLE.set("of this loop");
            other.createTask(() -> {
                        see("other");
                        VARIABLE.set("of the other loop");
                    })
                    .await();
            see("this");
        });
        assertThat(seen).containsExactly("other of this loop", "this of this loop");
    }

    @Test
    @DisplayName("row 80: toThread and runInExecutor carry a copy of the caller's context into the thread")
    void threads() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            VARIABLE.set("of the task");
            String result = Async.toThread(() -> {
                see("thread");
                VARIABLE.set("of the thread");
                return VARIABLE.get();
            });
            assertThat(result).isEqualTo("of the thread");
            loop.runInExecutor(() -> see("executor")).await();
            loop.runInExecutor(Runnable::run, () -> {
                        VARIABLE.set("in place");
                        see("direct executor");
                    })
                    .await();
            see("task");
        });
        assertThat(seen)
                .containsExactly(
                        "thread of the task", "executor of the task", "direct executor in place", "task of the task");
    }
}
