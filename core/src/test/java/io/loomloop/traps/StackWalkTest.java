package io.loomloop.traps;

import static io.loomloop.traps.Scenario.awaitState;
import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.until;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Looking at the stack of a task changes nothing. On JDK 21 to 26 the JDK submits the continuation of a thread that is not
 * parked once more after each look, and while it looks the thread cannot be mounted.
 */
class StackWalkTest {
    @Test
    @DisplayName("finding 9: a task that is queued, and submitted again by looks at its stack, goes on once")
    void queuedTask() {
        ChildJvm.run(QueuedTask.class);
    }

    static final class QueuedTask {
        private static volatile boolean released;

        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                AtomicInteger wakeUps = new AtomicInteger();
                Task<?> parked = loop.createTask(() -> {
                    while (!released) {
                        LockSupport.park();
                        wakeUps.incrementAndGet();
                    }
                });
                awaitState(parked.thread(), Thread.State.WAITING);
                Holder holder = Holder.hold(loop, () -> {});
                released = true;
                LockSupport.unpark(parked.thread());
                look(parked, 10);
                holder.release();
                until(parked::isDone, "the task ends");
                check(wakeUps.get() == 1, "one wake-up, and not " + wakeUps);
            }
        }
    }

    @Test
    @DisplayName("finding 9: looks at waiting tasks do not change the order in which they go on")
    void orderOfWaitingTasks() {
        ChildJvm.run(OrderOfWaitingTasks.class);
    }

    static final class OrderOfWaitingTasks {
        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                StringBuilder order = new StringBuilder();
                LoopFuture<String> first = loop.createFuture();
                LoopFuture<String> second = loop.createFuture();
                Task<?> late = loop.createTask(() -> order.append(second.await()));
                Task<?> early = loop.createTask(() -> order.append(first.await()));
                awaitState(late.thread(), Thread.State.RUNNABLE);
                until(() -> loop.statistics().tasksStarted() == 2 && Scenario.goesOn(loop), "both tasks wait");
                Holder holder = Holder.hold(loop, () -> {
                    first.setResult("first ");
                    loop.callSoon(() -> order.append("callback "));
                    second.setResult("second");
                });
                look(late, 10);
                holder.release();
                until(() -> late.isDone() && early.isDone(), "the tasks end");
                check(order.toString().equals("first callback second"), "the order of completion, and not " + order);
            }
        }
    }

    @Test
    @DisplayName("finding 9: looks at a task that yields do not give it more turns than the others")
    void turnsOfYieldingTasks() {
        ChildJvm.run(TurnsOfYieldingTasks.class);
    }

    static final class TurnsOfYieldingTasks {
        private static volatile boolean stopped;

        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                AtomicLong[] turns = {new AtomicLong(), new AtomicLong()};
                List<Task<?>> tasks = new ArrayList<>();
                for (AtomicLong count : turns) {
                    tasks.add(loop.createTask(() -> {
                        while (!stopped) {
                            count.incrementAndGet();
                            Async.yieldNow();
                        }
                    }));
                }
                until(() -> turns[0].get() > 10 && turns[1].get() > 10, "both tasks run");
                Holder holder = Holder.hold(loop, () -> {});
                long ahead = turns[0].get() - turns[1].get();
                look(tasks.get(0), 10);
                holder.release();
                long more = turns[0].get() + 1000;
                until(() -> turns[0].get() > more, "the tasks go on");
                holder = Holder.hold(loop, () -> {});
                long aheadNow = turns[0].get() - turns[1].get();
                stopped = true;
                holder.release();
                until(() -> tasks.stream().allMatch(Task::isDone), "the tasks end");
                check(
                        Math.abs(aheadNow - ahead) <= 12,
                        "turns for both, and not " + (aheadNow - ahead) + " more for one");
            }
        }
    }

    @Test
    @DisplayName(
            "finding 9: 100 tasks pass messages while a thread looks at their stacks all the time; nothing is lost or out of order")
    void hammer() {
        ChildJvm.run(Hammer.class);
    }

    static final class Hammer {
        private static final int PAIRS = 50;
        private static final Duration TIME = Duration.ofSeconds(2);
        private static volatile boolean stopped;

        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                AtomicReference<Thread> callbacks = new AtomicReference<>();
                AtomicLong called = new AtomicLong();
                AtomicBoolean inOrder = new AtomicBoolean(true);
                List<Task<Long>> tasks = new ArrayList<>();
                for (int i = 0; i < PAIRS; i++) {
                    Table table = new Table(loop);
                    tasks.add(loop.createTask(() -> table.play(0, 1)));
                    tasks.add(loop.createTask(() -> table.play(1, 0)));
                }
                Task<Long> caller = loop.createTask(() -> {
                    long asked = 0;
                    while (!stopped) {
                        for (int i = 0; i < 10; i++) {
                            long mine = asked++;
                            loop.callSoon(() -> {
                                callbacks.set(Thread.currentThread());
                                inOrder.compareAndSet(true, called.getAndIncrement() == mine);
                            });
                        }
                        Async.yieldNow();
                    }
                    return asked;
                });
                int looks = lookAtAll(loop, tasks, callbacks);
                until(() -> tasks.stream().allMatch(Task::isDone) && caller.isDone(), "all tasks end");
                until(() -> called.get() == caller.result(), "all callbacks run");
                check(inOrder.get(), "callbacks in the order in which they were asked for");
                long passes = tasks.stream().mapToLong(Task::result).sum();
                check(passes > 1000, "messages pass");
                System.out.println(looks + " looks, " + passes + " messages, " + called + " callbacks");
            }
        }

        private static int lookAtAll(EventLoop loop, List<Task<Long>> tasks, AtomicReference<Thread> callbacks) {
            int looks = 0;
            for (long end = System.nanoTime() + TIME.toNanos(); System.nanoTime() - end < 0; ) {
                for (Task<?> task : tasks) {
                    check(task.stack() != null, "a stack");
                    Thread runner = callbacks.get();
                    check(runner == null || runner.getStackTrace() != null, "a stack");
                    looks += 2;
                }
                // Once per round, so that a task which stopped stands out while the others go on.
                check(Scenario.goesOn(loop), "the loop goes on");
            }
            stopped = true;
            return looks;
        }

        /** Two tasks that pass a number to each other, each move through a future of its own. Loop thread only. */
        private static final class Table {
            private final List<LoopFuture<Long>> inbox = new ArrayList<>();
            private final EventLoop loop;

            Table(EventLoop loop) {
                this.loop = loop;
                inbox.add(loop.createFuture());
                inbox.add(loop.createFuture());
            }

            long play(int me, int other) {
                if (me == 0) {
                    inbox.get(other).setResult(1L);
                }
                long passed = 0;
                for (long expected = me == 0 ? 2 : 1; ; expected += 2) {
                    long got = inbox.get(me).await();
                    if (got < 0) {
                        return passed;
                    }
                    check(got == expected, "message " + expected + ", and not " + got);
                    inbox.set(me, loop.createFuture());
                    passed++;
                    if (stopped) {
                        inbox.get(other).setResult(-1L);
                        return passed;
                    }
                    inbox.get(other).setResult(got + 1);
                }
            }
        }
    }

    /** Keeps the loop thread busy without letting go of it, so that what others ask for stays in the queue. */
    private static final class Holder {
        private volatile boolean begun;
        private volatile boolean released;
        private Task<?> task;

        static Holder hold(EventLoop loop, Runnable atTheEnd) {
            Holder holder = new Holder();
            holder.task = loop.createTask(() -> {
                holder.begun = true;
                while (!holder.released) {
                    Thread.onSpinWait();
                }
                atTheEnd.run();
            });
            until(() -> holder.begun, "the loop is held");
            return holder;
        }

        void release() {
            released = true;
            until(task::isDone, "the loop is let go");
        }
    }

    private static void look(Task<?> task, int times) {
        for (int i = 0; i < times; i++) {
            check(task.stack().length > 0, "a stack");
        }
    }
}
