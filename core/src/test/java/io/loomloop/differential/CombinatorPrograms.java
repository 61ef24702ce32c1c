package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.ReturnWhen;
import io.loomloop.Task;
import io.loomloop.Timeout;
import io.loomloop.WaitResult;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** The twins of the Python programs on gather, shield, wait, as_completed, wait_for and timeout. */
final class CombinatorPrograms {
    private CombinatorPrograms() {}

    private static String work(String name, int millis) {
        Async.sleep(Duration.ofMillis(millis));
        return name;
    }

    // ---- gather

    static void gatherInOrder(Trace out) {
        Programs.run(() -> {
            Task<String> a = Async.createTask(() -> saying(out, "a", 30));
            Task<String> b = Async.createTask(() -> saying(out, "b", 10));
            out.print(String.join(" ", Async.gather(a, b, a).await()));
            out.print(Async.gather(List.of()).await().size());
        });
    }

    private static String saying(Trace out, String name, int millis) {
        Async.sleep(Duration.ofMillis(millis));
        out.print(name, "is done");
        return name;
    }

    private static String failing(Trace out, String name, int millis) {
        saying(out, name, millis);
        throw new IllegalArgumentException(name);
    }

    static void gatherFailsAndGoesOn(Trace out) {
        Programs.run(() -> {
            Task<String> slow = Async.createTask(() -> saying(out, "slow", 30));
            Task<String> a = Async.createTask(() -> failing(out, "a", 10));
            Task<String> b = Async.createTask(() -> failing(out, "b", 20));
            try {
                Async.gather(a, slow, b).await();
            } catch (IllegalArgumentException e) {
                out.print("failed:", e.getMessage());
            }
            out.print(slow.isDone());
            out.print(slow.await());
            Task<String> c = Async.createTask(() -> failing(out, "c", 10));
            Task<String> d = Async.createTask(() -> saying(out, "d", 0));
            List<LoopFuture<String>> settled = Async.gatherSettled(c, d).await();
            out.print(settled.get(0).exception().getMessage(), settled.get(1).result());
        });
    }

    private static void untilCancelled(Trace out, String name) {
        try {
            Async.sleep(Duration.ofSeconds(1));
        } catch (CancelledException e) {
            out.print("cancelled", name);
            throw e;
        }
    }

    static void gatherCancelled(Trace out) {
        Programs.run(() -> {
            Task<?> a = Async.createTask(() -> untilCancelled(out, "a"));
            Task<?> b = Async.createTask(() -> untilCancelled(out, "b"));
            LoopFuture<?> both = Async.gather(List.of(a, b));
            Async.yieldNow();
            out.print(both.cancel());
            try {
                both.await();
            } catch (CancelledException e) {
                out.print("gather", both.isDone(), b.isCancelled());
            }

            Task<?> c = Async.createTask(() -> untilCancelled(out, "c"));
            Task<?> d = Async.createTask(() -> untilCancelled(out, "d"));
            LoopFuture<?> others = Async.gather(List.of(c, d));
            Async.yieldNow();
            c.cancel();
            try {
                others.await();
            } catch (CancelledException e) {
                out.print("a child alone:", others.isCancelled(), d.isDone());
            }
            d.cancel();
            Async.yieldNow();
        });
    }

    // ---- shield, wait, as_completed

    static void shieldKeepsTheInner(Trace out) {
        Programs.run(() -> {
            Task<String> inner = Async.createTask(() -> innerWork(out));
            Task<?> outer = Async.createTask(() -> {
                try {
                    Async.shield(inner).await();
                } catch (CancelledException e) {
                    out.print("outer is cancelled, inner", inner.isCancelled());
                    throw e;
                }
            });
            Async.yieldNow();
            outer.cancel();
            try {
                outer.await();
            } catch (CancelledException e) {
                out.print("cancelled");
            }
            out.print(inner.await());
            Task<String> other = Async.createTask(() -> innerWork(out));
            LoopFuture<String> shielded = Async.shield(other);
            Async.yieldNow();
            other.cancel();
            try {
                shielded.await();
            } catch (CancelledException e) {
                out.print("inner cancelled alone:", shielded.isCancelled());
            }
        });
    }

