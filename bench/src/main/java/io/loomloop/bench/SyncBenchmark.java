package io.loomloop.bench;

import io.loomloop.Async;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * What it costs two tasks to take turns, by different means. Each operation is one switch from one task to the other, so all of
 * them are to be seen beside {@link #yielding}. Nanoseconds per switch.
 */
public class SyncBenchmark extends LoopBenchmark {
    private static final int SWITCHES = 100_000;
    private static final Integer ITEM = 1;

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

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldingJdk() {
        DefaultThreads.run(2, () -> {
            for (int i = 0; i < SWITCHES / 2; i++) {
                Thread.yield();
            }
        });
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void yieldingKotlinx() {
        Coroutines.yieldInTurn(2, 1, SWITCHES / 2);
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

    /** A fair one, as ours is: without that, others may pass the one that waits. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    @SuppressWarnings("LockNotBeforeTry") // it is taken anew at the end of each turn
    public void lockHandOverJdk() {
        ReentrantLock lock = new ReentrantLock(true);
        DefaultThreads.run(2, () -> {
            lock.lock();
            Thread.yield();
            for (int i = 0; i < SWITCHES / 2; i++) {
                lock.unlock();
                lock.lock();
            }
            lock.unlock();
        });
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void lockHandOverKotlinx() {
        Coroutines.lockHandOver(SWITCHES / 2);
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

    /** A fair one, as ours is. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void semaphoreHandOverJdk() {
        Semaphore semaphore = new Semaphore(1, true);
        DefaultThreads.run(2, () -> {
            semaphore.acquireUninterruptibly();
            Thread.yield();
            for (int i = 0; i < SWITCHES / 2; i++) {
                semaphore.release();
                semaphore.acquireUninterruptibly();
            }
            semaphore.release();
        });
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void semaphoreHandOverKotlinx() {
        Coroutines.semaphoreHandOver(SWITCHES / 2);
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

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void queuePutAndGetJdk() {
        BlockingQueue<Integer> there = new LinkedBlockingQueue<>();
        BlockingQueue<Integer> back = new LinkedBlockingQueue<>();
        DefaultThreads.run(
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        there.add(ITEM);
                        take(back);
                    }
                },
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        take(there);
                        back.add(ITEM);
                    }
                });
    }

    private static void take(BlockingQueue<Integer> queue) {
        try {
            Integer unused = queue.take();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void queuePutAndGetKotlinx() {
        Coroutines.queuePutAndGet(SWITCHES / 2);
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

    /** The JDK's event is a latch, and a new one where another one would be cleared. */
    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void eventWakeJdk() {
        CountDownLatch[] latches = {new CountDownLatch(1), new CountDownLatch(1)};
        DefaultThreads.run(
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        latches[0].countDown();
                        await(latches[1]);
                        latches[1] = new CountDownLatch(1);
                    }
                },
                () -> {
                    for (int i = 0; i < SWITCHES / 2; i++) {
                        await(latches[0]);
                        latches[0] = new CountDownLatch(1);
                        latches[1].countDown();
                    }
                });
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Benchmark
    @OperationsPerInvocation(SWITCHES)
    public void eventWakeKotlinx() {
        Coroutines.eventWake(SWITCHES / 2);
    }
}
