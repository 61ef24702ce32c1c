package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a task switch costs, beside what the JVM's own continuation costs. Nanoseconds per switch. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 3,
        jvmArgsAppend = {
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED"
        })
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SwitchBenchmark {
    private static final int SWITCHES = 100_000;

    private EventLoop loop;

    @Setup
    public void open() {
        loop = EventLoop.open();
    }

    @TearDown
    public void close() {
        loop.close();
    }

    /** Two bare continuations in turn: no scheduler, no thread, no queue. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void bareContinuations() {
        Runnable one = BareContinuation.yieldingFor(SWITCHES / 2);
        Runnable other = BareContinuation.yieldingFor(SWITCHES / 2);
        for (int i = 0; i < SWITCHES / 2; i++) {
            one.run();
            other.run();
        }
    }

    /** Two virtual threads in turn, with the smallest scheduler that works: what the JDK adds to its continuations. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void bareVirtualThreads() {
        ArrayDeque<Runnable> ready = new ArrayDeque<>();
        BareVirtualThread.startYieldingFor(SWITCHES / 2, ready::add);
        BareVirtualThread.startYieldingFor(SWITCHES / 2, ready::add);
        for (Runnable next = ready.poll(); next != null; next = ready.poll()) {
            next.run();
        }
    }

    /** Two tasks in turn. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void twoTasksYielding() {
        loop.runUntilComplete(() -> {
            Task<@Nullable Void> one = Async.createTask(() -> yieldFor(SWITCHES / 2));
            Task<@Nullable Void> other = Async.createTask(() -> yieldFor(SWITCHES / 2));
            one.await();
            other.await();
        });
    }

    /** A task that yields while nothing else is ready. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void oneTaskYielding() {
        loop.runUntilComplete(() -> yieldFor(SWITCHES));
    }

    private static void yieldFor(int times) {
        for (int i = 0; i < times; i++) {
            Async.yieldNow();
        }
    }
}
