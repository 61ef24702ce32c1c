package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
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

/**
 * What it costs two tasks to take turns, by different means. Each operation is one switch from one task to the other, so all of
 * them are to be seen beside {@link #yielding}. Nanoseconds per switch.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = "--add-opens=java.base/java.lang=ALL-UNNAMED")
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SyncBenchmark {
    private static final int SWITCHES = 100_000;
    private static final Integer ITEM = 1;

    private EventLoop loop;

    @Setup
    public void open() {
        loop = EventLoop.open();
    }

    @TearDown
    public void close() {
        loop.close();
    }

    /** The measure of the others: a task switch. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yielding() {
        inTurn(() -> {
            for (int i = 0; i < SWITCHES / 2; i++) {
                Async.yieldNow();
            }
        });
    }

    /** A lock that the other task waits for: each unlock hands it over. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void lockHandOver() {
        LoopLock lock = new LoopLock();
        inTurn(() -> {
            lock.lock();
            Async.yieldNow(); // for the other one to stand in line
            for (int i = 0; i < SWITCHES / 2; i++) {
                lock.unlock();
                lock.lock();
            }
            lock.unlock();
        });
    }

    /** A permit that the other task waits for. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void semaphoreHandOver() {
        LoopSemaphore semaphore = new LoopSemaphore(1);
        inTurn(() -> {
            semaphore.acquire();
            Async.yieldNow(); // for the other one to stand in line
            for (int i = 0; i < SWITCHES / 2; i++) {
                semaphore.release();
                semaphore.acquire();
            }
            semaphore.release();
        });
    }

    /** An item goes to and fro through two queues: a put and a get for each switch. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void queuePutAndGet() {
        LoopQueue<Integer> there = new LoopQueue<>();
        LoopQueue<Integer> back = new LoopQueue<>();
        inTurn(
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        there.put(ITEM);
                        back.get();
                    }
                },
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        there.get();
                        back.put(ITEM);
                    }
                });
    }

    /** Two events, each set by one task and awaited by the other. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void eventWake() {
        LoopEvent there = new LoopEvent();
        LoopEvent back = new LoopEvent();
        inTurn(
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        there.set();
                        back.await();
                        back.clear();
                    }
                },
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        there.await();
                        there.clear();
                        back.set();
                    }
                });
    }

    private void inTurn(VoidBody<RuntimeException> both) {
        inTurn(both, both);
    }

    private void inTurn(VoidBody<RuntimeException> one, VoidBody<RuntimeException> other) {
        loop.runUntilComplete(() -> {
            Task<@Nullable Void> first = Async.createTask(one);
            Task<@Nullable Void> second = Async.createTask(other);
            first.await();
            second.await();
        });
    }
}
