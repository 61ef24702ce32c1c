package io.loomloop;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads for what would hold the loop: asyncio's default executor, of the same size, unless the user chose another. Its
 * own threads are made when there is work and end when there has been none for a while.
 *
 * <pre>
 *  open --shutDown--> refusing (what was accepted is done) --close--> closed (what is left is interrupted)
 * </pre>
 */
final class WorkerPool {
    private static final int SIZE = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);
    private static final long CLOSE_PATIENCE_MILLIS = 500;
    /** How long asyncio's {@code run} waits for its executor in the end. */
    private static final long FINISH_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(300);

    private final EventLoop loop;
    private final ThreadPoolExecutor own;
    // any thread: what the default executor has been given and not begun
    private final Set<Job<?>> waiting = ConcurrentHashMap.newKeySet();
    // any thread; the one that gets the work
    private volatile ExecutorService executor;
    // any thread sets
    private volatile boolean refusing;
    // the closing thread sets
    private volatile boolean closed;
    // whoever made the loop, before it runs
    private boolean finishes;

    WorkerPool(EventLoop loop) {
        this.loop = loop;
        AtomicInteger number = new AtomicInteger();
        this.own = new ThreadPoolExecutor(SIZE, SIZE, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> {
            Thread worker = Thread.ofPlatform()
                    .daemon()
                    .inheritInheritableThreadLocals(false)
                    .name(loop.name() + "-worker-" + number.incrementAndGet())
                    .unstarted(body);
            worker.setContextClassLoader(loop.thread().getContextClassLoader());
            return worker;
        });
        own.allowCoreThreadTimeOut(true);
        this.executor = own;
    }

    /** Has another executor do the work from now on. */
    void setExecutor(ExecutorService chosen) {
        if (refusing) {
            throw new IllegalStateException(
                    "the default executor of " + loop + " was shut down, set another one before that");
        }
        if (chosen == ForkJoinPool.commonPool()) {
            throw new IllegalArgumentException(
                    "the common pool cannot be shut down, and so cannot belong to a loop: give it to"
                            + " runInExecutor(executor, work)");
        }
        executor = chosen;
    }

    /** Runs work on the default executor, whose refusal goes to the caller. */
    <T extends @Nullable Object> LoopFuture<T> submit(Body<? extends T, ?> body) {
        if (closed) {
            throw loop.closedException(); // a little earlier than the loop
        }
        if (refusing) {
            throw shutDownAlready();
        }
        try {
            return submit(executor, new Job<>(loop, body, waiting));
        } catch (RejectedExecutionException e) {
            throw closed ? loop.closedException() : refusing ? shutDownAlready() : e;
        }
    }

    private RejectedExecutionException shutDownAlready() {
        return new RejectedExecutionException(
                "the default executor of " + loop + " was shut down, give runInExecutor one of your own");
    }

    /** Runs work on {@code executor}, whose refusal goes to the caller. Cancelling the future interrupts the work. */
    <T extends @Nullable Object> LoopFuture<T> submit(Executor executor, Body<? extends T, ?> body) {
        return submit(executor, new Job<>(loop, body, null));
    }

    private static <T extends @Nullable Object> LoopFuture<T> submit(Executor executor, Job<T> job) {
        boolean accepted = false;
        try {
            executor.execute(job);
            accepted = true;
        } finally {
            if (!accepted) {
                job.leave();
            }
        }
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
        private final @Nullable Set<Job<?>> waiting;

        Job(EventLoop loop, Body<? extends T, ?> body, @Nullable Set<Job<?>> waiting) {
            this(new LoopFuture<>(loop), ContextHolder.currentBindings(), body, waiting);
        }

        private Job(
                LoopFuture<T> result,
                @Nullable Bindings context,
                Body<? extends T, ?> body,
                @Nullable Set<Job<?>> waiting) {
            super(() -> {
                try {
                    result.trySetResult(ContextHolder.call(context, body));
                } catch (Throwable failure) {
                    if (failure instanceof InterruptedException && result.loop().workers().closed) {
                        result.cancel("the event loop was closed", failure);
                    } else {
                        result.trySetException(failure);
                    }
                }
                return null;
            });
            this.result = result;
            this.waiting = waiting;
            if (waiting != null) {
                waiting.add(this);
            }
        }

        @Override
        public void run() {
            leave();
            super.run();
        }

        @Override
        protected void done() {
            leave();
            if (isCancelled()) {
                result.cancel();
            }
        }

        void leave() {
            if (waiting != null) {
                waiting.remove(this);
            }
        }
    }

    // ---- the end

    /**
     * Accepts nothing more and waits until all is done. A thread of its own does the waiting, so that a task can be cancelled and
     * time is the loop's.
     */
    void shutDown(long nanos) {
        refusing = true;
        ExecutorService ending = executor;
        ending.shutdown();
        if (ending.isTerminated()) {
            return;
        }
        LoopFuture<@Nullable Void> over = new LoopFuture<>(loop);
        Thread waiter = Thread.ofPlatform()
                .daemon()
                .name(loop.name() + "-executor-shutdown")
                .start(() -> awaitTermination(ending, over));
        try {
            if (nanos == Long.MAX_VALUE) {
                Parking.awaitInterruptibly(over);
            } else if (!Parking.awaitFor(over, nanos)) {
                loop.report(new ErrorContext(
                        "the default executor of " + loop + " did not finish its work in " + nanos / 1_000_000
                                + " ms, which goes on without it",
                        null));
                return;
            }
            over.result();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancelledException("interrupted while waiting for the default executor of " + loop, e);
        } finally {
            waiter.interrupt();
        }
    }

    private static void awaitTermination(ExecutorService ending, LoopFuture<@Nullable Void> over) {
        try {
            if (ending.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS)) {
                over.completeWith(null);
            }
        } catch (InterruptedException e) {
            // nobody waits any more
        } catch (Throwable failure) {
            over.failWith(failure);
        }
    }

    /** Has the loop let the work end by itself when it closes. */
    void finishBeforeClose() {
        finishes = true;
    }

    /** Called on the loop, when all tasks have ended. */
    void finish() {
        if (finishes) {
            shutDown(FINISH_PATIENCE_NANOS);
        }
    }

    /** Interrupts what runs, cancels what waits, and gives the threads a moment to end. */
    void close() {
        closed = true;
        ExecutorService chosen = executor;
        end(own);
        if (chosen != own) {
            end(chosen);
        }
        waiting.forEach(job -> job.cancel(false));
    }

    /** How many of its own threads work, about. */
    int activeCount() {
        return own.getActiveCount();
    }

    private void end(ExecutorService ending) {
        try {
            ending.shutdownNow();
            if (!awaitTermination(ending)) {
                loop.report(new ErrorContext(
                        (ending == own ? own.getActiveCount() + " workers" : "the default executor") + " of " + loop
                                + " ignore the interrupt and were left behind",
                        null));
            }
        } catch (Throwable failure) {
            loop.report(new ErrorContext("could not shut down " + ending, failure));
        }
    }

    private static boolean awaitTermination(ExecutorService ending) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return ending.awaitTermination(CLOSE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
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
