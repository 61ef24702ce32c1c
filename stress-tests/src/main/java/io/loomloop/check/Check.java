package io.loomloop.check;

import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.VoidBody;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What programs say when something is wrong: an {@link AssertionError} with a sentence. */
public final class Check {
    /** How long anything may take that should take no time: the machine may be busy. */
    private static final long PATIENCE_SECONDS = Long.getLong("check.patience", 60);

    private Check() {}

    /** Fails unless it holds. */
    public static void that(boolean holds, String otherwise, @Nullable Object... details) {
        if (!holds) {
            throw new AssertionError(details.length == 0 ? otherwise : otherwise + " " + Arrays.toString(details));
        }
    }

    /** Fails unless the two are equal. */
    public static void equal(String what, @Nullable Object expected, @Nullable Object actual) {
        that(Objects.equals(expected, actual), what + " should be " + expected + " and is " + actual);
    }

    /** Waits, off the loops, until it holds. */
    public static void soon(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            // No word before it is needed: there may be no memory for words meanwhile.
            if (System.nanoTime() - start > PATIENCE_SECONDS * 1_000_000_000L) {
                throw new AssertionError("waited in vain until " + what);
            }
            LockSupport.parkNanos(200_000);
        }
    }

    /** The result of a future that ends soon; what it fails with is the cause of an {@link ExecutionException}. Off the loops. */
    public static <T extends @Nullable Object> T join(Future<T> future) throws Exception {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("does not end: " + future, e);
        }
    }

    /** What a future has failed with, once it has; null when it has not failed. A cancelled one has, with what it throws. */
    public static @Nullable Throwable failure(LoopFuture<?> future) throws Exception {
        soon("a future is done", future::isDone);
        try {
            return future.exception();
        } catch (RuntimeException cancelled) {
            return cancelled;
        }
    }

    /** Runs a body as a task and waits for it, off the loops. */
    public static <T extends @Nullable Object> T call(EventLoop loop, Body<? extends T, ?> body) throws Exception {
        try {
            return Check.<T>join(loop.<T>createTask(body));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e.getCause() instanceof Exception exception ? exception : e;
        }
    }

    /** As {@link #call}, without a result. */
    public static void run(EventLoop loop, VoidBody<?> body) throws Exception {
        Check.<@Nullable Void>call(loop, body.asBody());
    }
}
