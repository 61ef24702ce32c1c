package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** The start and the end of a task that has next to nothing to do. Nanoseconds per task. */
public class SpawnBenchmark extends LoopBenchmark {
    private static final int ONE_BY_ONE = 50_000;
    private static final int BULK = 500_000;
    private static final int GATHERED = 1_000;
    private static final Integer ITEM = 1;

    /** Each is joined before the next one starts. */
    @Benchmark
    @OperationsPerInvocation(ONE_BY_ONE)
    public void oneByOne() {
        loop.runUntilComplete(() -> {
            for (int i = 0; i < ONE_BY_ONE; i++) {
                Async.createTask(SpawnBenchmark::nothing).await();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(ONE_BY_ONE)
    public void oneByOneJdk() {
        DefaultThreads.run(() -> {
            for (int i = 0; i < ONE_BY_ONE; i++) {
                DefaultThreads.join(Thread.startVirtualThread(SpawnBenchmark::nothing));
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(ONE_BY_ONE)
    public void oneByOneKotlinx() {
        Coroutines.spawnOneByOne(ONE_BY_ONE);
    }

    /** All are started before the first is joined. */
    @Benchmark
    @OperationsPerInvocation(BULK)
    public void bulk() {
        loop.runUntilComplete(() -> {
            List<Task<@Nullable Void>> tasks = new ArrayList<>(BULK);
            for (int i = 0; i < BULK; i++) {
                tasks.add(Async.createTask(SpawnBenchmark::nothing));
            }
            tasks.forEach(Task::await);
        });
    }

    @Benchmark
    @OperationsPerInvocation(BULK)
    public void bulkJdk() {
        DefaultThreads.run(BULK, SpawnBenchmark::nothing);
    }

    @Benchmark
    @OperationsPerInvocation(BULK)
    public void bulkKotlinx() {
        Coroutines.spawnInBulk(BULK);
    }

    private static void nothing() {}

    /** The results of 1,000 tasks at once. */
    @Benchmark
    @OperationsPerInvocation(GATHERED)
    public Object gather() {
        Body<Integer, RuntimeException> body = () -> ITEM;
        return loop.runUntilComplete(() -> {
            List<Task<Integer>> tasks = new ArrayList<>(GATHERED);
            for (int i = 0; i < GATHERED; i++) {
                tasks.add(Async.createTask(body));
            }
            return Async.gather(tasks).await();
        });
    }

    @Benchmark
    @OperationsPerInvocation(GATHERED)
    public void gatherJdk() {
        DefaultThreads.run(() -> {
            Callable<Integer> body = () -> ITEM;
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                var unused = executor.invokeAll(Collections.nCopies(GATHERED, body));
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(GATHERED)
    public int gatherKotlinx() {
        return Coroutines.gather(GATHERED);
    }
}