    private static String innerWork(Trace out) {
        Async.sleep(Duration.ofMillis(20));
        out.print("inner ends");
        return "result";
    }

    static void waitForSome(Trace out) {
        Programs.run(() -> {
            List<Task<String>> of = List.of(
                    Async.createTask("a", () -> work("a", 200)),
                    Async.createTask("b", () -> work("b", 10)),
                    Async.createTask("c", () -> {
                        throw new IllegalArgumentException(work("c", 20));
                    }));
            show(out, "first completed:", of, Async.waitAll(of, ReturnWhen.FIRST_COMPLETED));
            show(out, "first exception:", of, Async.waitAll(of, ReturnWhen.FIRST_EXCEPTION));
            show(out, "timeout:", of, Async.waitAll(of, Duration.ofMillis(5)));
            WaitResult<Task<String>> all = Async.waitAll(of);
            out.print(
                    "all:",
                    names(of, all.done()),
                    "|",
                    names(of, all.pending()),
                    of.get(2).exception().getMessage());
        });
    }

    private static void show(Trace out, String what, List<Task<String>> of, WaitResult<Task<String>> result) {
        out.print(what, names(of, result.done()), "|", names(of, result.pending()));
    }

    private static String names(List<Task<String>> of, Collection<Task<String>> tasks) {
        return of.stream().filter(tasks::contains).map(Task::name).collect(Collectors.joining(" "));
    }

    static void asCompletedInOrder(Trace out) {
        Programs.run(() -> {
            List<Task<String>> tasks = new ArrayList<>();
            tasks.add(Async.createTask(() -> work("a", 30)));
            tasks.add(Async.createTask(() -> work("b", 10)));
            tasks.add(Async.createTask(() -> work("c", 20)));
            for (Task<String> next : Async.asCompleted(tasks)) {
                out.print(next.await());
            }
            Task<String> slow = Async.createTask(() -> work("slow", 1000));
            Task<String> fast = Async.createTask(() -> work("fast", 0));
            var steps = Async.asCompleted(List.of(slow, fast), Duration.ofMillis(10))
                    .iterator();
            out.print(steps.next().await());
            try {
                steps.next();
            } catch (RuntimeException e) {
                out.print("timeout");
            }
            out.print(slow.isDone());
        });
    }

    // ---- wait_for and timeout

    private static String sleepy(Trace out, int millis, int cleanup, boolean swallow) {
        try {
            Async.sleep(Duration.ofMillis(millis));
            return "in time";
        } catch (CancelledException e) {
            Async.sleep(Duration.ofMillis(cleanup));
            out.print("cleaned up");
            if (swallow) {
                return "late value";
            }
            throw e;
        }
    }

    static void waitForAWhile(Trace out) throws Exception {
        Programs.runAny(() -> {
            Duration aWhile = Duration.ofMillis(10);
            out.print(Async.waitFor(() -> sleepy(out, 0, 0, false), Duration.ofSeconds(1)));
            try {
                Async.waitFor(() -> sleepy(out, 1000, 10, false), aWhile);
            } catch (TimeoutException e) {
                out.print("timeout, after the cleanup");
            }
            try {
                out.print(Async.waitFor(() -> sleepy(out, 1000, 0, true), aWhile));
            } catch (TimeoutException e) {
                out.print("timeout");
            }
            Task<String> task =
                    Async.createTask(() -> Async.waitFor(() -> sleepy(out, 1000, 0, false), Duration.ofSeconds(1)));
            Async.sleep(aWhile);
            task.cancel();
            try {
                task.await();
            } catch (CancelledException e) {
                out.print("cancelled");
            }
            out.print(Async.waitFor(() -> Async.sleep(Duration.ZERO, "none"), null));
        });
    }

