package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.Task;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** What a switch costs among so many tasks, each so many frames deep. Nanoseconds per switch. */
public class SwitchBenchmark extends LoopBenchmark {
    /** So many that the start of 10,000 tasks is next to nothing beside them. */
    private static final int SWITCHES = 2_000_000;

    @Param({"2", "100", "10000"})
    int tasks;

    @Param({"1", "10", "100"})
    int depth;

    /** Tasks in turn. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldInTurn() {
        loop.runUntilComplete(() -> Async.taskGroup(group -> {
            for (int i = 0; i < tasks; i++) {
                Task<Integer> unused = group.createTask(() -> Frames.deep(depth, this::yieldAll));
            }
        }));
    }

    private void yieldAll() {
        for (int i = 0; i < SWITCHES / tasks; i++) {
            Async.yieldNow();
        }
    }

    /** Bare continuations in turn: no scheduler, no thread, no queue. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldInTurnBare() {
        List<Runnable> continuations = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            continuations.add(BareContinuation.of(() -> {
                int unused = Frames.deep(depth, () -> BareContinuation.yieldFor(SWITCHES / tasks));
            }));
        }
        for (int turn = 0; turn <= SWITCHES / tasks; turn++) {
            for (int i = 0; i < tasks; i++) {
                continuations.get(i).run();
            }
        }
    }

    /** Virtual threads in turn, with the smallest scheduler that works: what the JDK adds to its continuations. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldInTurnThread() {
        ArrayDeque<Runnable> ready = new ArrayDeque<>();
        for (int i = 0; i < tasks; i++) {
            BareVirtualThread.start(this::yieldAllThreads, ready::add);
        }
        for (Runnable next = ready.poll(); next != null; next = ready.poll()) {
            next.run();
        }
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldInTurnJdk() {
        DefaultThreads.run(tasks, this::yieldAllThreads);
    }

    private void yieldAllThreads() {
        int unused = Frames.deep(depth, () -> {
            for (int i = 0; i < SWITCHES / tasks; i++) {
                Thread.yield();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldInTurnKotlinx() {
        Coroutines.yieldInTurn(tasks, depth, SWITCHES / tasks);
    }
}
