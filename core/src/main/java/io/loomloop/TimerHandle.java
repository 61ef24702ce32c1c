package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A callback that waits for its time: asyncio's {@code TimerHandle}.
 *
 * <p>Timers with equal times fire in the order in which they were set.
 */
public final class TimerHandle extends Handle {
    private final long when;

    // Both belong to the TimerQueue: loop thread only.
    int index = -1;
    long sequence;

    TimerHandle(EventLoop loop, long when, Runnable callback, boolean internal) {
        super(loop, callback, internal);
        this.when = when;
    }

    /** A user's callback, and what it runs in. */
    TimerHandle(EventLoop loop, long when, Runnable callback, @Nullable Object context) {
        super(loop, callback, context);
        this.when = when;
    }

    /** The time at which the callback is due, in nanoseconds on the clock of {@link EventLoop#time()}. */
    public long when() {
        return when;
    }

    @Override
    public boolean cancel() {
        if (!super.cancel()) {
            return false;
        }
        loop.forget(this);
        return true;
    }
}
