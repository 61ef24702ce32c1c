package io.loomloop.traps;

import static io.loomloop.traps.Scenario.awaitState;
import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.checkOtherVirtualThreads;
import static io.loomloop.traps.Scenario.goesOn;
import static io.loomloop.traps.Scenario.join;

import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.traps.Scenario.Connection;
import io.loomloop.traps.Scenario.Warnings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A loop that closes leaves the rest of the JVM alone, and what wakes up after it goes on elsewhere. */
class ClosedLoopTest {
    @Test
    @DisplayName(
            "finding 1: the first blocking socket of the JVM is used inside a task, and other virtual threads read after the loop")
    void pollersDoNotBelongToTheLoop() {
        ChildJvm.run(FirstSocketInsideTask.class);
    }

    static final class FirstSocketInsideTask {
        public static void main(String[] args) throws Exception {
            EventLoop loop = EventLoop.start();
            Task<Integer> reader = loop.createTask(() -> {
                try (Connection connection = Connection.open()) {
                    Thread writer = Thread.ofVirtual().unstarted(() -> write(connection));
                    writer.start();
                    int read = connection.read();
                    writer.join();
                    return read;
                }
            });
            check(reader.get() == 1, "a task reads what a thread it started writes");
            checkOtherVirtualThreads();
            loop.close();
            checkOtherVirtualThreads();
        }

        private static void write(Connection connection) {
            try {
                Scenario.pause(50);
                connection.write(1);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    @DisplayName(
            "finding 2: threads that tasks started are blocked on sockets when the loop closes, and the pollers survive waking them")
    void socketReadersWakeAfterClose() {
        ChildJvm.run(ReadersOutliveLoop.class);
    }

    static final class ReadersOutliveLoop {
        public static void main(String[] args) throws Exception {
            EventLoop loop = EventLoop.start();
            List<Connection> connections = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                connections.add(Connection.open());
            }
            AtomicInteger sum = new AtomicInteger();
            List<Thread> readers = loop.createTask(() -> connections.stream()
                            .map(connection -> Thread.ofVirtual().name("reader").start(() -> add(sum, connection)))
                            .toList())
                    .get();
            for (Thread reader : readers) {
                awaitState(reader, Thread.State.WAITING);
            }
            loop.close();
            for (int i = 0; i < connections.size(); i++) {
                connections.get(i).write(i);
            }
            for (Thread reader : readers) {
                join(reader);
            }
            check(sum.get() == 28, "each reader gets its byte, and not " + sum);
            checkOtherVirtualThreads();
        }

        private static void add(AtomicInteger sum, Connection connection) {
            try {
                sum.addAndGet(connection.read());
                // Parked again, by a timer of the JDK this time, and woken where there is no loop.
                LockSupport.parkNanos(1_000_000);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    @DisplayName(
            "finding 3: a thread that a task started is blocked on a monitor when the loop closes, and the unblocker survives it")
    void monitorWaitersWakeAfterClose() {
        ChildJvm.run(MonitorOutlivesLoop.class);
    }

    static final class MonitorOutlivesLoop {
        private static final Object MONITOR = new Object();

        public static void main(String[] args) throws Exception {
            Warnings warnings = Warnings.listen();
            EventLoop loop = EventLoop.start();
            Thread blocked;
            synchronized (MONITOR) {
                blocked = loop.createTask(
                                "starter",
                                () -> Thread.ofVirtual().name("blocked").start(MonitorOutlivesLoop::enter))
                        .get();
                long since = System.nanoTime();
                awaitState(blocked, Thread.State.BLOCKED);
                if (Scenario.MONITORS_PIN) {
                    warnings.expectWithinASecond(since, "a thread started inside task 'starter'");
                } else {
                    check(goesOn(loop), "the loop goes on while a thread of it waits for a monitor");
                    loop.close();
                }
            }
            join(blocked);
            checkOtherVirtualThreads();
            loop.close();
            checkOtherVirtualThreads();
        }

        private static void enter() {
            synchronized (MONITOR) {
                MONITOR.notifyAll();
            }
        }
    }

    @Test
    @DisplayName("findings 2 and 3: whatever wakes a thread of a closed loop, it goes on")
    void everyKindOfWakeUpAfterClose() {
        ChildJvm.run(EveryKindOfWait.class);
    }

    static final class EveryKindOfWait {
        public static void main(String[] args) throws Exception {
            EventLoop loop = EventLoop.start();
            CountDownLatch latch = new CountDownLatch(1);
            List<Thread> waiting = loop.createTask(() -> List.of(
                            Thread.startVirtualThread(LockSupport::park),
                            Thread.startVirtualThread(() -> LockSupport.parkNanos(Long.MAX_VALUE)),
                            Thread.startVirtualThread(() -> Scenario.await(latch, "the latch opens")),
                            Thread.startVirtualThread(() -> Scenario.pause(2000))))
                    .get();
            for (Thread thread : waiting.reversed()) { // the one that does not wait for us first
                awaitState(thread, Thread.State.WAITING, Thread.State.TIMED_WAITING);
            }
            List<Thread> fromCallback = new ArrayList<>();
            CountDownLatch called = new CountDownLatch(1);
            loop.callSoon(() -> {
                fromCallback.add(Thread.startVirtualThread(LockSupport::park));
                called.countDown();
            });
            Scenario.await(called, "the callback runs");
            awaitState(fromCallback.get(0), Thread.State.WAITING);

            loop.close();
            LockSupport.unpark(waiting.get(0));
            waiting.get(1).interrupt();
            latch.countDown();
            LockSupport.unpark(fromCallback.get(0));
            for (Thread thread : waiting) {
                join(thread);
            }
            join(fromCallback.get(0));
            checkOtherVirtualThreads();
        }
    }

    @Test
    @DisplayName("a thousand threads that wake in turn after the loop has closed share a few platform threads")
    void stragglersShareFewThreads() {
        ChildJvm.run(ManyStragglers.class);
    }

    static final class ManyStragglers {
        public static void main(String[] args) throws Exception {
            EventLoop loop = EventLoop.start();
            List<Thread> parked = loop.createTask(() -> {
                        List<Thread> threads = new ArrayList<>();
                        for (int i = 0; i < 1000; i++) {
                            threads.add(Thread.startVirtualThread(LockSupport::park));
                        }
                        return threads;
                    })
                    .get();
            for (Thread thread : parked) {
                awaitState(thread, Thread.State.WAITING);
            }
            loop.close();
            var management = java.lang.management.ManagementFactory.getThreadMXBean();
            long before = management.getTotalStartedThreadCount();
            for (int from = 0;
                    from < parked.size();
                    from += 20) { // in portions: a burst takes as many threads as are awake at once
                List<Thread> portion = parked.subList(from, from + 20);
                portion.forEach(LockSupport::unpark);
                portion.forEach(Scenario::join);
            }
            long more = management.getTotalStartedThreadCount() - before;
            check(more <= 300, "a few threads for a thousand stragglers, and not " + more);
        }
    }

    @Test
    @DisplayName("close returns however quickly its last task ends")
    void closeReturns() {
        ChildJvm.run(CloseOften.class);
    }

    static final class CloseOften {
        public static void main(String[] args) {
            for (int i = 0; i < 1000; i++) {
                EventLoop loop =
                        EventLoop.builder().slowStepThreshold(Duration.ZERO).start();
                loop.callSoon(() -> {});
                loop.close();
            }
        }
    }
}
