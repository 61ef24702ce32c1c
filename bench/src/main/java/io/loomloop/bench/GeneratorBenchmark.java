package io.loomloop.bench;

import io.loomloop.coroutine.Coroutine;
import io.loomloop.coroutine.Generator;
import java.util.concurrent.SynchronousQueue;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.infra.Blackhole;

/** What an item of a generator costs, beside what the JVM's own continuation costs. Nanoseconds per item. */
public class GeneratorBenchmark extends LoopBenchmark {
    private static final int ITEMS = 100_000;

    private static final Integer ITEM = 1;

    /** A bare continuation, run from yield to yield. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void itemBare() {
        Runnable continuation = BareContinuation.yieldingFor(ITEMS);
        for (int i = 0; i < ITEMS; i++) {
            continuation.run();
        }
    }

    /** A loop over a generator. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public long item() {
        Generator<Integer> generator = Generator.of(out -> {
            for (int i = 0; i < ITEMS; i++) {
                out.yield(ITEM);
            }
        });
        long sum = 0;
        for (int item : generator) {
            sum += item;
        }
        return sum;
    }

    /** The JDK has no generators: a thread and a queue without room. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void itemJdk(Blackhole sum) {
        SynchronousQueue<Integer> items = new SynchronousQueue<>();
        DefaultThreads.run(() -> put(items), () -> sum.consume(takeAll(items)));
    }

    private static void put(SynchronousQueue<Integer> items) {
        try {
            for (int i = 0; i < ITEMS; i++) {
                items.put(ITEM);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static long takeAll(SynchronousQueue<Integer> items) {
        try {
            long sum = 0;
            for (int i = 0; i < ITEMS; i++) {
                sum += items.take();
            }
            return sum;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Kotlin's {@code sequence}, whose body may not suspend for anything else; the compiler makes a state machine of it. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public long itemKotlinx() {
        return Coroutines.items(ITEMS);
    }

    /** A coroutine that is sent a value for each one it yields. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public Object coroutine() {
        Coroutine<Integer, Integer, @Nullable Void> coroutine = Coroutine.of(out -> {
            for (int i = 0; i < ITEMS; i++) {
                Integer unused = out.yield(ITEM);
            }
        });
        Object last = coroutine.send(null);
        while (!coroutine.isDone()) {
            last = coroutine.send(ITEM);
        }
        return last;
    }

    /** Making a generator, taking one item, and closing it; per generator. */
    @Benchmark
    public int shortLived() {
        Generator<Integer> generator = Generator.of(out -> out.yield(ITEM));
        int item = generator.next();
        generator.close();
        return item;
    }
}
