package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Handle;
import io.loomloop.InvalidStateException;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** The twins of the Python programs on the loop, callbacks and tasks. Each method is named as its program is. */
@SuppressWarnings("FutureReturnValueIgnored") // as in Python, tasks are let go
final class LoopPrograms {
    private LoopPrograms() {}

    static void callbacksInOrder(Trace out) {
        EventLoop loop = Programs.open();
        loop.callSoon(() -> {
            out.print("first");
            loop.callSoon(() -> out.print("asked for by first"));
        });
        loop.callSoon(() -> out.print("second"));
        loop.callLater(Duration.ofMillis(20), () -> out.print("later"));
        loop.callLater(Duration.ofMillis(10), () -> out.print("sooner"));
        loop.callLater(Duration.ofMillis(30), loop::stop);
        Handle cancelled = loop.callSoon(() -> out.print("never"));
        cancelled.cancel();
        out.print("before the run", cancelled.isCancelled());
        loop.runForever();
        loop.close();
        out.print("closed", loop.isClosed());
    }

    static void stopEndsTheTurn(Trace out) {
        EventLoop loop = Programs.open();
        loop.callSoon(() -> {
            out.print("stop");
            loop.stop();
            loop.callSoon(() -> out.print("in the next run"));
        });
        loop.callSoon(() -> out.print("same turn"));
        loop.runForever();
        out.print("between");
        loop.callSoon(loop::stop);
        loop.runForever();
        LoopFuture<String> future = loop.createFuture();
        loop.callSoon(loop::stop);
        try {
            loop.runUntilComplete(future);
        } catch (IllegalStateException e) {
            out.print("stopped before the future completed");
        }
        loop.close();
    }

    static void tasksStartInTheNextTurn(Trace out) {
        Programs.run(() -> {
            Task<String> a = Async.createTask(() -> child(out, "a"));
            EventLoop.current().callSoon(() -> out.print("callback"));
            Task<String> b = Async.createTask(() -> child(out, "b"));
            out.print("created", a.isDone());
            out.print(b.await());
            out.print(a.await());
            out.print("again", a.await());
        });
    }

    private static String child(Trace out, String name) {
        out.print(name, "begins");
        Async.yieldNow();
        out.print(name, "ends");
        return name.toUpperCase(java.util.Locale.ROOT);
    }

    static void turnsInterleave(Trace out) {
        Programs.run(() -> {
            EventLoop loop = EventLoop.current();
            Task<?> a = Async.createTask(() -> count(out, "a", 3));
            Task<?> b = Async.createTask(() -> count(out, "b", 2));
            loop.callSoon(() -> loop.callSoon(() -> out.print("callback of the second turn")));
            count(out, "main", 4);
            a.await();
            b.await();
            out.print("end");
        });
    }

    private static void count(Trace out, String name, int n) {
        for (int i = 0; i < n; i++) {
            out.print(name, i);
            Async.yieldNow();
        }
    }

    static void aResultResumesInTheNextTurn(Trace out) {
        Programs.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<Integer> future = loop.createFuture();
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b")) {
                tasks.add(Async.createTask(() -> out.print(name, "got", future.await())));
            }
            Async.yieldNow();
            future.addDoneCallback(f -> out.print("callback", f.result()));
            loop.callSoon(() -> out.print("before"));
            future.setResult(7);
            loop.callSoon(() -> out.print("after"));
            out.print("set");
            tasks.forEach(Task::await);
        });
    }

    static void doneCallbacks(Trace out) {
        Programs.run(() -> {
            LoopFuture<Integer> future = EventLoop.current().createFuture();
            Consumer<LoopFuture<Integer>> two =
                    f -> out.print("two", f.exception().getMessage());
            Consumer<LoopFuture<Integer>> one = f -> {
                out.print("one");
                f.addDoneCallback(two);
            };
            Consumer<LoopFuture<Integer>> three = f -> out.print("three");
            future.addDoneCallback(three);
            future.addDoneCallback(one);
            future.addDoneCallback(three);
            future.addDoneCallback(two);
            out.print("removed", future.removeDoneCallback(three));
            future.setException(new IllegalArgumentException("broken"));
            out.print("set");
            Async.yieldNow();
            out.print("next turn");
            Async.yieldNow();
            try {
                future.setResult(1);
            } catch (InvalidStateException e) {
                out.print("done twice");
            }
        });
    }

    static void failuresReachWhoWaits(Trace out) {
        Programs.run(() -> {
            Task<String> task = Async.createTask(() -> {
                Async.yieldNow();
                throw new IllegalArgumentException("broken");
            });
            for (int attempt = 0; attempt < 2; attempt++) {
                try {
                    task.await();
                } catch (IllegalArgumentException e) {
                    out.print(attempt, e.getMessage(), e == task.exception());
                }
            }
            out.print(task.isDone(), task.isCancelled());
        });
    }

    static void theExceptionHandler(Trace out) {
        Programs.run(() -> {
            EventLoop loop = EventLoop.current();
            Runnable broken = () -> {
                throw new IllegalArgumentException("in a callback");
            };
            loop.setExceptionHandler(
                    (l, context) -> out.print("handler:", context.exception().getMessage()));
            loop.callSoon(broken);
            loop.callSoon(() -> out.print("the loop goes on"));
            Async.yieldNow();
            LoopFuture<String> future = loop.createFuture();
            future.addDoneCallback(f -> broken.run());
            future.setResult("");
            Async.yieldNow();
            out.print("end");
        });
    }

    static void runCancelsWhatIsLeft(Trace out) {
        out.print(Programs.<Integer>run(() -> {
            Async.createTask(() -> left(out, "a"));
            Async.yieldNow();
            out.print("main ends");
            return 42;
        }));
    }

    private static void left(Trace out, String name) {
        try {
            Async.sleep(Duration.ofSeconds(10));
        } catch (CancelledException e) {
            out.print("cancelled", name);
            Async.sleep(Duration.ofMillis(10));
            out.print("ended", name);
            throw e;
        }
    }

    static void threadsafeCallbacks(Trace out) {
        Programs.runInRealTime(() -> {
            EventLoop loop = EventLoop.current();
            List<String> results = new ArrayList<>();
            LoopFuture<String> done = loop.createFuture();
            Thread.ofPlatform().start(() -> {
                loop.callSoon(() -> out.print("one"));
                loop.callSoon(() -> out.print("two"));
                results.add(loop.createTask(() -> {
                            Async.sleep(Duration.ofMillis(10));
                            out.print("task of another thread");
                            return "result";
                        })
                        .await());
                loop.callSoon(() -> done.setResult(""));
            });
            done.await();
            out.print(results.get(0));
        });
    }
}
