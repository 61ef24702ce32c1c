package io.loomloop.bench;

import io.loomloop.LoopFuture;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * Two tasks, each of which awaits what the other one completes: nanoseconds per round, which is two switches and two futures. And a
 * future that is done when it is awaited, which tells what of a round is the futures' own.
 */
public class AwaitBenchmark extends LoopBenchmark {
    private static final int ROUNDS = 50_000;
    private static final int KEPT = 1024;
    private static final Integer ITEM = 1;

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void pingPong() {
        List<LoopFuture<Integer>> inbox = pair(loop::createFuture);
        inTurn(
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        inbox.get(1).setResult(ITEM);
                        Integer unused = inbox.get(0).await();
                        inbox.set(0, loop.createFuture());
                    }
                },
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        Integer unused = inbox.get(1).await();
                        inbox.set(1, loop.createFuture());
                        inbox.get(0).setResult(ITEM);
                    }
                });
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void pingPongJdk() {
        List<CompletableFuture<Integer>> inbox = pair(CompletableFuture::new);
        DefaultThreads.run(
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        inbox.get(1).complete(ITEM);
                        inbox.get(0).join();
                        inbox.set(0, new CompletableFuture<>());
                    }
                },
                () -> {
                    for (int i = 0; i < ROUNDS; i++) {
                        inbox.get(1).join();
                        inbox.set(1, new CompletableFuture<>());
                        inbox.get(0).complete(ITEM);
                    }
                });
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void pingPongKotlinx() {
        Coroutines.pingPong(ROUNDS);
    }

    /** Kept for a while, or the compiler sees that nobody needs the futures. */
    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void awaitDone() {
        LoopFuture<?>[] kept = new LoopFuture<?>[KEPT];
        loop.runUntilComplete(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                LoopFuture<Integer> future = loop.createFuture();
                kept[i % KEPT] = future;
                future.setResult(ITEM);
                Integer unused = future.await();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void awaitDoneJdk() {
        CompletableFuture<?>[] kept = new CompletableFuture<?>[KEPT];
        DefaultThreads.run(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                CompletableFuture<Integer> future = new CompletableFuture<>();
                kept[i % KEPT] = future;
                future.complete(ITEM);
                future.join();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void awaitDoneKotlinx() {
        Coroutines.awaitDone(ROUNDS, KEPT);
    }

    /** One for each task; who waits puts a new one in its place. */
    private static <F> List<F> pair(Supplier<F> future) {
        return new ArrayList<>(Stream.generate(future).limit(2).toList());
    }
}
