package io.loomloop.traps;

import static io.loomloop.traps.Scenario.MONITORS_PIN;
import static io.loomloop.traps.Scenario.await;
import static io.loomloop.traps.Scenario.awaitState;
import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.goesOn;
import static io.loomloop.traps.Scenario.until;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.traps.Scenario.Warnings;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A task and a callback wait for the same lock, the task first. Were callbacks to run on the raw loop thread, it would be blocked
 * in line behind a task that only it can run.
 */
class SharedLockTest {
    @ParameterizedTest
    @ValueSource(strings = {"callSoon", "callLater", "addDoneCallback"})
    @DisplayName("finding 4: a callback queues behind a task for a ReentrantLock, and the loop goes on")
    void callbackAndTaskShareLock(String kind) {
        ChildJvm.run(Lock.class, kind);
    }

    static final class Lock {
        private static final ReentrantLock LOCK = new ReentrantLock();

        @SuppressWarnings("LockNotBeforeTry") // a check that fails ends the program
        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                CountDownLatch done = new CountDownLatch(3);
                Runnable critical = () -> enter(done);
                LOCK.lock();
                Task<?> task = loop.createTask(critical::run);
                until(() -> LOCK.getQueueLength() == 1, "the task waits for the lock");
                callBack(loop, args[0], critical);
                until(() -> LOCK.getQueueLength() == 2, "the callback waits for the lock");
                Task<?> second = loop.createTask(critical::run);
                until(() -> LOCK.getQueueLength() == 3, "another task waits for the lock");
                check(goesOn(loop), "the loop goes on while a callback is blocked");
                LOCK.unlock();
                await(done, "all have had the lock");
                check(goesOn(loop), "the loop goes on after a callback was blocked");
                until(() -> task.isDone() && second.isDone(), "the tasks end");
            }
        }

        private static void enter(CountDownLatch done) {
            LOCK.lock();
            try {
                done.countDown();
            } finally {
                LOCK.unlock();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"callSoon", "callLater", "addDoneCallback"})
    @DisplayName(
            "finding 5: a callback queues behind a task for a monitor, and the loop goes on; JDK 21 to 23 say what holds it")
    void callbackAndTaskShareMonitor(String kind) {
        ChildJvm.run(Monitor.class, kind);
    }

    static final class Monitor {
        private static final Object MONITOR = new Object();

        public static void main(String[] args) {
            Warnings warnings = Warnings.listen();
            try (EventLoop loop = EventLoop.start()) {
                CountDownLatch done = new CountDownLatch(2);
                AtomicReference<Thread> caller = new AtomicReference<>();
                synchronized (MONITOR) {
                    long since = System.nanoTime();
                    Task<?> task = loop.createTask("worker", () -> enter(done));
                    awaitState(task.thread(), Thread.State.BLOCKED);
                    if (MONITORS_PIN) {
                        warnings.expectWithinASecond(since, "task 'worker'", "SharedLockTest$Monitor.enter");
                    }
                    callBack(loop, args[0], () -> {
                        caller.set(Thread.currentThread());
                        enter(done);
                    });
                    if (!MONITORS_PIN) {
                        until(() -> caller.get() != null, "the callback begins");
                        awaitState(caller.get(), Thread.State.BLOCKED);
                        check(goesOn(loop), "the loop goes on while a callback is blocked");
                        warnings.expectNoMore();
                    }
                }
                await(done, "both have had the monitor");
                check(goesOn(loop), "the loop goes on after a callback was blocked");
            }
        }

        private static void enter(CountDownLatch done) {
            synchronized (MONITOR) {
                done.countDown();
            }
        }
    }

    private static void callBack(EventLoop loop, String kind, Runnable callback) {
        switch (kind) {
            case "callSoon" -> loop.callSoon(callback);
            case "callLater" -> loop.callLater(Duration.ofMillis(1), callback);
            default -> {
                LoopFuture<Integer> future = loop.createFuture();
                future.addDoneCallback(done -> callback.run());
                future.setResult(1);
            }
        }
    }
}
