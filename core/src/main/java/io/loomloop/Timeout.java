package io.loomloop;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The deadline of a piece of work: asyncio's {@code Timeout}. Made by {@link Async#timeout(Duration, ScopeBody)}, which hands
 * it to the work.
 *
 * <p>When the time is over, the task that does the work is cancelled. The {@link CancelledException} becomes a
 * {@link TimeoutException} where it leaves the scope, unless somebody else has asked the task to end as well: then it stays what
 * it is. So of nested scopes that are over at once, the outermost one throws. Work that catches the cancellation ends as it
 * likes, and {@link #expired} tells.
 *
 * <p>{@link #reschedule} and {@link #rescheduleAt} are for tasks and callbacks of the same loop; the others are safe from any
 * thread.
 */
public final class Timeout {
    /** The deadline that never comes: asyncio's {@code None}. */
    public static final long NEVER = Long.MAX_VALUE;

    /*
     * ACTIVE --deadline--> EXPIRING --the work ends--> EXPIRED
     * ACTIVE --the work ends--> FINISHED
     */
    private enum State {
        ACTIVE,
        EXPIRING,
        EXPIRED,
        FINISHED
    }

    private final TaskThread<?> task;
    // those the task was told of: one that reaches it in the scope is not to be taken for the deadline
    private final int requestsBefore;
    // loop thread writes, any thread reads
    private volatile State state = State.ACTIVE;
    private volatile long when;
    // loop thread only
    private @Nullable Handle alarm;
    private TaskThread.@Nullable CancelRequest request;

    private Timeout(TaskThread<?> task, long when) {
        this.task = task;
        this.requestsBefore = task.cancellingTold();
        this.when = when;
        setAlarm();
    }

    static <T extends @Nullable Object, X extends Exception> T run(
            @Nullable Duration delay, ScopeBody<Timeout, T, X> body) throws X, TimeoutException {
        Objects.requireNonNull(body, "body");
        return runUntil(deadline(LoopThread.requireTask().loop(), delay), body);
    }

    static <T extends @Nullable Object, X extends Exception> T runUntil(long when, ScopeBody<Timeout, T, X> body)
            throws X, TimeoutException {
        Objects.requireNonNull(body, "body");
        Timeout scope = new Timeout(LoopThread.requireTask(), when);
        T result;
        try {
            result = body.call(scope);
        } catch (Throwable failure) {
            scope.exit(failure);
            throw failure;
        }
        scope.exit(null);
        return result;
    }

    private static long deadline(EventLoop loop, @Nullable Duration delay) {
        long now = loop.time();
        long nanos = delay == null ? NEVER : EventLoop.nanos(delay);
        return delay == null || now > NEVER - nanos ? NEVER : now + nanos;
    }

    /** When the work is to be over, in nanoseconds on the clock of {@link EventLoop#time()}, or {@link #NEVER}. */
    public long when() {
        return when;
    }

    /**
     * True once the deadline has come while the work was under way, whatever became of the work. It stays true.
     */
    public boolean expired() {
        State s = state;
        return s == State.EXPIRING || s == State.EXPIRED;
    }

    /**
     * Moves the deadline.
     *
     * @param delay how long from now; zero or less means the next wait, null never
     * @throws IllegalStateException when the deadline has come, when the work has ended, or off the loop of the work
     */
    public void reschedule(@Nullable Duration delay) {
        rescheduleAt(deadline(task.loop(), delay));
    }

    /**
     * As {@link #reschedule}, to a time on the clock of {@link EventLoop#time()}: asyncio's {@code reschedule}.
     *
     * @param when nanoseconds, or {@link #NEVER}
     */
    public void rescheduleAt(long when) {
        if (!task.home().isCurrent()) {
            throw new IllegalStateException("a timeout is moved on its own loop only, use callSoon: " + task.loop());
        }
        if (state != State.ACTIVE) {
            throw new IllegalStateException("too late to move this: " + this);
        }
        this.when = when;
        clearAlarm();
        setAlarm();
    }

    private void setAlarm() {
        EventLoop loop = task.loop();
        if (when != NEVER) {
            // A timer that is due would be queued behind a task that yields now; a deadline that has come is to be
            // first.
            boolean due = EventLoop.difference(when, loop.time()) <= 0;
            alarm = due ? loop.callSoon(this::expire) : loop.callAt(when, this::expire);
        }
    }

    private void clearAlarm() {
        if (alarm != null) {
            alarm.cancel();
            alarm = null;
        }
    }

    private void expire() {
        alarm = null;
        state = State.EXPIRING;
        request = task.requestCancel("timed out");
    }

    /** Ends the scope; the caller throws the failure on, if this does not throw. */
    private void exit(@Nullable Throwable failure) throws TimeoutException {
        clearAlarm();
        TaskThread.CancelRequest mine = request;
        if (mine == null) {
            state = State.FINISHED;
            return;
        }
        state = State.EXPIRED;
        boolean cancelled = failure != null && task.isCancellation(failure);
        if (task.takeBack(requestsBefore) || failure == null) { // somebody else wants the task to end, or all is well
            return;
        }
        TimeoutException timeout = new TimeoutException("not over in time");
        if (!cancelled) {
            failure.addSuppressed(timeout);
            return;
        }
        timeout.initCause(failure);
        throw timeout;
    }

    @Override
    public String toString() {
        String deadline = state == State.ACTIVE ? (when == NEVER ? ", never" : ", when=" + when) : "";
        return "Timeout[" + state.name().toLowerCase(Locale.ROOT) + deadline + "]";
    }
}
