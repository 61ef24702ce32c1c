package io.loomloop;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The free functions of asyncio, for code that runs on a loop: waiting, sleeping, starting tasks.
 *
 * <p>Each method that waits is a cancellation point, whether or not it has to wait. None of them needs the loop as an argument:
 * it is the one that runs the caller.
 */
public final class Async {
    private Async() {}

    /**
     * Waits for a future, see {@link LoopFuture#await}: asyncio's {@code await}. It may be called from any thread; one that is
     * not a task of a loop is blocked.
     *
     * @return the result
     * @throws CancelledException when the calling task or the future is cancelled
     * @throws CompletionException around a checked exception the future failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(LoopFuture<T> future) {
        return future.await();
    }

    /**
     * Waits for a stage of somebody else's. When the calling task is cancelled meanwhile, a stage that is a
     * {@link CompletableFuture} is cancelled too; another kind goes on, unwatched.
     *
     * @return the result
     * @throws CancelledException when the calling task or the stage is cancelled
     * @throws CompletionException around a checked exception the stage failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        Objects.requireNonNull(stage, "stage");
        LoopThread home = VirtualThreads.currentHome();
        if (home == null) {
            return await((Future<T>) stage.toCompletableFuture());
        }
        LoopFuture<T> twin = new LoopFuture<>(home.loop);
        stage.whenComplete((result, failure) -> transfer(result, failure, twin));
        try {
            return twin.await();
        } finally {
            if (twin.isCancelled() && stage instanceof CompletableFuture<?> future) {
                future.cancel(true);
            }
        }
    }

    private static <T extends @Nullable Object> void transfer(
            T result, @Nullable Throwable failure, LoopFuture<T> twin) {
        Throwable reason = failure;
        while (reason instanceof CompletionException && reason.getCause() != null) {
            reason = reason.getCause();
        }
        if (reason == null) {
            twin.trySetResult(result);
        } else if (reason instanceof CancellationException) {
            twin.cancel(reason.getMessage(), reason);
        } else {
            twin.trySetException(reason);
        }
    }

    /** As {@link #await(CompletionStage)}, for the type that is a {@link Future} too. */
    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return await((CompletionStage<T>) future);
    }

    /**
     * Waits for a future of somebody else's, by blocking in its {@code get}. When the calling task is cancelled meanwhile, the
     * future is cancelled too.
     *
     * @return the result
     * @throws CancelledException when the calling task or the future is cancelled, or the calling thread is interrupted
     * @throws CompletionException around a checked exception the future failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(Future<T> future) {
        Objects.requireNonNull(future, "future");
        if (future instanceof LoopFuture<T> ours) {
            return ours.await();
        }
        TaskThread<?> task = LoopThread.currentTask();
        try {
            if (task != null) {
                task.throwIfCancelled();
            }
            return future.get();
        } catch (ExecutionException e) {
            throw LoopFuture.unchecked(e.getCause() == null ? e : e.getCause());
        } catch (CancelledException e) {
            future.cancel(true);
            throw e;
        } catch (CancellationException e) {
            throw new CancelledException(e.getMessage(), e);
        } catch (InterruptedException e) {
            future.cancel(true);
            throw task != null ? task.interruption(e) : interruption(e);
        }
    }

    private static CancelledException interruption(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CancelledException("interrupted while waiting", e);
    }

    /**
     * Waits for a time on the loop's clock: asyncio's {@code sleep}. A duration of zero or less lets everything that is ready run
     * once, as {@link #yieldNow} does.
     *
     * @throws IllegalStateException when the caller does not run on a loop; {@link Thread#sleep} is for that
     */
    public static void sleep(Duration duration) {
        Parking.sleep(EventLoop.nanos(duration));
    }

    /** As {@link #sleep(Duration)}, and returns {@code result}. */
    public static <T extends @Nullable Object> T sleep(Duration duration, T result) {
        sleep(duration);
        return result;
    }

    /**
     * Lets everything that is ready run first: asyncio's {@code sleep(0)}. Returns at once when nothing is. Long computations call
     * it now and then, so that the other tasks are not kept waiting.
     *
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static void yieldNow() {
        Parking.yieldNow();
    }

    /**
     * Starts a task on the loop that runs the caller, see {@link EventLoop#createTask(Body)}.
     *
     * @throws IllegalStateException when the caller does not run on a loop; {@link EventLoop#createTask(Body)} works from any thread
     */
    public static <T extends @Nullable Object> Task<T> createTask(Body<? extends T, ?> body) {
        return EventLoop.current().createTask(body);
    }

    /** As {@link #createTask(Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(VoidBody<?> body) {
        return EventLoop.current().createTask(body);
    }

    /** As {@link #createTask(Body)}, with a name for the task and its thread. */
    public static <T extends @Nullable Object> Task<T> createTask(String name, Body<? extends T, ?> body) {
        return EventLoop.current().createTask(name, body);
    }

    /** As {@link #createTask(String, Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(String name, VoidBody<?> body) {
        return EventLoop.current().createTask(name, body);
    }

    /**
     * As {@link #createTask(Body)}, with a name, a context or a start at once, as the options say.
     *
     * @throws IllegalStateException when the caller does not run on a loop, or when the task is to start at once in a context that
     *     is entered already
     */
    public static <T extends @Nullable Object> Task<T> createTask(TaskOptions options, Body<? extends T, ?> body) {
        return EventLoop.current().createTask(options, body);
    }

    /** As {@link #createTask(TaskOptions, Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(TaskOptions options, VoidBody<?> body) {
        return EventLoop.current().createTask(options, body);
    }

    /**
     * Runs work that would hold the loop on a platform thread, in a copy of the caller's {@link Context}, and waits for it: asyncio's
     * {@code to_thread}. See {@link EventLoop#runInExecutor(Body)}.
     *
     * <p>A cancellation point. Cancelling the waiting task interrupts the work and does not wait for its end: work that ignores
     * interrupts goes on, and its outcome is dropped.
     *
     * @return what the work returns
     * @throws X what the work throws, the same instance
     * @throws CancelledException when the calling task is cancelled, or the work ends with one
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static <T extends @Nullable Object, X extends Exception> T toThread(Body<T, X> work) throws X {
        LoopFuture<T> result = EventLoop.current().runInExecutor(work);
        Parking.await(result);
        return result.resultOfBody();
    }

    /** As {@link #toThread(Body)}, for work without a result. */
    public static <X extends Exception> void toThread(VoidBody<X> work) throws X {
        toThread(Objects.requireNonNull(work, "work").asBody());
    }

    /**
     * The task that is the caller: asyncio's {@code current_task}.
     *
     * @throws IllegalStateException when the caller is not a task, but a callback or a thread of its own
     */
    public static Task<?> currentTask() {
        TaskThread<?> task = LoopThread.currentTask();
        if (task == null) {
            throw new IllegalStateException("this is not a task: " + Thread.currentThread());
        }
        return task;
    }
}
