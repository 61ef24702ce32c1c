package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Tasks that are started, go to sleep, are cancelled all at once, and are awaited. Nanoseconds per task, for all of that. */
public class CancelBenchmark extends LargeHeapBenchmark {
    private static final int TASKS = 100_000;
    private static final Duration LONG = Duration.ofHours(1);

    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void cancelStorm() {
        loop.runUntilComplete(() -> {
            List<Task<@Nullable Void>> tasks = new ArrayList<>(TASKS);
            for (int i = 0; i < TASKS; i++) {
                tasks.add(Async.createTask(() -> Async.sleep(LONG)));
            }
            Async.yieldNow();
            tasks.forEach(Task::cancel);
            Async.waitAll(tasks);
        });
    }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void cancelStormJdk() {
        DefaultThreads.run(() -> {
            List<Thread> threads = new ArrayList<>(TASKS);
            for (int i = 0; i < TASKS; i++) {
                threads.add(Thread.startVirtualThread(CancelBenchmark::sleep));
            }
            Thread.yield();
            threads.forEach(Thread::interrupt);
            threads.forEach(DefaultThreads::join);
        });
    }

    private static void sleep() {
        try {
            Thread.sleep(LONG);
        } catch (InterruptedException e) {
            // this is how it is cancelled
        }
    }

    @Benchmark
    @OperationsPerInvocation(TASKS)
    public void cancelStormKotlinx() {
        Coroutines.cancelStorm(TASKS);
    }
}
