package io.loomloop.bench;

import io.loomloop.LoopFuture;
import io.loomloop.TimerHandle;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A million timers set and then cancelled while a million others are live, and a million that fire: beside a
 * {@code ScheduledThreadPoolExecutor} of one thread, and Netty's event loop. All from the thread the timers belong to. Nanoseconds
 * per timer.
 */
public class TimerBenchmark extends LargeHeapBenchmark {
    private static final int TIMERS = 1_000_000;

    private final ScheduledThreadPoolExecutor jdk = new ScheduledThreadPoolExecutor(1);
    private final MultiThreadIoEventLoopGroup netty = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    private final long[] late = delays(Duration.ofHours(1), Duration.ofHours(2));
    private final long[] soon = delays(Duration.ZERO, Duration.ofMillis(1));
    private boolean live; // the thread of the timers, as the next
    private int fired;

    /** Nanoseconds, in no order. */
    private static long[] delays(Duration least, Duration most) {
        return new Random(1).longs(TIMERS, least.toNanos(), most.toNanos()).toArray();
    }

    private static void nothing() {}

    @TearDown
    public void closeAll() {
        jdk.shutdownNow();
        netty.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void setAndCancel() {
        loop.runUntilComplete(() -> {
            if (!live) {
                live = true;
                setOnLoop();
            }
            for (TimerHandle timer : setOnLoop()) {
                timer.cancel();
            }
        });
    }

    private TimerHandle[] setOnLoop() {
        TimerHandle[] timers = new TimerHandle[TIMERS];
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = loop.callLater(Duration.ofNanos(late[i]), TimerBenchmark::nothing);
        }
        return timers;
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void setAndCancelJdk() throws ExecutionException, InterruptedException {
        jdk.setRemoveOnCancelPolicy(true); // or they stay until their time comes
        setAndCancel(jdk);
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void setAndCancelNetty() throws ExecutionException, InterruptedException {
        setAndCancel(netty.next());
    }

    private void setAndCancel(ScheduledExecutorService executor) throws ExecutionException, InterruptedException {
        executor.submit(() -> {
                    if (!live) {
                        live = true;
                        setOn(executor);
                    }
                    for (Future<?> timer : setOn(executor)) {
                        timer.cancel(false);
                    }
                })
                .get();
    }

    private Future<?>[] setOn(ScheduledExecutorService executor) {
        Future<?>[] timers = new Future<?>[TIMERS];
        for (int i = 0; i < TIMERS; i++) {
            timers[i] = executor.schedule(TimerBenchmark::nothing, late[i], TimeUnit.NANOSECONDS);
        }
        return timers;
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void fire() {
        loop.runUntilComplete(() -> {
            LoopFuture<Integer> done = loop.createFuture();
            fired = 0;
            Runnable timer = () -> {
                if (++fired == TIMERS) {
                    done.setResult(fired);
                }
            };
            for (long delay : soon) {
                loop.callLater(Duration.ofNanos(delay), timer);
            }
            done.await();
        });
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void fireJdk() throws InterruptedException {
        fire(jdk);
    }

    @Benchmark
    @OperationsPerInvocation(TIMERS)
    public void fireNetty() throws InterruptedException {
        fire(netty.next());
    }

    private void fire(ScheduledExecutorService executor) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        executor.execute(() -> {
            fired = 0;
            Runnable timer = () -> {
                if (++fired == TIMERS) {
                    done.countDown();
                }
            };
            for (long delay : soon) {
                Future<?> unused = executor.schedule(timer, delay, TimeUnit.NANOSECONDS);
            }
        });
        done.await();
    }
}
