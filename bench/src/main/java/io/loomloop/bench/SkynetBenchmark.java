package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Skynet: each task starts ten and adds up what they return, down to a million leaves. Milliseconds per run. */
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class SkynetBenchmark extends LargeHeapBenchmark {
    private static final int LEAVES = 1_000_000;

    @Benchmark
    public long skynet() {
        return loop.runUntilComplete(() -> skynet(0, LEAVES));
    }

    private static long skynet(long first, int leaves) {
        if (leaves == 1) {
            return first;
        }
        List<Task<Long>> children = new ArrayList<>(10);
        for (int i = 0; i < 10; i++) {
            int part = leaves / 10;
            long from = first + (long) i * part;
            children.add(Async.createTask(() -> skynet(from, part)));
        }
        long sum = 0;
        for (Task<Long> child : children) {
            sum += child.await();
        }
        return sum;
    }

    @Benchmark
    public long skynetJdk() {
        FutureTask<Long> root = new FutureTask<>(() -> skynetOfThreads(0, LEAVES));
        DefaultThreads.run(root);
        return root.resultNow();
    }

    private static long skynetOfThreads(long first, int leaves) throws ExecutionException, InterruptedException {
        if (leaves == 1) {
            return first;
        }
        List<FutureTask<Long>> children = new ArrayList<>(10);
        for (int i = 0; i < 10; i++) {
            int part = leaves / 10;
            long from = first + (long) i * part;
            FutureTask<Long> child = new FutureTask<>(() -> skynetOfThreads(from, part));
            Thread.startVirtualThread(child);
            children.add(child);
        }
        long sum = 0;
        for (FutureTask<Long> child : children) {
            sum += child.get();
        }
        return sum;
    }

    @Benchmark
    public long skynetKotlinx() {
        return Coroutines.skynet(LEAVES);
    }
}
