package io.loomloop.sync;

import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.VoidBody;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A number of permits that tasks of one loop take and give back: asyncio's {@code Semaphore} and {@code BoundedSemaphore}.
 *
 * <p>Fair: a permit that is released goes to the first who waits, and nobody overtakes. Permits belong to nobody: any task or
 * callback may release one. Prefer {@link #bounded} where each release belongs to an acquire; it notices one too many.
 *
 * <pre>{@code
 * LoopSemaphore atMostTen = LoopSemaphore.bounded(10);
 * atMostTen.hold(() -> {
 *     ...
 * });
 * }</pre>
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 */
public final class LoopSemaphore {
    /**
     * What a semaphore is doing, taken at one moment.
     *
     * @param availablePermits permits that nobody has and nobody was promised
     * @param waiters those who wait for a permit, those included that are about to get one
     */
    public record Statistics(int availablePermits, int waiters) {}

    private final HomeLoop home = new HomeLoop(LoopSemaphore.class);
    private final Permits permits;
    private final int bound;

    /**
     * A semaphore that may be released more often than it was acquired.
     *
     * @param permits how many there are at first; may be 0
     * @throws IllegalArgumentException when negative
     */
    public LoopSemaphore(int permits) {
        this(permits, 0, Integer.MAX_VALUE);
    }

    private LoopSemaphore(int permits, int least, int bound) {
        if (permits < least) {
            throw new IllegalArgumentException("a semaphore needs at least " + least + " permits, not " + permits);
        }
        this.permits = new Permits(home, permits);
        this.bound = bound;
    }

    /**
     * A semaphore that never has more permits than at first: asyncio's {@code BoundedSemaphore}.
     *
     * @param permits how many there are
     * @throws IllegalArgumentException when not positive
     */
    public static LoopSemaphore bounded(int permits) {
        return new LoopSemaphore(permits, 1, permits);
    }

    /**
     * Takes a permit, and waits for one when there is none or others came first. A cancellation point, also when there is one; no
     * permit is taken when it throws.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the semaphore's loop
     */
    public void acquire() {
        permits.take();
    }

    /**
     * Takes a permit if there is one and nobody came first. Never waits, not a cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the semaphore's loop
     */
    public boolean tryAcquire() {
        return permits.tryTake();
    }

    /** Gives a permit back, see {@link #release(int)}. */
    public void release() {
        release(1);
    }

    /**
     * Gives permits back, or adds new ones, and wakes as many who wait. Not a cancellation point.
     *
     * @throws IllegalArgumentException when the count is not positive
     * @throws IllegalStateException when there would be more permits than the bound, or than an int can count; none was released
     *     then. Also when the caller does not run on the semaphore's loop
     */
    public void release(int count) {
        home.enter();
        if (count <= 0) {
            throw new IllegalArgumentException("a number of permits to release must be positive: " + count);
        }
        if (count > bound - permits.available()) {
            throw new IllegalStateException(
                    "released more often than acquired: " + count + " more would exceed " + bound + ", " + this);
        }
        permits.give(count);
    }

    /**
     * Runs {@code body} with a permit: asyncio's {@code async with semaphore}. A cancellation point before the body.
     *
     * @return what the body returns
     * @throws X what the body throws
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the semaphore's loop
     */
    public <T extends @Nullable Object, X extends Exception> T hold(Body<T, X> body) throws X {
        Objects.requireNonNull(body, "body");
        acquire();
        try {
            return body.call();
        } finally {
            release();
        }
    }

    /** As {@link #hold(Body)}, for a body without a result. */
    public <X extends Exception> void hold(VoidBody<X> body) throws X {
        hold(Objects.requireNonNull(body, "body").asBody());
    }

    /** True when {@link #acquire} would wait: there is no permit, or others came first. */
    public boolean isLocked() {
        return !permits.isFree();
    }

    /** Permits that nobody has and nobody was promised. */
    public int availablePermits() {
        return permits.available();
    }

    /** What the semaphore is doing. */
    public Statistics statistics() {
        return new Statistics(permits.available(), permits.waiting());
    }

    @Override
    public String toString() {
        return "LoopSemaphore[permits=" + permits.available() + ", waiters=" + permits.waiting() + "]";
    }
}
