package io.loomloop.bench;

import io.loomloop.LoopFuture;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From a task's request to another thread until the task goes on with the answer. The other thread spins, so that what is measured
 * is how soon the task's thread wakes. Nanoseconds per answer; it needs two cores without other work.
 */
public class CompletionBenchmark extends LoopBenchmark {
    private static final int ROUNDS = 1_000;
    private static final Integer ITEM = 1;

    private final Elsewhere elsewhere = new Elsewhere();

    @TearDown
    public void stop() {
        elsewhere.close();
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void completedElsewhere() {
        loop.runUntilComplete(() -> {
            for (int i = 0; i < ROUNDS; i++) {
                LoopFuture<Integer> answer = loop.createFuture();
                elsewhere.ask(() -> answer.setResult(ITEM));
                answer.await();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void completedElsewhereJdk() {
        DefaultThreads.run(this::awaitAnswers);
    }

    /** A platform thread waits. */
    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void completedElsewhereThread() {
        awaitAnswers();
    }

    private void awaitAnswers() {
        for (int i = 0; i < ROUNDS; i++) {
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            elsewhere.ask(() -> answer.complete(ITEM));
            answer.join();
        }
    }

    @Benchmark
    @OperationsPerInvocation(ROUNDS)
    public void completedElsewhereKotlinx() {
        Coroutines.completedElsewhere(ROUNDS, elsewhere::ask);
    }
}