    static void timeouts(Trace out) throws Exception {
        Duration aWhile = Duration.ofMillis(10);
        Programs.runAny(() -> {
            Timeout[] scopes = new Timeout[4];
            try {
                Async.timeout(aWhile, scope -> {
                    scopes[0] = scope;
                    Async.sleep(Duration.ofSeconds(1));
                });
            } catch (TimeoutException e) {
                out.print("timeout", scopes[0].expired(), Async.currentTask().cancelling());
            }
            Async.timeout(Duration.ofSeconds(1), scope -> {
                scopes[1] = scope;
                Async.yieldNow();
            });
            out.print("in time", scopes[1].expired());
            Async.timeout(aWhile, scope -> {
                scopes[2] = scope;
                try {
                    Async.sleep(Duration.ofSeconds(1));
                } catch (CancelledException e) {
                    out.print("swallowed");
                }
            });
            out.print("ends normally", scopes[2].expired());
            Async.timeout(aWhile, scope -> {
                scope.reschedule(null);
                Async.sleep(Duration.ofMillis(30));
                out.print("never", scope.when() == Timeout.NEVER);
            });
            try {
                Async.timeout(aWhile, () -> {
                    try {
                        Async.sleep(Duration.ofSeconds(1));
                    } catch (CancelledException e) {
                        throw new IllegalArgumentException("instead", e);
                    }
                });
            } catch (IllegalArgumentException e) {
                out.print(e.getMessage());
            }
            try {
                Async.timeout(Duration.ZERO, () -> {
                    out.print("begins all the same");
                    Async.yieldNow();
                    out.print("never");
                });
            } catch (TimeoutException e) {
                out.print("at the first await");
            }
        });
    }

    static void timeoutsNested(Trace out) {
        VirtualTimeDriver clock = VirtualTimeDriver.jumping();
        EventLoop.builder().driver(clock).run(() -> {
            nested(out, 30, 10, () -> {});
            nested(out, 10, 30, () -> {});
            nested(out, 10, 20, () -> clock.pass(Duration.ofMillis(50)));
            out.print(Async.currentTask().cancelling());
        });
    }

    private static void nested(Trace out, int outerMillis, int innerMillis, Runnable work) {
        Timeout[] scopes = new Timeout[2];
        try {
            Async.timeout(Duration.ofMillis(outerMillis), outer -> {
                scopes[0] = outer;
                try {
                    Async.timeout(Duration.ofMillis(innerMillis), inner -> {
                        scopes[1] = inner;
                        work.run();
                        Async.sleep(Duration.ofSeconds(1));
                    });
                } catch (TimeoutException e) {
                    out.print("inner", outer.expired(), scopes[1].expired());
                    Async.sleep(Duration.ofSeconds(1));
                    out.print("never");
                }
            });
        } catch (TimeoutException e) {
            out.print("outer", scopes[0].expired(), scopes[1].expired());
        }
    }

    static void timeoutOfACancelledTask(Trace out) {
        Programs.run(() -> {
            cancelFromOutside(out, Async.createTask(() -> {
                try {
                    Async.sleep(Duration.ofSeconds(1));
                } finally {
                    try {
                        Async.timeout(Duration.ofMillis(10), () -> Async.sleep(Duration.ofSeconds(1)));
                    } catch (TimeoutException e) {
                        out.print("timeout in the cleanup", Async.currentTask().cancelling());
                    }
                }
            }));
            cancelFromOutside(out, Async.createTask(() -> {
                try {
                    Async.timeout(Duration.ofSeconds(1), () -> Async.sleep(Duration.ofSeconds(1)));
                } catch (TimeoutException e) {
                    out.print("never");
                }
            }));
        });
    }

    private static void cancelFromOutside(Trace out, Task<?> task) {
        Async.yieldNow();
        task.cancel("from outside");
        try {
            task.await();
        } catch (CancelledException e) {
            out.print("cancelled", e.getMessage());
        }
    }
}
