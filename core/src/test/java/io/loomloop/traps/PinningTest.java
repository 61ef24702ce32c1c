package io.loomloop.traps;

import static io.loomloop.traps.Scenario.MONITORS_PIN;
import static io.loomloop.traps.Scenario.awaitState;
import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.goesOn;
import static io.loomloop.traps.Scenario.until;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.PinnedException;
import io.loomloop.Task;
import io.loomloop.traps.Scenario.Warnings;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where the JDK cannot take a virtual thread off its carrier, our own waits fail at once and say why, and waits that are not ours
 * are named in the log while they hold the loop.
 */
class PinningTest {
    @ParameterizedTest
    @ValueSource(strings = {"await", "sleep", "yieldNow"})
    @DisplayName("finding 6: a wait of ours inside synchronized is refused on JDK 21 to 23, and works from 24 on")
    void waitInsideMonitor(String kind) {
        ChildJvm.run(WaitInsideMonitor.class, kind);
    }

    static final class WaitInsideMonitor {
        private static final Object MONITOR = new Object();

        public static void main(String[] args) throws Exception {
            try (EventLoop loop = EventLoop.start()) {
                LoopFuture<Integer> future = loop.createFuture();
                Task<Integer> task = loop.createTask(() -> {
                    loop.callSoon(() -> future.trySetResult(1));
                    synchronized (MONITOR) {
                        return waitBy(args[0], future);
                    }
                });
                if (MONITORS_PIN) {
                    check(failure(task) instanceof PinnedException, "a refusal");
                } else {
                    check(task.get() == 1, "the result");
                }
                check(goesOn(loop), "the loop goes on");
                check(loop.createTask(() -> waitBy(args[0], future)).get() == 1, "the wait works where nothing pins");
            }
        }

        private static int waitBy(String kind, LoopFuture<Integer> future) {
            switch (kind) {
                case "sleep" -> Async.sleep(Duration.ofMillis(20));
                case "yieldNow" -> Async.yieldNow();
                default -> Async.await(future);
            }
            return 1;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"park", "Object.wait"})
    @DisplayName(
            "finding 6: a wait of the JDK inside synchronized is named in the log on JDK 21 to 23, and lets the loop go on from 24 on")
    void foreignWaitInsideMonitor(String kind) {
        ChildJvm.run(ForeignWaitInsideMonitor.class, kind);
    }

    static final class ForeignWaitInsideMonitor {
        private static final Object MONITOR = new Object();
        private static volatile boolean released;

        public static void main(String[] args) {
            Warnings warnings = Warnings.listen();
            try (EventLoop loop = EventLoop.start()) {
                long since = System.nanoTime();
                Task<?> task = loop.createTask("waiter", () -> waitBy(args[0]));
                awaitState(task.thread(), Thread.State.WAITING);
                if (MONITORS_PIN) {
                    warnings.expectWithinASecond(since, "task 'waiter'", "ForeignWaitInsideMonitor.waitBy");
                } else {
                    check(goesOn(loop), "the loop goes on");
                    warnings.expectNoMore();
                }
                released = true;
                if (args[0].equals("park")) {
                    LockSupport.unpark(task.thread());
                } else {
                    synchronized (MONITOR) {
                        MONITOR.notifyAll();
                    }
                }
                until(task::isDone, "the task ends");
                check(goesOn(loop), "the loop goes on afterwards");
            }
        }

