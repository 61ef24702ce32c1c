package io.loomloop.bench;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.bench.report.Latencies;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * How long it takes, each time, to reach a thread from another one: what {@link CompletionBenchmark} and {@link SubmitBenchmark} tell the
 * mean of. {@code completedElsewhere} is from one request to another thread, which spins, to the next; {@code submit} from the
 * submission by another thread until it runs, one at a time. Each peer has a JVM of its own; two cores without other work are needed.
 *
 * <p>{@code java -cp benchmarks.jar io.loomloop.bench.LatencyBenchmark [samples]}
 */
public final class LatencyBenchmark {
    private static final String COMPLETED = "completedElsewhere";
    private static final List<String> COMPLETED_BY = List.of("loomloop", "bare thread", "JDK", "kotlinx");
    private static final List<String> SUBMITTED_TO = List.of("loomloop", "JDK", "Netty");

    private final Latencies latencies = new Latencies();
    private final int samples;
    private volatile int ran; // written by the thread that is submitted to

    private LatencyBenchmark(int samples) {
        this.samples = samples;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        String samples = args.length > 0 ? args[0] : "300000";
        if (args.length > 1) {
            var unused = measure(args[1], args[2], Integer.parseInt(samples) / 2); // compiles the code
            measure(args[1], args[2], Integer.parseInt(samples))
                    .figures("Latency", args[1], args[2])
                    .forEach(System.out::println);
            return;
        }
        for (String peer : COMPLETED_BY) {
            OwnJvm.run(LatencyBenchmark.class, samples, COMPLETED, peer);
        }
        for (String peer : SUBMITTED_TO) {
            OwnJvm.run(LatencyBenchmark.class, samples, "submit", peer);
        }
    }

    private static Latencies measure(String work, String peer, int samples) {
        LatencyBenchmark benchmark = new LatencyBenchmark(samples);
        if (work.equals(COMPLETED)) {
            benchmark.complete(peer);
        } else {
            benchmark.submit(peer);
        }
        return benchmark.latencies;
    }

    private void complete(String peer) {
        try (Elsewhere elsewhere = new Elsewhere()) {
            Consumer<Runnable> requests = new Consumer<>() {
                private long last;

                @Override
                public void accept(Runnable answer) {
                    long now = System.nanoTime();
                    if (last != 0) {
                        latencies.add(now - last);
                    }
                    last = now;
                    elsewhere.ask(answer);
                }
            };
            switch (peer) {
                case "loomloop" -> LoopBenchmark.builder().run(() -> awaitOnLoop(requests));
                case "bare thread" -> await(requests);
                case "JDK" -> DefaultThreads.run(() -> await(requests));
                case "kotlinx" -> Coroutines.completedElsewhere(samples, requests);
                default -> throw new IllegalArgumentException("no such peer: " + peer);
            }
        }
    }

    private void awaitOnLoop(Consumer<Runnable> requests) {
        EventLoop loop = EventLoop.current();
        for (int i = 0; i < samples; i++) {
            LoopFuture<Integer> answer = loop.createFuture();
            requests.accept(() -> answer.setResult(1));
            Integer unused = answer.await();
        }
    }

    private void await(Consumer<Runnable> requests) {
        for (int i = 0; i < samples; i++) {
            CompletableFuture<Integer> answer = new CompletableFuture<>();
            requests.accept(() -> answer.complete(1));
            answer.join();
        }
    }

    private void submit(String peer) {
        switch (peer) {
            case "loomloop" -> {
                try (EventLoop loop = LoopBenchmark.builder().start()) {
                    submitTo(loop::callSoon);
                }
            }
            case "JDK" -> {
                try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
                    submitTo(executor);
                }
            }
            case "Netty" -> {
                MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
                submitTo(group.next());
                group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
            }
            default -> throw new IllegalArgumentException("no such peer: " + peer);
        }
    }

    private void submitTo(Executor target) {
        for (int i = 1; i <= samples; i++) {
            int number = i;
            long start = System.nanoTime();
            target.execute(() -> {
                latencies.add(System.nanoTime() - start);
                ran = number;
            });
            while (ran != number) {
                Thread.onSpinWait();
            }
        }
    }
}
