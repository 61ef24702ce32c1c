package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work that runs on a loop, and the future of its result: asyncio's {@code Task}. Made with
 * {@link EventLoop#createTask(Body)} or {@link Async#createTask(Body)}.
 *
 * <p>Each task is a virtual thread whose only carrier is the loop thread. It runs until it waits: in {@link LoopFuture#await},
 * in {@link Async#sleep}, in a lock, a queue or a socket of the JDK; then others run. Between two waits nothing else of the
 * same loop runs.
 *
 * <p><b>Cancellation</b> is a request. It is delivered once, as a {@link CancelledException} out of the wait the task is in, or
 * out of its next one; a task that has not begun never begins. A task parked in a blocking call of the JDK gets an interrupt
 * instead, and is cancelled when the {@link InterruptedException} (or the closed channel it leads to) ends it. A task that
 * catches the exception may go on, and then is not cancelled. {@link #cancelling} counts the requests, {@link #uncancel} takes
 * one back: what timeouts and task groups are made of.
 *
 * <p>All methods are safe from any thread. A task cannot be completed from outside: the {@code set} and {@code try} methods
 * throw {@link UnsupportedOperationException}.
 *
 * @param <T> the result of the work
 */
public abstract sealed class Task<T extends @Nullable Object> extends LoopFuture<T> permits TaskThread {
    Task(EventLoop loop) {
        super(loop);
    }

    /** The name given to this task and its thread, or {@code Task-N}. Who renames the thread of a task with a name renames the task. */
    public abstract String name();

    /** Renames this task, and its thread with it. */
    public abstract void setName(String name);

    /**
     * Asks this task to end. When it waits for a future, that future is cancelled, and so on along a chain of tasks.
     *
     * @param message is carried by the {@link CancelledException}; may be null
     * @return false when this task is done already; true otherwise, even when it was asked before
     */
    @Override
    public abstract boolean cancel(@Nullable String message);

    /** How many cancellations were asked for and not taken back. */
    public abstract int cancelling();

    /**
     * Takes one request to cancel back. Taking back the last one also withdraws a cancellation that was not delivered yet. Does
     * nothing when there is none, or when the task is done.
     *
     * @return how many are left
     */
    public abstract int uncancel();

    /** The context this task runs in now: its own, or that of a {@link Context#run} it is in. asyncio's {@code get_context}. */
    public abstract Context context();

    /** Where this task is: the stack of its thread, empty before it begins and when it is done. */
    public abstract StackTraceElement[] stack();

    /** The virtual thread this task is, for tools; to wait for the task, await it rather than joining the thread. */
    public abstract Thread thread();

    /** Not for tasks. */
    @Override
    public final boolean trySetResult(T result) {
        throw new UnsupportedOperationException("a task gets its result from its body, not from trySetResult");
    }

    /** Not for tasks. */
    @Override
    public final boolean trySetException(Throwable exception) {
        throw new UnsupportedOperationException("a task gets its exception from its body, not from trySetException");
    }
}
