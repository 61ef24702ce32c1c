package io.loomloop;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one door for waiting: everything in loomloop that blocks comes through here, so that cancellation is dealt with once.
 *
 * <p>A task leaves the loop to others. Any other thread is blocked: a platform thread, a task of another loop seen from the
 * future's loop, a callback, a thread started inside a task.
 */
final class Parking {
    private Parking() {}

    /**
     * Waits until {@code future} is done, however it ends: the caller asks for the result. An interrupt of a thread that is not a
     * task ends the wait and stays set.
     */
    static void await(LoopFuture<?> future) {
        TaskThread<?> task = LoopThread.currentTask();
        if (task != null) {
            park(task, future);
            return;
        }
        try {
            block(future, Long.MAX_VALUE);
        } catch (InterruptedException e) {
            throw interrupted(future, e);
        }
    }

    private static CancelledException interrupted(LoopFuture<?> future, InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CancelledException("interrupted while waiting for " + future, e);
    }

    /** Waits until {@code future} is done. */
    static void awaitInterruptibly(LoopFuture<?> future) throws InterruptedException {
        TaskThread<?> task = LoopThread.currentTask();
        if (task != null) {
            park(task, future);
        } else {
            block(future, Long.MAX_VALUE);
        }
    }

    /**
     * Waits until {@code future} is done, for a time.
     *
     * @return whether it is done
     */
    static boolean awaitFor(LoopFuture<?> future, long nanos) throws InterruptedException {
        TaskThread<?> task = LoopThread.currentTask();
        if (task == null) {
            return block(future, nanos);
        }
        task.throwIfCancelled();
        if (future.isDone() || nanos <= 0) {
            return future.isDone();
        }
        LoopFuture<@Nullable Void> either = new LoopFuture<>(task.loop());
        Release done = new Release(either);
        Waiter place = future.addHook(done);
        if (place == null) {
            return true;
        }
        TimerHandle timer = task.loop().addTimer(nanos, done::completed, true);
        try {
            park(task, either);
        } finally {
            timer.cancel();
            future.removeHook(place);
        }
        either.result();
        return future.isDone();
    }

    /**
     * Waits for a future that is the caller's own, for a time or, with null, until it is done. An interrupt of a thread that is
     * not a task ends the wait and stays set.
     */
    static void awaitFor(LoopFuture<@Nullable Void> own, @Nullable Duration timeout) {
        if (timeout == null) {
            own.await();
            return;
        }
        try {
            var unused = awaitFor(own, EventLoop.nanos(timeout));
        } catch (InterruptedException e) {
            throw interrupted(own, e);
        }
    }

    /** Lets a wait go on. */
    private record Release(LoopFuture<@Nullable Void> waiting) implements LoopFuture.Hook {
        @Override
        public void completed() {
            waiting.completeWith(null);
        }

        @Override
        public LoopFuture<?> awaitedBy() {
            return waiting;
        }
    }

    /** Waits for a time, on the loop's clock; without one, for one turn. */
    static void sleep(long nanos) {
        if (nanos <= 0) {
            yieldNow();
            return;
        }
        EventLoop loop = EventLoop.current();
        LoopFuture<@Nullable Void> over = new LoopFuture<>(loop);
        TimerHandle timer = loop.addTimer(nanos, () -> over.completeWith(null), true);
        try {
            over.await();
        } finally {
            timer.cancel();
        }
        if (loop.isClosed()) {
            throw new CancelledException("the event loop is closed");
        }
    }

    /** Lets everything that is ready run first; returns at once when nothing is. */
    static void yieldNow() {
        LoopThread home = LoopThread.current();
        if (!(home.running() instanceof TaskThread<?> task)) {
            Thread.yield();
            return;
        }
        task.throwIfCancelled();
        if (home.mayStay()) {
            return;
        }
        task.yielding = true;
        boolean unmounted;
        try {
            Thread.yield();
        } finally {
            task.yielding = false;
            unmounted = !task.resumed;
            task.resumed = true;
        }
        if (!unmounted && !home.isClosed()) {
            throw home.pinned();
        }
        task.throwIfCancelled();
    }

    /** The heart of {@code await}: see {@link TaskThread} on why it yields. */
    private static void park(TaskThread<?> task, LoopFuture<?> future) {
        if (future == task) {
            throw new IllegalStateException("a task cannot wait for itself: " + task);
        }
        task.passUndeliveredTo(future);
        if (future.isDone()) {
            return;
        }
        task.awaiting = future;
        boolean waiting = future.addWaiter(task);
        try {
            // At least once, done or not: the completion has made an entry in the queue, which must not outlive this
            // wait.
            for (boolean over = !waiting; !over; over = task.mayResume()) {
                Thread.yield();
                boolean unmounted = !task.resumed;
                task.resumed = true;
                if (!future.isDone()) {
                    failUnlessOpen(task.home(), unmounted);
                }
            }
        } finally {
            task.awaiting = null;
            task.waitAborted = false;
            if (!future.isDone()) {
                future.removeWaiters(task);
            }
        }
        task.throwIfCancelled();
    }

    private static void failUnlessOpen(LoopThread home, boolean unmounted) {
        if (home.isClosed()) {
            throw new CancelledException("the event loop is closed");
        }
        if (!unmounted) {
            throw home.pinned();
        }
    }

    /**
     * For those about to wait in code of the JDK for what a loop does: fails where the wait would stop that very loop, on the raw loop
     * thread and in a thread that cannot let go of it.
     */
    static void beforeForeignWait(LoopThread awaited) {
        refuseRawThread();
        if (awaited.isCurrent()) {
            long before = awaited.steps();
            Thread.yield(); // goes round the loop once, unless pinned; by then many a wait is over
            if (awaited.steps() == before) {
                throw awaited.pinned();
            }
        }
    }

    private static void refuseRawThread() {
        if (Thread.currentThread() instanceof LoopThread raw) {
            throw new IllegalStateException(
                    "the driver of an event loop must not wait for a future, it would stop the loop '" + raw.getName()
                            + "'");
        }
    }

    private static boolean block(LoopFuture<?> future, long nanos) throws InterruptedException {
        if (future.isDone()) {
            return true;
        }
        if (nanos <= 0) {
            return false;
        }
        refuseRawThread();
        Thread self = Thread.currentThread();
        long deadline = nanos == Long.MAX_VALUE ? 0 : System.nanoTime() + Math.min(nanos, TimeUnit.DAYS.toNanos(36500));
        boolean waiting = future.addWaiter(self);
        try {
            while (waiting && !future.isDone()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException("interrupted while waiting for " + future);
                }
                if (nanos == Long.MAX_VALUE) {
                    LockSupport.park(future);
                } else {
                    long left = deadline - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    LockSupport.parkNanos(future, left);
                }
            }
        } finally {
            if (!future.isDone()) {
                future.removeWaiters(self);
            }
        }
        return true;
    }
}