        private static void waitBy(String kind) throws InterruptedException {
            synchronized (MONITOR) {
                while (!released) {
                    if (kind.equals("park")) {
                        LockSupport.park();
                    } else {
                        MONITOR.wait();
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"await", "sleep", "yieldNow"})
    @DisplayName("finding 7: a wait of ours inside a static initialiser is refused")
    void waitInsideInitialiser(String kind) {
        ChildJvm.run(WaitInsideInitialiser.class, kind);
    }

    static final class WaitInsideInitialiser {
        private static String kind = "";
        private static LoopFuture<Integer> future;

        private static void pause() {
            Async.sleep(Duration.ofMillis(1));
            Async.yieldNow();
        }

        static final class Eager {
            static {
                WaitInsideMonitor.waitBy(kind, future);
            }

            private Eager() {}
        }

        public static void main(String[] args) throws Exception {
            kind = args[0];
            try (EventLoop loop = EventLoop.start()) {
                future = loop.createFuture();
                Throwable failure = failure(loop.createTask(() -> {
                    pause(); // what was fine before, and is again afterwards, makes no difference
                    loop.callSoon(() -> future.trySetResult(1));
                    try {
                        return new Eager();
                    } finally {
                        pause();
                    }
                }));
                check(failure instanceof ExceptionInInitializerError, "the initialiser fails, and not " + failure);
                check(failure.getCause() instanceof PinnedException, "a refusal, and not " + failure.getCause());
                check(failure.getCause().getMessage().contains("static initialiser"), "a message that says what pins");
                check(goesOn(loop), "the loop goes on");
            }
        }
    }

    @Test
    @DisplayName("finding 7: a wait of the JDK inside a static initialiser is named in the log while it holds the loop")
    void foreignWaitInsideInitialiser() {
        ChildJvm.run(ForeignWaitInsideInitialiser.class);
    }

    static final class ForeignWaitInsideInitialiser {
        private static volatile boolean released;

        static final class Parked {
            static {
                while (!released) {
                    LockSupport.park();
                }
            }

            private Parked() {}
        }

        public static void main(String[] args) {
            Warnings warnings = Warnings.listen();
            try (EventLoop loop = EventLoop.start()) {
                long since = System.nanoTime();
                Task<?> task = loop.createTask("initialiser", Parked::new);
                warnings.expectWithinASecond(since, "task 'initialiser'", "Parked.<clinit>");
                released = true;
                LockSupport.unpark(task.thread());
                until(task::isDone, "the task ends");
                check(goesOn(loop), "the loop goes on afterwards");
            }
        }
    }

    @Test
    @DisplayName(
            "finding 8: waiting for a class that another thread initialises is named in the log up to JDK 25; the loop goes on from 26 on")
    void classInitialisedElsewhere() {
        ChildJvm.run(ClassInitialisedElsewhere.class);
    }

    static final class ClassInitialisedElsewhere {
        private static final CountDownLatch BEGUN = new CountDownLatch(1);
        private static final CountDownLatch RELEASE = new CountDownLatch(1);

        static final class Slow {
            static {
                BEGUN.countDown();
                Scenario.await(RELEASE, "the release");
            }

            private Slow() {}
        }

        public static void main(String[] args) {
            Warnings warnings = Warnings.listen();
            try (EventLoop loop = EventLoop.start()) {
                Thread.ofPlatform().start(Slow::new);
                Scenario.await(BEGUN, "the initialiser begins");
                long since = System.nanoTime();
                Task<?> task = loop.createTask("late", () -> {
                    return new Slow();
                });
                if (Runtime.version().feature() < 26) {
                    warnings.expectWithinASecond(since, "task 'late'", "ClassInitialisedElsewhere");
                } else {
                    until(() -> loop.statistics().tasksStarted() == 1, "the task begins");
                    check(goesOn(loop), "the loop goes on");
                    warnings.expectNoMore();
                }
                check(!task.isDone(), "the task waits for the class");
                RELEASE.countDown();
                until(task::isDone, "the task ends");
                check(goesOn(loop), "the loop goes on afterwards");
            }
        }
    }

    @Test
    @DisplayName(
            "a callback that waits inside synchronized is named in the log on JDK 21 to 23, and lets the loop go on from 24 on")
    void callbackInsideMonitor() {
        ChildJvm.run(CallbackInsideMonitor.class);
    }

    static final class CallbackInsideMonitor {
        private static final Object MONITOR = new Object();

        public static void main(String[] args) {
            Warnings warnings = Warnings.listen();
            try (EventLoop loop = EventLoop.start()) {
                LoopFuture<Integer> future = loop.createFuture();
                CountDownLatch called = new CountDownLatch(1);
                long since = System.nanoTime();
                loop.callSoon(() -> {
                    synchronized (MONITOR) {
                        future.await();
                    }
                    called.countDown();
                });
                if (MONITORS_PIN) {
                    warnings.expectWithinASecond(since, "callback", "CallbackInsideMonitor");
                } else {
                    check(goesOn(loop), "the loop goes on");
                    warnings.expectNoMore();
                }
                future.setResult(1);
                Scenario.await(called, "the callback ends");
                check(goesOn(loop), "the loop goes on afterwards");
            }
        }
    }

    private static Throwable failure(Task<?> task) throws InterruptedException {
        try {
            task.get();
        } catch (ExecutionException e) {
            return e.getCause();
        }
        throw new AssertionError(task + " has not failed");
    }
}
