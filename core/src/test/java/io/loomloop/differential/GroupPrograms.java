package io.loomloop.differential;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionGroup;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.TaskGroup;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/** The twins of the Python programs on task groups. */
@SuppressWarnings("FutureReturnValueIgnored") // the group looks after its children
final class GroupPrograms {
    private static final Duration LONG = Duration.ofSeconds(1);
    private static final Duration SHORT = Duration.ofMillis(10);

    private GroupPrograms() {}

    static void groupEndsWithItsChildren(Trace out) {
        Programs.run(() -> {
            List<TaskGroup> groups = new ArrayList<>();
            List<Task<String>> tasks = new ArrayList<>();
            Async.taskGroup(group -> {
                groups.add(group);
                tasks.add(group.createTask(() -> {
                    Async.sleep(Duration.ofMillis(20));
                    out.print("a");
                    group.createTask(() -> {
                        Async.sleep(SHORT);
                        out.print("grandchild");
                    });
                    return "a";
                }));
                group.createTask(() -> {
                    Async.sleep(SHORT);
                    out.print("b");
                });
                out.print("body ends");
            });
            out.print("group ends", tasks.get(0).result());
            try {
                groups.get(0).createTask(() -> {});
            } catch (IllegalStateException e) {
                out.print("too late");
            }
        });
    }

    static void groupFailsTogether(Trace out) {
        Programs.run(() -> {
            List<String> seen = new ArrayList<>();
            try {
                Async.taskGroup(group -> {
                    group.createTask(() -> {
                        Async.sleep(SHORT);
                        throw new VerifyException("a");
                    });
                    group.createTask(() -> {
                        try {
                            Async.sleep(LONG);
                        } catch (CancelledException e) {
                            seen.add("b");
                            throw new KeyException("b");
                        }
                    });
                    group.createTask(() -> {
                        try {
                            Async.sleep(LONG);
                        } finally {
                            seen.add("c");
                        }
                    });
                    try {
                        Async.sleep(LONG);
                    } catch (CancelledException e) {
                        out.print("cancelled body");
                        throw e;
                    }
                });
            } catch (ExceptionGroup e) {
                out.print(
                        e.exceptions().size(),
                        e.exceptions().stream()
                                .map(x -> x.getClass().getSimpleName().substring(0, 1))
                                .collect(Collectors.joining(" ")));
            }
            out.print(
                    seen.stream().sorted().collect(Collectors.joining(" ")),
                    Async.currentTask().cancelling());
            try {
                Async.taskGroup(group -> {
                    group.createTask(() -> Async.sleep(LONG));
                    Async.yieldNow();
                    throw new UncheckedIOException("body", new java.io.IOException());
                });
            } catch (ExceptionGroup e) {
                out.print(e.exceptions().size(), e.exceptions().get(0).getMessage());
            }
        });
    }

    /** Python's ValueError, for its first letter. */
    private static final class VerifyException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        VerifyException(String message) {
            super(message);
        }
    }

    /** Python's KeyError. */
    private static final class KeyException extends NoSuchElementException {
        private static final long serialVersionUID = 1;

        KeyException(String message) {
            super(message);
        }
    }

    static void groupCancelledFromOutside(Trace out) {
        Programs.run(() -> {
            List<String> ended = new ArrayList<>();
            LoopFuture<String> ready = EventLoop.current().createFuture();
            Task<?> task = Async.createTask(() -> Async.taskGroup(group -> {
                List<Task<?>> children = new ArrayList<>();
                for (String name : List.of("a", "b", "c")) {
                    children.add(group.createTask(() -> {
                        try {
                            Async.sleep(LONG);
                        } finally {
                            ended.add(name);
                        }
                    }));
                }
                Async.sleep(SHORT);
                children.get(0).cancel();
                Async.sleep(SHORT);
                out.print("a child alone", String.join(" ", ended));
                ready.setResult("");
                Async.sleep(LONG);
            }));
            ready.await();
            task.cancel("from outside");
            try {
                task.await();
            } catch (CancelledException e) {
                out.print(
                        "cancelled", task.cancelling(), ended.stream().sorted().collect(Collectors.joining(" ")));
            }
        });
    }

    static void groupFailsWhileCancelled(Trace out) {
        Programs.run(() -> {
            Task<?> task = Async.createTask(() -> {
                try {
                    Async.taskGroup(group -> {
                        group.createTask(() -> {
                            try {
                                Async.sleep(LONG);
                            } catch (CancelledException e) {
                                throw new IllegalArgumentException("child", e);
                            }
                        });
                        Async.sleep(LONG);
                    });
                } catch (ExceptionGroup e) {
                    out.print(
                            "group", e.exceptions().size(), Async.currentTask().cancelling());
                    Async.sleep(SHORT);
                    out.print("never");
                }
            });
            Async.sleep(SHORT);
            task.cancel("from outside");
            try {
                task.await();
            } catch (CancelledException e) {
                out.print("cancelled", task.cancelling());
            }
        });
    }

    static void groupsNested(Trace out) {
        Programs.run(() -> {
            try {
                Async.taskGroup(outer -> {
                    outer.createTask(() -> failAfter(SHORT, "outer"));
                    Async.taskGroup(inner -> {
                        inner.createTask(() -> failAfter(SHORT, "inner"));
                        Async.sleep(LONG);
                    });
                });
            } catch (ExceptionGroup e) {
                out.print(shape(e));
            }
            try {
                Async.taskGroup(outer -> {
                    Async.taskGroup(inner -> {
                        inner.createTask(() -> failAfter(Duration.ZERO, "x"));
                        inner.createTask(() -> failAfter(Duration.ZERO, "y"));
                    });
                    out.print("never");
                });
            } catch (ExceptionGroup e) {
                out.print(shape(e));
            }
            out.print(Async.currentTask().cancelling());
        });
    }

    private static void failAfter(Duration delay, String name) {
        Async.sleep(delay);
        throw new IllegalArgumentException(name);
    }

    private static String shape(Throwable e) {
        return e instanceof ExceptionGroup group
                ? group.exceptions().stream().map(GroupPrograms::shape).collect(Collectors.joining(" ", "(", ")"))
                : e.getMessage();
    }
}
