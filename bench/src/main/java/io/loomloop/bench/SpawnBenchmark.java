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
import org.openjdk.jmh.infra.Blackhole;

/** The start and the end of a task that has next to nothing to do. Nanoseconds per task. */
public class SpawnBenchmark extends LargeHeapBenchmark {
    private static final int ONE_BY_ONE = 50_000;
    private static final int BULK = 500_000;
    private static final int GATHERED = 1_000;
    private static final int GATHERS = 50; // so that the way to the loop's thread and back does not count
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

    /** The results of 1,000 tasks at once, again and again. */
    @Benchmark
    @OperationsPerInvocation(GATHERED * GATHERS)
    public void gather(Blackhole results) {
        Body<Integer, RuntimeException> body = () -> ITEM;
        loop.runUntilComplete(() -> {
            for (int i = 0; i < GATHERS; i++) {
                List<Task<Integer>> tasks = new ArrayList<>(GATHERED);
                for (int j = 0; j < GATHERED; j++) {
                    tasks.add(Async.createTask(body));
                }
                results.consume(Async.gather(tasks).await());
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(GATHERED * GATHERS)
    public void gatherJdk(Blackhole results) {
        Callable<Integer> body = () -> ITEM;
        DefaultThreads.run(() -> {
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < GATHERS; i++) {
                    results.consume(executor.invokeAll(Collections.nCopies(GATHERED, body)));
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(GATHERED * GATHERS)
    public int gatherKotlinx() {
        return Coroutines.gather(GATHERED, GATHERS);
    }
}
