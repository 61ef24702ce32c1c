package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of a connection: for the first byte, and for the time without any byte. A byte only notes the time; one timer on the
 * loop looks at that when it fires, and is set anew for what is left.
 *
 * <pre>
 *  timer:  unset --begin--> set --fires, and there was a byte since--> set, for later
 *                           set --fires, and there was none--> EXPIRE is asked for: the I/O thread looks once more
 *                           set --end--> cancelled, so that it does not keep a closed connection alive
 * </pre>
 *
 * Who sets the timer writes {@code timer}, then reads {@code ended}; the I/O thread writes {@code ended}, then reads {@code timer}. So
 * at least one of them cancels it.
 */
final class IdleWatch {
    private static final long FOREVER = Long.MAX_VALUE;
    private static final Duration LONGEST = Duration.ofDays(365 * 100);

    private static final VarHandle TIMER;

    static {
        try {
            TIMER = MethodHandles.lookup().findVarHandle(IdleWatch.class, "timer", TimerHandle.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    // asks the I/O thread to look
    private final Runnable onDue;
    // in nanoseconds; FOREVER when there is no such deadline
    private final long firstByte;
    private final long idle;

    // I/O thread sets before the timer is
    private volatile long began;
    // I/O thread and loop thread: when there was a byte
    private volatile long last;
    // I/O thread sets
    private volatile boolean hasReceived;
    // I/O thread sets
    private volatile boolean ended;
    // loop thread writes when the timer has fired, I/O thread by CAS
    private volatile @Nullable TimerHandle timer;

    private IdleWatch(EventLoop loop, Runnable onDue, @Nullable Duration firstByte, @Nullable Duration idle) {
        this.loop = loop;
        this.onDue = onDue;
        this.firstByte = nanos(firstByte);
        this.idle = nanos(idle);
    }

    /**
     * Null when there is nothing to watch for.
     *
     * @param onDue has the I/O thread read what there is, and then ask for what is {@link #overdue}, or {@link #rearm}. Loop thread
     */
    static @Nullable IdleWatch of(
            EventLoop loop, Runnable onDue, @Nullable Duration firstByte, @Nullable Duration idle) {
        return firstByte == null && idle == null ? null : new IdleWatch(loop, onDue, firstByte, idle);
    }

    private static long nanos(@Nullable Duration time) {
        if (time == null) {
            return FOREVER;
        }
        return (time.compareTo(LONGEST) < 0 ? time : LONGEST).toNanos();
    }

    // ---- I/O thread

    /** The connection is there. */
    void begin() {
        long now = loop.time();
        began = now;
        last = now;
        rearm();
    }

    /** Something has arrived. */
    void received() {
        hasReceived = true;
        noteByte();
    }

    /** A look too early: goes on watching. */
    void rearm() {
        TimerHandle before = timer;
        TimerHandle set = setTimer();
        if (set != null) {
            TIMER.compareAndSet(this, before, set); // else it has fired meanwhile, and was set anew
            cancelIfEnded(set);
        }
    }

    /** What is to be thrown when a deadline is over; null when none is. */
    @Nullable
    SocketTimeoutException overdue() {
        long now = loop.time();
        if (firstByteLeft(now) <= 0) {
            return new SocketTimeoutException("no byte within " + Duration.ofNanos(firstByte) + " of being accepted");
        }
        return idleLeft(now) <= 0
                ? new SocketTimeoutException("no byte in either direction for " + Duration.ofNanos(idle))
                : null;
    }

    /** The connection is closed. */
    void end() {
        ended = true;
        TimerHandle set = timer;
        if (set != null) {
            set.cancel();
        }
    }

    // ---- I/O thread or loop thread

    /** Something was sent. */
    void sent() {
        noteByte();
    }

    private void noteByte() {
        if (idle != FOREVER) {
            last = loop.time();
        }
    }

    private long firstByteLeft(long now) {
        return hasReceived ? FOREVER : left(firstByte, began, now);
    }

    private long idleLeft(long now) {
        return left(idle, last, now);
    }

    private static long left(long limit, long since, long now) {
        return limit == FOREVER ? FOREVER : limit - (now - since);
    }

    // ---- loop thread

    /** The timer has fired. */
    void look() {
        long now = loop.time();
        if (firstByteLeft(now) <= 0 || idleLeft(now) <= 0) {
            onDue.run();
            return;
        }
        TimerHandle set = setTimer();
        if (set != null) {
            timer = set;
            cancelIfEnded(set);
        }
    }

    // ---- either

    /** Sets the timer for the next deadline; null when there is none any more. */
    private @Nullable TimerHandle setTimer() {
        long now = loop.time();
        long left = Math.min(firstByteLeft(now), idleLeft(now));
        if (left == FOREVER || ended) {
            return null;
        }
        try {
            return loop.callLater(Duration.ofNanos(left), this::look);
        } catch (LoopClosedException e) {
            return null; // the connection is closed next
        }
    }

    private void cancelIfEnded(TimerHandle set) {
        if (ended) {
            set.cancel();
        }
    }
}
