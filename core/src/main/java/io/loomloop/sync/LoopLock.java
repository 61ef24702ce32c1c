package io.loomloop.sync;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.VoidBody;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A lock between tasks of one loop: asyncio's {@code Lock}. It is needed where a task waits for something half-way through a change
 * that others must not see; between two waits nothing else runs anyway.
 *
 * <p>Fair: first come, first served. Not reentrant: a task that locks again what it holds would wait for itself, and gets an
 * exception instead. Not owned: any task or callback may unlock it.
 *
 * <pre>{@code
 * LoopLock lock = new LoopLock();
 * lock.hold(() -> {
 *     ...
 * });
 * }</pre>
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 */
public final class LoopLock {
    /**
     * What a lock is doing, taken at one moment.
     *
     * @param locked whether it is held
     * @param holder the thread of the task that locked it, or null
     * @param waiters those who wait for it, the one included that is about to get it
     */
    public record Statistics(boolean locked, @Nullable Thread holder, int waiters) {}

    final HomeLoop home = new HomeLoop(LoopLock.class);
    private final Permits permits = new Permits(home, 1);
    // loop thread writes, others read estimates. False from an unlock until the next one in line has run
    private boolean locked;
    private @Nullable Thread holder;

    /** A lock that nobody holds. */
    public LoopLock() {}

    /**
     * Takes the lock, and waits for it while somebody else holds it: asyncio's {@code acquire}. A cancellation point, also when the
     * lock is free; the lock is not taken when it throws.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the calling task holds the lock already, or the caller does not run on the lock's loop
     */
    public void lock() {
        if (locked && holder == Thread.currentThread() && callerIsTask()) {
            throw new IllegalStateException(
                    "this task holds the lock already and would wait for itself; a LoopLock is not reentrant: " + this);
        }
        permits.take();
        markLocked();
    }

    /** Callbacks share a thread, and one may well wait for what another one locked. */
    private static boolean callerIsTask() {
        try {
            return Async.currentTask().thread() == Thread.currentThread();
        } catch (IllegalStateException e) {
            return false;
        }
    }

    private void markLocked() {
        locked = true;
        holder = Thread.currentThread();
    }

    /**
     * Takes the lock if it is free and nobody waits for it. Never waits, not a cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the lock's loop
     */
    public boolean tryLock() {
        if (!permits.tryTake()) {
            return false;
        }
        markLocked();
        return true;
    }

    /**
     * Lets go of the lock, and wakes the first who waits for it: asyncio's {@code release}. Not a cancellation point.
     *
     * @throws IllegalStateException when nobody holds the lock, or the caller does not run on the lock's loop
     */
    public void unlock() {
        home.enter();
        if (!locked) {
            throw new IllegalStateException("nobody holds the lock, so it cannot be unlocked: " + this);
        }
        locked = false;
        holder = null;
        permits.give(1);
    }

    /**
     * Runs {@code body} with the lock held: asyncio's {@code async with lock}. A cancellation point before the body.
     *
     * @return what the body returns
     * @throws X what the body throws
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException as {@link #lock}
     */
    public <T extends @Nullable Object, X extends Exception> T hold(Body<T, X> body) throws X {
        Objects.requireNonNull(body, "body");
        lock();
        try {
            return body.call();
        } finally {
            unlock();
        }
    }

    /** As {@link #hold(Body)}, for a body without a result. */
    public <X extends Exception> void hold(VoidBody<X> body) throws X {
        hold(Objects.requireNonNull(body, "body").asBody());
    }

    /** True while somebody holds the lock. False after an unlock even when somebody waits, until that one has run. */
    public boolean isLocked() {
        return locked;
    }

    /** What the lock is doing. */
    public Statistics statistics() {
        return new Statistics(locked, holder, permits.waiting());
    }

    @Override
    public String toString() {
        Thread thread = holder;
        return "LoopLock[" + (locked ? "locked" : "unlocked") + (thread == null ? "" : " by " + thread.getName())
                + ", waiters=" + permits.waiting() + "]";
    }
}
