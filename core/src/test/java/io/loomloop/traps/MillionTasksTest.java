package io.loomloop.traps;

import static io.loomloop.traps.Scenario.check;
import static io.loomloop.traps.Scenario.until;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a waiting task costs. */
class MillionTasksTest {
    @Test
    @Tag("slow")
    @DisplayName("1,000,000 tasks wait for a future each in at most 850 bytes per task, and all go on")
    void waitingTasks() {
        ChildJvm.Result result = ChildJvm.of(Million.class)
                .jvmArguments("-XX:TieredStopAtLevel=4", "-Xms2g", "-Xmx4g")
                .run()
                .succeeded();
        System.out.print(result.out());
    }

    static final class Million {
        private static final int TASKS = 1_000_000;
        private static final int MOST_BYTES = 850;

        public static void main(String[] args) {
            try (EventLoop loop = EventLoop.start()) {
                // As in a program that has been running: the compiler has seen tasks go on after a wait, and is done.
                CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
                int quiet = 0;
                for (int i = 0; i < 300 && quiet < 10; i++) {
                    long compiled = compiler.getTotalCompilationTime();
                    new Wave(loop, 5_000).park().wake();
                    quiet = i >= 20 && compiler.getTotalCompilationTime() == compiled ? quiet + 1 : 0;
                }
                long before = usedHeap();
                long begun = System.nanoTime();
                Wave wave = new Wave(loop, TASKS).park();
                long parked = System.nanoTime();
                long bytes = (usedHeap() - before) / TASKS;
                if (args.length > 0) {
                    Scenario.pause(Long.parseLong(args[0])); // for a look at the heap
                }
                long woken = System.nanoTime();
                wave.wake();
                long done = System.nanoTime();
                System.out.printf(
                        "%,d waiting tasks: %d bytes each on JDK %s; made in %d ms, woken in %d ms%n",
                        TASKS,
                        bytes,
                        Runtime.version().feature(),
                        (parked - begun) / 1_000_000,
                        (done - woken) / 1_000_000);
                check(bytes <= MOST_BYTES, MOST_BYTES + " bytes per task, and not " + bytes);
            }
        }

        /** Tasks that wait for a future each. */
        private static final class Wave {
            private final EventLoop loop;
            private final List<LoopFuture<Integer>> futures = new ArrayList<>();
            private final List<Task<Integer>> tasks = new ArrayList<>();

            Wave(EventLoop loop, int size) {
                this.loop = loop;
                for (int i = 0; i < size; i++) {
                    LoopFuture<Integer> future = loop.createFuture();
                    futures.add(future);
                    tasks.add(loop.createTask(() -> future.await()));
                }
            }

            Wave park() {
                // Behind all tasks in the queue, so it runs when they wait.
                CountDownLatch waiting = new CountDownLatch(1);
                loop.callSoon(waiting::countDown);
                Scenario.await(waiting, "all tasks have begun");
                check(loop.statistics().tasksAlive() == tasks.size(), "all tasks wait");
                return this;
            }

            void wake() {
                for (int i = 0; i < futures.size(); i++) {
                    futures.get(i).setResult(i);
                }
                until(() -> loop.statistics().tasksAlive() == 0, "all tasks end");
                for (int i = 0; i < tasks.size(); i++) {
                    until(tasks.get(i)::isDone, "the task ends");
                    check(tasks.get(i).result() == i, "the result of its own future");
                }
            }
        }

        private static long usedHeap() {
            System.gc();
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            return runtime.totalMemory() - runtime.freeMemory();
        }
    }
}
