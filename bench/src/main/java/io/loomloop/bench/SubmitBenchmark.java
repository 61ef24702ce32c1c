package io.loomloop.bench;

import io.loomloop.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Work that other threads hand over, from the first submission to the end of the last: beside a {@code LinkedBlockingQueue} with one
 * thread, which is what {@code newSingleThreadExecutor} is, and Netty's event loop. Nanoseconds per submission.
 */
public class SubmitBenchmark extends LoopBenchmark {
    private static final int ITEMS = 200_000;

    @Param({"1", "4"})
    int producers;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final EventLoop running = builder().start();
    private final ExecutorService jdk = Executors.newSingleThreadExecutor();
    private final MultiThreadIoEventLoopGroup netty = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private int ran; // the thread that is submitted to

    @TearDown
    public void closeAll() {
        running.close();
        jdk.shutdown();
        netty.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        threads.shutdown();
    }

    /** A callback. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submit() throws InterruptedException {
        submitTo(running::callSoon);
    }

    /** The loop as an executor, which makes a task of each submission. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitTask() throws InterruptedException {
        submitTo(running.executor());
    }

    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitJdk() throws InterruptedException {
        submitTo(jdk);
    }

    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitNetty() throws InterruptedException {
        submitTo(netty.next());
    }

    /** The JDK's virtual threads, on one carrier. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitTaskJdk() throws InterruptedException {
        submitTo(Thread::startVirtualThread);
    }

    /** Coroutines of a {@code runBlocking}. */
    @Benchmark
    @OperationsPerInvocation(ITEMS)
    public void submitTaskKotlinx() {
        Coroutines.launchedElsewhere(ITEMS, producers, threads);
    }

    private void submitTo(Executor target) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        ran = 0;
        Runnable item = () -> {
            if (++ran == ITEMS) {
                done.countDown();
            }
        };
        for (int i = 0; i < producers; i++) {
            threads.execute(() -> {
                for (int j = 0; j < ITEMS / producers; j++) {
                    target.execute(item);
                }
            });
        }
        done.await();
    }
}
