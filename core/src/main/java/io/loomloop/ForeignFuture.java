package io.loomloop;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Futures and stages of others, as futures of ours. */
final class ForeignFuture {
    private ForeignFuture() {}

    /** A future of {@code loop} that ends as a stage does; cancelling it does nothing to the stage. */
    static <T extends @Nullable Object> LoopFuture<T> twinOf(EventLoop loop, CompletionStage<T> stage) {
        LoopFuture<T> twin = new LoopFuture<>(loop);
        // in the thread that completes the stage: without an executor, or by whenComplete, Hazelcast's stages take
        // other threads to tell
        var unused = stage.handleAsync(
                (result, failure) -> {
                    transfer(result, failure, twin);
                    return null;
                },
                Runnable::run);
        return twin;
    }

    private static <T extends @Nullable Object> void transfer(
            T result, @Nullable Throwable failure, LoopFuture<T> twin) {
        Throwable reason = failure;
        while (reason != null && isWrapping(reason) && reason.getCause() != null) {
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

    /** What stages wrap failures in, and futures; a kind of {@link ExecutionException} of somebody's own is a failure itself. */
    private static boolean isWrapping(Throwable failure) {
        return failure instanceof CompletionException || failure.getClass() == ExecutionException.class;
    }

    static void cancel(CompletionStage<?> stage) {
        if (stage instanceof Future<?> future) {
            future.cancel(true);
        }
    }

    /** A future of {@code loop} that ends as a stage does, and passes a cancellation on to it. */
    static <T extends @Nullable Object> LoopFuture<T> wrap(EventLoop loop, CompletionStage<T> stage) {
        LoopFuture<T> twin = twinOf(loop, stage);
        if (stage instanceof Future<?> theirs) {
            cancelWith(twin, theirs);
        }
        return twin;
    }

    /** In a callback, because who cancels a future of others runs code of others. */
    private static void cancelWith(LoopFuture<?> twin, Future<?> theirs) {
        LoopFuture.Hook cancel = () -> {
            if (twin.isCancelled() && !theirs.isDone()) {
                twin.loop().scheduleOrRun(() -> theirs.cancel(true), ContextHolder.currentBindings());
            }
        };
        if (!twin.addWaiter(cancel)) {
            cancel.completed();
        }
    }

    @SuppressWarnings("unchecked") // a type that is both has one result
    static <T extends @Nullable Object> LoopFuture<T> wrap(EventLoop loop, Future<T> future) {
        if (future instanceof LoopFuture<T> ours) {
            return ours.loop() == loop ? ours : followed(loop, ours);
        }
        if (future instanceof CompletionStage<?>) {
            return wrap(loop, (CompletionStage<T>) future);
        }
        if (future.isDone()) {
            LoopFuture<T> twin = new LoopFuture<>(loop);
            copy(future, twin);
            return twin;
        }
        Task<T> twin = loop.ownTasks().start(TaskOptions.DEFAULT, () -> outcomeOf(future));
        cancelWith(twin, future); // a task that is cancelled before it begins does not pass that on
        return twin;
    }

    /** The task is to fail with what the future failed with, and so must throw it unwrapped. */
    private static <T extends @Nullable Object> T outcomeOf(Future<T> future) throws Exception {
        try {
            return Async.await(future);
        } catch (CompletionException e) {
            if (e.getCause() instanceof Exception failure
                    && future.state() == Future.State.FAILED
                    && future.exceptionNow() == failure) {
                throw failure;
            }
            throw e;
        }
    }

    private static <T extends @Nullable Object> LoopFuture<T> followed(EventLoop loop, LoopFuture<T> theirs) {
        LoopFuture<T> twin = new LoopFuture<>(loop);
        LoopFuture.Hook follow = () -> theirs.passTo(twin);
        if (!theirs.addWaiter(follow)) {
            follow.completed();
        }
        cancelWith(twin, theirs);
        return twin;
    }

    private static <T extends @Nullable Object> void copy(Future<T> done, LoopFuture<T> twin) {
        switch (done.state()) {
            case SUCCESS -> twin.completeWith(done.resultNow());
            case FAILED -> twin.failWith(done.exceptionNow());
            default -> twin.cancel();
        }
    }
}
