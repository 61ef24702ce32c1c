package io.loomloop.traps;

import static io.loomloop.traps.Scenario.awaitState;
import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.goesOn;
import static io.loomloop.traps.Scenario.until;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the thread of a loop has to bear: deep stacks and interrupts. */
class LoopThreadTest {
    @Test
    @DisplayName("the stack size of a loop bounds how deep its tasks recurse, and a stack overflow ends one task only")
    void depthOfRecursion() {
        ChildJvm.run(Depth.class);
    }

    static final class Depth {
        public static void main(String[] args) throws Exception {
            long small = depth(1 << 20);
            long large = depth(16 << 20);
            check(large > 4 * small, "16 times the stack, and not " + small + " and " + large + " frames");
        }

        private static long depth(long stackSize) throws Exception {
            try (EventLoop loop = EventLoop.builder().stackSize(stackSize).start()) {
                Task<?> bystander = loop.createTask(() -> Async.sleep(Duration.ofMillis(100)));
                AtomicLong depth = new AtomicLong();
                Task<?> deep = loop.createTask(() -> recurse(depth));
                check(failure(deep) instanceof StackOverflowError, "a stack overflow");
                until(bystander::isDone, "another task goes on");
                Task<Integer> awaiting = loop.createTask(() -> awaitAt((int) (depth.get() / 20)));
                check(awaiting.get() == 1, "an await deep down");
                check(goesOn(loop), "the loop goes on");
                return depth.get();
            }
        }

        @SuppressWarnings("InfiniteRecursion") // it is to overflow the stack
        private static void recurse(AtomicLong depth) {
            depth.incrementAndGet();
            recurse(depth);
        }

        private static int awaitAt(int depth) {
            if (depth > 0) {
                return awaitAt(depth - 1);
            }
            Async.sleep(Duration.ofMillis(1));
            return 1;
        }
    }

    @Test
    @DisplayName(
            "an interrupt of the loop thread neither stops it nor makes it spin, while it runs or between two runs")
    void interrupts() {
        ChildJvm.run(Interrupts.class);
    }

    static final class Interrupts {
        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.builder().name("interrupted").open()) {
                loop.runUntilComplete(() -> Async.sleep(Duration.ofMillis(1)));
                interrupt(loop.name());
                checkThatItRests(loop.name());
                loop.runUntilComplete(() -> {
                    interrupt(loop.name());
                    Async.sleep(Duration.ofMillis(5));
                    check(!Thread.currentThread().isInterrupted(), "the task is not interrupted");
                });
            }
            try (EventLoop loop = EventLoop.builder().name("running").start()) {
                check(goesOn(loop), "the loop runs");
                interrupt(loop.name());
                checkThatItRests(loop.name());
                check(goesOn(loop), "the loop goes on");
                Task<?> sleeper = loop.createTask(() -> Async.sleep(Duration.ofMillis(200)));
                for (int i = 0; i < 100; i++) {
                    interrupt(loop.name());
                }
                until(sleeper::isDone, "the task goes on");
                check(!sleeper.isCancelled(), "the interrupts do not reach the task");
                checkThatItRests(loop.name());
            }
        }

        private static Thread thread(String name) {
            return Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals(name))
                    .findFirst()
                    .orElseThrow();
        }

        private static void interrupt(String name) {
            thread(name).interrupt();
        }

        private static void checkThatItRests(String name) {
            var threads = ManagementFactory.getThreadMXBean();
            Thread thread = thread(name);
            awaitState(thread, Thread.State.WAITING, Thread.State.TIMED_WAITING);
            long before = threads.getThreadCpuTime(thread.threadId());
            Scenario.pause(200);
            long spent = (threads.getThreadCpuTime(thread.threadId()) - before) / 1_000_000;
            check(spent < 50, "a thread at rest, and not " + spent + " ms of work in 200 ms");
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
