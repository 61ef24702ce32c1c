package io.loomloop;

import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The future of a submission that waits for its time, on the loop's clock, and perhaps repeats. */
final class DelayedJob<T extends @Nullable Object> extends ExecutorJob<T> implements RunnableScheduledFuture<T> {
    private static final AtomicLong NUMBERS = new AtomicLong();
    /** 146 years, see {@link EventLoop}. */
    private static final long LONGEST = Long.MAX_VALUE / 2;

    private final long number = NUMBERS.incrementAndGet();
    // positive: from one due time to the next; negative: from the end of a run to the next; 0: runs once
    private final long period;
    // its own task writes; any thread reads
    private volatile long due;
    // its own task only
    private boolean again;

    DelayedJob(EventLoop loop, Callable<T> work, long delay, long period) {
        super(loop, work);
        this.due = loop.time() + Math.clamp(delay, 0, LONGEST);
        this.period = Math.clamp(period, -LONGEST, LONGEST);
    }

    @Override
    public boolean isPeriodic() {
        return period != 0;
    }

    @Override
    void runWork() {
        if (isPeriodic()) {
            again = runAndReset();
        } else {
            super.runWork();
        }
    }

    /** True once after a run that is to be followed by another. */
    boolean takeAgain() {
        boolean taken = again;
        again = false;
        return taken;
    }

    long untilDue() {
        return EventLoop.difference(due, loop.time());
    }

    /** Sets the time of the next run, and says how far away it is. */
    long untilNext() {
        due = period > 0 ? due + period : loop.time() - period;
        return untilDue();
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(untilDue(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
        if (other == this) {
            return 0;
        }
        if (other instanceof DelayedJob<?> that && that.loop == loop) {
            long difference = EventLoop.difference(due, that.due);
            return difference != 0 ? Long.signum(difference) : Long.compare(number, that.number);
        }
        return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
}
