package io.loomloop.bench;

import io.loomloop.Async;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A yield for which nothing else is ready; and calls that go down, yield there and return. Nanoseconds per yield. */
public class YieldBenchmark extends LoopBenchmark {
    private static final int TIMES = 100_000;
    private static final int DEPTH = 100;

    /** A task that yields while nothing else is ready. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void alone() {
        loop.runUntilComplete(() -> {
            for (int i = 0; i < TIMES; i++) {
                Async.yieldNow();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void aloneJdk() {
        DefaultThreads.run(() -> {
            for (int i = 0; i < TIMES; i++) {
                Thread.yield();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void aloneKotlinx() {
        Coroutines.alone(TIMES);
    }

    /** Two tasks in turn that call down to depth 100, yield there and return. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void callDown() {
        inTurn(() -> callDown(Async::yieldNow));
    }

    /** Two bare continuations in turn. */
    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void callDownBare() {
        Runnable one = BareContinuation.of(() -> callDown(BareContinuation::yieldOnce));
        Runnable other = BareContinuation.of(() -> callDown(BareContinuation::yieldOnce));
        for (int i = 0; i <= TIMES / 2; i++) {
            one.run();
            other.run();
        }
    }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void callDownJdk() {
        DefaultThreads.run(2, () -> callDown(Thread::yield));
    }

    @Benchmark
    @OperationsPerInvocation(TIMES)
    public void callDownKotlinx() {
        Coroutines.callDown(DEPTH, TIMES / 2);
    }

    private static void callDown(Runnable bottom) {
        for (int i = 0; i < TIMES / 2; i++) {
            int unused = Frames.deep(DEPTH, bottom);
        }
    }
}
