package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What the benchmarks share: a loop, nanoseconds per operation, and one carrier for the JDK's own virtual threads.
 *
 * <p>The heap has its size, and its memory, from the start: otherwise what is measured is how fast the operating system finds pages.
 *
 * <p>A method stands for a work on a loop; the same name with an ending, for the same work of a peer: {@code Bare} is a bare
 * continuation, {@code Thread} the barest thread that can do it, {@code Jdk} the JDK's default virtual threads or executors,
 * {@code Kotlinx} Kotlin's coroutines in {@code runBlocking}, {@code Netty} its event loop. {@link io.loomloop.bench.report.Report}
 * goes by these names.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 3,
        jvmArgsPrepend = {"-Xms1g", "-Xmx1g", "-XX:+AlwaysPreTouch"},
        jvmArgsAppend = {
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED",
            "-Djdk.virtualThreadScheduler.parallelism=1",
            "-Djdk.virtualThreadScheduler.maxPoolSize=1"
        })
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public abstract class LoopBenchmark {
    EventLoop loop;

    @Setup
    public void open() {
        loop = builder().open();
    }

    /** As is usual, but without the watchdog's log: some of the steps are long on purpose. */
    static EventLoop.Builder builder() {
        return EventLoop.builder().slowStepThreshold(Duration.ofHours(1));
    }

    @TearDown
    public void close() {
        loop.close();
    }

    /** Runs a body in two tasks. */
    final void inTurn(VoidBody<RuntimeException> both) {
        inTurn(both, both);
    }

    /** Runs two bodies in tasks of their own. */
    final void inTurn(VoidBody<RuntimeException> one, VoidBody<RuntimeException> other) {
        loop.runUntilComplete(() -> {
            Task<@Nullable Void> first = Async.createTask(one);
            Task<@Nullable Void> second = Async.createTask(other);
            first.await();
            second.await();
        });
    }
}
