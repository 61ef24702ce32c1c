package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls a protocol back, one callback at a time: in the task of its connection, or inside a call of the user that has to tell the
 * protocol something at once. Loop thread only.
 *
 * <pre>
 *  caller:  null --call, which waits for that; callNow--> a thread --the callback returns--> null
 *                a thread --callNow by the same thread, in the middle of a callback--> the same
 * </pre>
 */
final class Callbacks {
    private final EventLoop loop;
    private final Consumer<Throwable> onFailure;
    private final Runnable onFree;
    private final Waiters waiters = new Waiters();

    private @Nullable Task<?> task;
    private @Nullable Thread caller;

    /**
     * For one connection.
     *
     * @param onFailure gets what a callback throws, before the exception handler does
     * @param onFree called after each callback
     */
    Callbacks(EventLoop loop, Consumer<Throwable> onFailure, Runnable onFree) {
        this.loop = loop;
        this.onFailure = onFailure;
        this.onFree = onFree;
    }

    /** Callbacks are for the calling task from now on, and have its context. */
    void belongTo(Task<?> owner) {
        task = owner;
    }

    boolean hasBegun() {
        return task != null;
    }

    /** True when nobody is in a callback. */
    boolean isFree() {
        return caller == null;
    }

    /** True when the calling thread is in a callback. */
    boolean isInside() {
        return caller == Thread.currentThread();
    }

    /** Waits until nobody is in a callback. */
    void awaitFree() {
        waiters.await(loop, () -> caller == null);
    }

    /** Calls back from the connection's task, when it is free. What the callback throws is dealt with, but for a cancellation of the task. */
    void call(String what, VoidBody<Exception> callback) {
        awaitFree();
        run(what, callback);
    }

    /**
     * Calls back from wherever this is, if that is possible now.
     *
     * @return false when another task is in a callback
     */
    boolean callNow(String what, VoidBody<Exception> callback) {
        if (isInside()) {
            run(what, callback);
        } else if (isFree()) {
            // A copy, because the caller may run in that context himself, and it cannot be entered twice.
            Objects.requireNonNull(task).context().copy().run(() -> run(what, callback));
        } else {
            return false;
        }
        return true;
    }

    private void run(String what, VoidBody<Exception> callback) {
        Thread outer = caller;
        Thread here = Thread.currentThread();
        caller = here;
        try {
            callback.run();
        } catch (Throwable thrown) {
            if (thrown instanceof CancelledException cancelled && isCallerCancelled()) {
                throw cancelled;
            }
            failed(what, thrown);
        } finally {
            caller = outer;
            if (outer == null) {
                waiters.wakeAll();
                onFree.run();
            }
        }
    }

    /** False when a callback has thrown a cancellation that is not the caller's: of a future that it awaited, for example. */
    private static boolean isCallerCancelled() {
        try {
            return Async.currentTask().cancelling() > 0;
        } catch (IllegalStateException e) {
            return true; // a callback of the loop, which was interrupted
        }
    }

    /** Deals with what a callback has thrown. */
    void failed(String what, Throwable thrown) {
        Task<?> owner = Objects.requireNonNull(task);
        onFailure.accept(thrown);
        loop.callExceptionHandler(
                new ErrorContext(what + " failed, " + owner.name() + " is aborted", thrown, owner, null));
    }
}
