package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.bench.report.Figure;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * Bytes of heap for a task that waits for a future of its own, the future included: how much more is in use after a collection once
 * that many are parked. Each peer has a JVM of its own, which has parked as many before, so that code is compiled.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.HeapPerTask [tasks]}; a million unless told.
 */
public final class HeapPerTask {
    private static final Integer ITEM = 1;

    private HeapPerTask() {}

    public static void main(String[] args) throws IOException, InterruptedException {
        String tasks = args.length > 0 ? args[0] : "1000000";
        if (args.length > 1) {
            measure(args[1], Integer.parseInt(tasks));
            return;
        }
        for (String peer : List.of("loomloop", "bare continuation", "JDK", "kotlinx")) {
            OwnJvm.run(HeapPerTask.class, tasks, peer);
        }
    }

    private static void measure(String peer, int tasks) {
        park(peer, tasks, () -> {});
        long before = used();
        park(
                peer,
                tasks,
                () -> System.out.println(new Figure(
                        "HeapPerTask", "parked task", peer, Figure.BYTES, (used() - before) / (double) tasks)));
    }

    private static void park(String peer, int tasks, Runnable parked) {
        switch (peer) {
            case "loomloop" -> parkOnLoop(tasks, parked);
            case "bare continuation" -> parkContinuations(tasks, parked);
            case "JDK" -> parkThreads(tasks, parked);
            case "kotlinx" -> Coroutines.park(tasks, parked);
            default -> throw new IllegalArgumentException("no such peer: " + peer);
        }
    }

    private static void parkOnLoop(int tasks, Runnable parked) {
        LoopBenchmark.builder().run(() -> {
            EventLoop loop = EventLoop.current();
            List<LoopFuture<Integer>> gates =
                    Stream.generate(loop::<Integer>createFuture).limit(tasks).toList();
            for (LoopFuture<Integer> gate : gates) {
                Task<Integer> unused = Async.createTask(gate::await);
            }
            Async.yieldNow();
            parked.run();
            gates.forEach(gate -> gate.setResult(ITEM));
        });
    }

    /** Without a future. */
    private static void parkContinuations(int tasks, Runnable parked) {
        List<Runnable> continuations = Stream.generate(() -> BareContinuation.yieldingFor(1))
                .limit(tasks)
                .toList();
        continuations.forEach(Runnable::run);
        parked.run();
        continuations.forEach(Runnable::run);
    }

    private static void parkThreads(int tasks, Runnable parked) {
        DefaultThreads.run(() -> {
            List<CompletableFuture<Integer>> gates = Stream.generate(CompletableFuture<Integer>::new)
                    .limit(tasks)
                    .toList();
            List<Thread> threads = gates.stream()
                    .map(gate -> Thread.startVirtualThread(gate::join))
                    .toList();
            while (threads.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
                Thread.yield();
            }
            parked.run();
            gates.forEach(gate -> gate.complete(ITEM));
            threads.forEach(DefaultThreads::join);
        });
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
