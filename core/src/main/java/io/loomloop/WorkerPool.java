package io.loomloop;

import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads for what would hold the loop: asyncio's default executor, of the same size. Its threads are made when there is
 * work and end when there has been none for a while.
 */
final class WorkerPool {
    private static final int SIZE = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);
    private static final long CLOSE_PATIENCE_MILLIS = 500;

    private final EventLoop loop;
    private final ThreadPoolExecutor pool;

    WorkerPool(EventLoop loop) {
        this.loop = loop;
        AtomicInteger number = new AtomicInteger();
        this.pool = new ThreadPoolExecutor(SIZE, SIZE, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread worker = Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name(loop.name() + "-worker-" + number.incrementAndGet())
                    .unstarted(body);
            worker.setContextClassLoader(loop.thread().getContextClassLoader());
            return worker;
        });
        pool.allowCoreThreadTimeOut(true);
    }

    /** Runs work on a thread of this pool. */
    <T extends @Nullable Object> LoopFuture<T> submit(Body<? extends T, ?> body) {
        return submit(pool, body);
    }

    /** Runs work on a thread of {@code executor}, whose refusal goes to the caller. Cancelling the future interrupts the work. */
    <T extends @Nullable Object> LoopFuture<T> submit(Executor executor, Body<? extends T, ?> body) {
        Job<T> job = new Job<>(new LoopFuture<>(loop), body);
        executor.execute(job);
        LoopFuture.Hook interrupt = () -> {
            if (job.result.isCancelled()) {
                job.cancel(true);
            }
        };
        if (!job.result.addWaiter(interrupt)) {
            interrupt.completed();
        }
        return job.result;
    }

    /** A unit of work that carries its own future, so that work which never begins is cancelled visibly. */
    private static final class Job<T extends @Nullable Object> extends FutureTask<@Nullable Void> {
        final LoopFuture<T> result;

        Job(LoopFuture<T> result, Body<? extends T, ?> body) {
            super(() -> {
                try {
                    result.trySetResult(body.call());
                } catch (Throwable failure) {
                    result.trySetException(failure);
                }
                return null;
            });
            this.result = result;
        }

        @Override
        protected void done() {
            if (isCancelled()) {
                result.cancel();
            }
        }
    }

    /** Interrupts what runs, cancels what waits, and gives the threads a moment to end. */
    void close() {
        for (Runnable waiting : pool.shutdownNow()) {
            ((Job<?>) waiting).cancel(false);
        }
        if (!awaitTermination()) {
            loop.report(new ErrorContext(
                    pool.getActiveCount() + " workers of " + loop + " ignore the interrupt and were left behind",
                    null));
        }
    }

    private boolean awaitTermination() {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return pool.awaitTermination(CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
