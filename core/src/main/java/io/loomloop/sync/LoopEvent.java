package io.loomloop.sync;

import io.loomloop.CancelledException;
import io.loomloop.EventLoop;

/**
 * A flag that tasks of one loop wait for: asyncio's {@code Event}.
 *
 * <p>Setting it wakes everybody who waits at that moment, even if it is cleared at once. They go on in the order in which they came.
 * For a result, or for something that happens once and from any thread, use a {@link io.loomloop.LoopFuture}.
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 */
public final class LoopEvent {
    /**
     * What an event is doing, taken at one moment.
     *
     * @param set whether it is set
     * @param waiters those who wait for it
     */
    public record Statistics(boolean set, int waiters) {}

    private final HomeLoop home;
    private final Line line = new Line();
    // loop thread writes, others read estimates
    private boolean set;

    /** An event that is not set. */
    public LoopEvent() {
        this(new HomeLoop(LoopEvent.class), false);
    }

    LoopEvent(HomeLoop home, boolean set) {
        this.home = home;
        this.set = set;
    }

    /**
     * Waits until the event is set: asyncio's {@code wait}. A cancellation point, also when it is set already.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the event's loop
     */
    public void await() {
        EventLoop loop = home.enter();
        if (set) {
            home.throwIfCancelled();
            return;
        }
        Waiter.Parked self = new Waiter.Parked(loop);
        line.add(self);
        try {
            self.await();
        } finally {
            line.remove(self);
        }
    }

    /**
     * Sets the event and wakes everybody who waits for it. Does nothing when it is set. Not a cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the event's loop; from another thread use
     *     {@code loop.callSoon(event::set)}
     */
    public void set() {
        home.enter();
        if (!set) {
            set = true;
            line.wake(Integer.MAX_VALUE);
        }
    }

    /**
     * Takes the flag back, so that the next {@link #await} waits. Not a cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the event's loop
     */
    public void clear() {
        home.enter();
        set = false;
    }

    /** True when the event is set. */
    public boolean isSet() {
        return set;
    }

    /** What the event is doing. */
    public Statistics statistics() {
        return new Statistics(set, line.size());
    }

    @Override
    public String toString() {
        return "LoopEvent[" + (set ? "set" : "not set") + ", waiters=" + line.size() + "]";
    }
}
