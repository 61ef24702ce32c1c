package io.loomloop.sync;

import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.VoidBody;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A lock, and a line of tasks that wait until another task says that what the lock guards has changed: asyncio's {@code Condition}.
 *
 * <p>{@code notify} and {@code notify_all} are called {@link #signal} and {@link #signalAll}, as in
 * {@link java.util.concurrent.locks.Condition}, because every object has a final {@code notify} already. To wait for something to
 * become true use {@link #waitFor}: a wait may end although nothing changed.
 *
 * <pre>{@code
 * LoopCondition condition = new LoopCondition();
 * condition.hold(() -> {
 *     condition.waitFor(() -> !jobs.isEmpty());
 *     ...
 * });
 * }</pre>
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 */
public final class LoopCondition {
    /**
     * What a condition is doing, taken at one moment.
     *
     * @param waiters those who wait for a signal; who was signalled waits for the lock instead
     * @param lock what the lock is doing
     */
    public record Statistics(int waiters, LoopLock.Statistics lock) {}

    private final LoopLock lock;
    private final Line line = new Line();

    /** A condition with a lock of its own. */
    public LoopCondition() {
        this(new LoopLock());
    }

    /** A condition on a lock, which several conditions may share. */
    public LoopCondition(LoopLock lock) {
        this.lock = Objects.requireNonNull(lock, "lock");
    }

    // ---- the lock

    /** Takes the lock, see {@link LoopLock#lock}. A cancellation point. */
    public void lock() {
        lock.lock();
    }

    /** Takes the lock if that needs no waiting, see {@link LoopLock#tryLock}. Not a cancellation point. */
    public boolean tryLock() {
        return lock.tryLock();
    }

    /** Lets go of the lock, see {@link LoopLock#unlock}. Not a cancellation point. */
    public void unlock() {
        lock.unlock();
    }

    /** True while somebody holds the lock. */
    public boolean isLocked() {
        return lock.isLocked();
    }

    /**
     * Runs {@code body} with the lock held, see {@link LoopLock#hold(Body)}. A cancellation point before the body.
     *
     * @return what the body returns
     * @throws X what the body throws
     */
    public <T extends @Nullable Object, X extends Exception> T hold(Body<T, X> body) throws X {
        return lock.hold(body);
    }

    /** As {@link #hold(Body)}, for a body without a result. */
    public <X extends Exception> void hold(VoidBody<X> body) throws X {
        lock.hold(body);
    }

    // ---- waiting

    /**
     * Lets go of the lock, waits for a signal, and takes the lock again: asyncio's {@code wait}. A cancellation point.
     *
     * <p>When the task is cancelled the lock is taken again all the same, however often it is cancelled meanwhile; the last
     * {@link CancelledException} is thrown then, and a signal that had come already goes to another waiter.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws io.loomloop.PinnedException when the task cannot let go of the loop thread; the lock may not be held then
     * @throws IllegalStateException when the lock is not held, or the caller does not run on its loop
     */
    public void await() {
        requireLocked("wait");
        Waiter.Parked self = new Waiter.Parked(lock.home.enter());
        line.add(self);
        lock.unlock();
        try {
            try {
                self.await();
            } finally {
                line.remove(self);
                lockAgain();
            }
        } catch (Throwable e) {
            if (self.hasTurn()) {
                line.wake(1);
            }
            throw e;
        }
    }

    private void lockAgain() {
        CancelledException last = null;
        boolean interrupted = false;
        try {
            for (boolean held = false; !held; ) {
                try {
                    lock.lock();
                    held = true;
                } catch (CancelledException e) {
                    last = e;
                    // A thread that is no task is told by an interrupt, which stays set and would end the next wait at
                    // once.
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (last != null) {
            throw last;
        }
    }

    /**
     * Waits for signals until {@code predicate}, which is asked with the lock held, is true: asyncio's {@code wait_for}. A
     * cancellation point, also when it is true at once.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the lock is not held, or the caller does not run on its loop
     */
    public void waitFor(BooleanSupplier predicate) {
        Objects.requireNonNull(predicate, "predicate");
        requireLocked("wait");
        lock.home.throwIfCancelled();
        while (!predicate.getAsBoolean()) {
            await();
        }
    }

    /** Wakes the first who waits: asyncio's {@code notify}. See {@link #signal(int)}. */
    public void signal() {
        signal(1);
    }

    /**
     * Wakes up to {@code count} who wait, first come first served: asyncio's {@code notify(n)}. They go on one after the other, when
     * they have the lock. Not a cancellation point.
     *
     * @throws IllegalArgumentException when the count is negative
     * @throws IllegalStateException when the lock is not held, or the caller does not run on its loop
     */
    public void signal(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("a number of waiters cannot be negative: " + count);
        }
        requireLocked("signal");
        line.wake(count);
    }

    /** Wakes everybody who waits: asyncio's {@code notify_all}. See {@link #signal(int)}. */
    public void signalAll() {
        signal(Integer.MAX_VALUE);
    }

    private void requireLocked(String what) {
        lock.home.enter();
        if (!lock.isLocked()) {
            throw new IllegalStateException("to " + what + ", hold the lock of the condition: " + this);
        }
    }

    /** What the condition is doing. */
    public Statistics statistics() {
        return new Statistics(line.size(), lock.statistics());
    }

    @Override
    public String toString() {
        return "LoopCondition[waiters=" + line.size() + ", " + lock + "]";
    }
}
