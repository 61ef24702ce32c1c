package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.time.Duration;
import java.util.List;

/** The twins of the Python programs on cancellation. */
final class CancelPrograms {
    private CancelPrograms() {}

    static void cancelBeforeStart(Trace out) {
        Programs.run(() -> {
            Task<?> task = Async.createTask(() -> out.print("never"));
            out.print("cancel", task.cancel("too early"));
            out.print("done yet", task.isDone());
            try {
                task.await();
            } catch (CancelledException e) {
                out.print("cancelled", e.getMessage());
            }
            out.print(task.isCancelled(), task.cancel());
        });
    }

    static void cancelWhileWaiting(Trace out) {
        Programs.run(() -> {
            Task<?> task = Async.createTask(() -> {
                try {
                    out.print("works");
                    Async.sleep(Duration.ofSeconds(10));
                } catch (CancelledException e) {
                    out.print("caught", e.getMessage());
                    throw e;
                } finally {
                    out.print("cleans up");
                    Async.sleep(Duration.ofMillis(10));
                    out.print("cleaned up");
                }
            });
            Async.yieldNow();
            task.cancel("enough");
            out.print("asked");
            try {
                task.await();
            } catch (CancelledException e) {
                out.print("cancelled", task.isCancelled(), task.cancelling());
            }
        });
    }

    static void cancelIsDeliveredOnce(Trace out) {
        Programs.run(() -> {
            Task<String> task = Async.createTask(() -> {
                for (int i = 0; i < 2; i++) {
                    try {
                        Async.sleep(Duration.ofMillis(50));
                        out.print("slept", i);
                    } catch (CancelledException e) {
                        out.print("swallowed", i, Async.currentTask().cancelling());
                    }
                }
                return "value";
            });
            Async.yieldNow();
            out.print(task.cancel(), task.cancel());
            out.print(task.await(), task.isCancelled(), task.cancelling(), task.cancel());
        });
    }

    static void cancelGoesDownTheChain(Trace out) {
        Programs.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> bottom = Async.createTask(() -> saying(out, "inner", future));
            Task<String> middle = Async.createTask(() -> saying(out, "outer", bottom));
            Task<String> top = Async.createTask(() -> saying(out, "outer", middle));
            Async.sleep(Duration.ofMillis(10));
            top.cancel("through");
            out.print("future", future.isCancelled());
            try {
                top.await();
            } catch (CancelledException e) {
                out.print("top", e.getMessage());
            }
            out.print(bottom.isCancelled(), middle.isCancelled(), future.isCancelled());
        });
    }

    private static String saying(Trace out, String word, LoopFuture<String> future) {
        try {
            return future.await();
        } catch (CancelledException e) {
            out.print(word);
            throw e;
        }
    }

    static void cancelOneself(Trace out) {
        List<Body<String, RuntimeException>> bodies = List.of(
                () -> {
                    Async.currentTask().cancel("by itself");
                    return "dropped";
                },
                () -> {
                    Async.currentTask().cancel();
                    out.print("still runs");
                    Async.yieldNow();
                    out.print("never");
                    return "";
                },
                () -> {
                    Async.currentTask().cancel();
                    try {
                        Async.yieldNow();
                    } catch (CancelledException e) {
                        out.print("left", Async.currentTask().uncancel());
                    }
                    Async.sleep(Duration.ofMillis(10));
                    return "kept";
                });
        Programs.run(() -> {
            for (Body<String, RuntimeException> body : bodies) {
                Task<String> task = Async.createTask(body);
                try {
                    out.print(task.await());
                } catch (CancelledException e) {
                    out.print("cancelled", e.getMessage() == null ? "" : e.getMessage());
                }
            }
        });
    }

    static void cancelBeatsAResult(Trace out) {
        Programs.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<Integer> future = loop.createFuture();
            Task<?> task = Async.createTask(() -> waiter(out, future));
            Async.yieldNow();
            future.setResult(1);
            task.cancel();
            task.await();

            LoopFuture<Integer> other = loop.createFuture();
            Task<?> second = Async.createTask(() -> waiter(out, other));
            Async.yieldNow();
            second.cancel();
            out.print("result refused", other.isCancelled());
            second.await();
        });
    }

    private static void waiter(Trace out, LoopFuture<Integer> future) {
        try {
            out.print("got", future.await());
        } catch (CancelledException e) {
            out.print("cancelled, the value is lost");
        }
    }
}
