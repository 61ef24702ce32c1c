package io.loomloop;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Waiting for one thing with a limit of time: {@link Async#waitFor}. A scope of {@link Timeout}, but for limits of zero. */
final class WaitFor {
    private WaitFor() {}

    static <T extends @Nullable Object> T future(Future<T> future, @Nullable Duration timeout) throws TimeoutException {
        Objects.requireNonNull(future, "future");
        TaskThread<?> caller = LoopThread.requireTask();
        if (future.isDone()) {
            return Async.await(future);
        }
        if (timeout == null || timeout.isPositive()) {
            return Timeout.<T, RuntimeException>run(timeout, scope -> Async.await(future));
        }
        caller.throwIfCancelled();
        future.cancel(true);
        if (future instanceof LoopFuture<T> ours) {
            return endOf(ours);
        }
        throw new TimeoutException("not done at once: " + future);
    }

    /** Waits without passing a cancellation on: the future was asked to end already, and may take its time over it. */
    private static <T extends @Nullable Object> T endOf(LoopFuture<T> future) throws TimeoutException {
        Watch.waitAll(List.of(future), null, ReturnWhen.ALL_COMPLETED);
        if (future.failure() instanceof CancelledException cancelled) {
            TimeoutException timeout = new TimeoutException("not done at once: " + future);
            timeout.initCause(cancelled);
            throw timeout;
        }
        return future.result();
    }

    static <T extends @Nullable Object, X extends Exception> T body(Body<T, X> body, @Nullable Duration timeout)
            throws X, TimeoutException {
        Objects.requireNonNull(body, "body");
        if (timeout == null || timeout.isPositive()) {
            return Timeout.run(timeout, scope -> body.call());
        }
        LoopThread.requireTask().throwIfCancelled();
        throw new TimeoutException("no time was given, so the work was not begun");
    }
}
