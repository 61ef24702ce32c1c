package io.loomloop.nio;

import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.VoidBody;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Runs what would hold the loop on the loop's own pool of threads, and waits for it: files, and the start of programs. */
final class OffLoop {
    private OffLoop() {}

    /** Runs work that may be interrupted, which a cancellation does. */
    static <T extends @Nullable Object> T call(Body<T, IOException> work) throws IOException {
        return await(EventLoop.current().runInExecutor(work));
    }

    /**
     * Runs work that must not be left half done: waits for its end even when the caller is cancelled meanwhile, and only then throws
     * that. Who is cancelled before it begins has done nothing.
     */
    static <T extends @Nullable Object> T finish(Body<T, IOException> work) throws IOException {
        return finish(work, null);
    }

    /**
     * As {@link #finish(Body)}, for work that makes something. When the caller is cancelled meanwhile, {@code undo} gets it, on another
     * thread, and the cancellation goes on when that has returned: so who tries again then does not meet what was made before.
     */
    static <T extends @Nullable Object> T finish(Body<T, IOException> work, @Nullable Consumer<T> undo)
            throws IOException {
        EventLoop loop = EventLoop.current();
        checkpoint(loop);
        LoopFuture<T> result = loop.createFuture();
        CancelledException cancelled = complete(result, work);
        if (cancelled == null) {
            return unwrap(result::result); // not await: that could throw a cancellation, and leave what was made
        }
        Throwable failure = result.exception();
        if (failure == null && undo != null) {
            failure = undo(result.result(), undo);
        }
        if (failure != null) {
            cancelled.addSuppressed(failure);
        }
        throw cancelled;
    }

    private static <T extends @Nullable Object> @Nullable Throwable undo(T made, Consumer<T> undo) {
        LoopFuture<@Nullable Void> undone = EventLoop.current().createFuture();
        try {
            var unused = complete(undone, () -> {
                undo.accept(made);
                return null;
            });
            return undone.exception();
        } catch (RejectedExecutionException | LoopClosedException e) {
            undo.accept(made); // nobody else will
            return null;
        }
    }

    /**
     * Has a worker complete a future, and waits for that whatever happens.
     *
     * @return the cancellation that came meanwhile, if one did
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the work deals with its failures
    private static <T extends @Nullable Object> @Nullable CancelledException complete(
            LoopFuture<T> result, Body<T, IOException> work) {
        EventLoop loop = result.loop();
        Waiters waiters = new Waiters();
        loop.runInExecutor(() -> {
            try {
                result.trySetResult(work.call());
            } catch (Throwable failure) {
                result.trySetException(failure);
            }
            waiters.wakeAll();
        });
        CancelledException cancelled = null;
        while (!result.isDone()) {
            try {
                waiters.await(loop, result::isDone);
            } catch (CancelledException e) {
                cancelled = e;
            }
        }
        return cancelled;
    }

    /** As {@link #finish}, for work without a result. */
    static void finish(VoidBody<IOException> work) throws IOException {
        finish(work.asBody());
    }

    private static void checkpoint(EventLoop loop) {
        LoopFuture<@Nullable Void> done = loop.createFuture();
        done.setResult(null);
        done.await();
    }

    /**
     * Runs work that makes something and may hang, as the opening of a FIFO does: who is cancelled meanwhile does not wait, and
     * {@code undo} gets it when it is there, on another thread.
     */
    @SuppressWarnings("FutureReturnValueIgnored") // the work deals with its failures
    static <T> T make(Body<T, IOException> work, Consumer<T> undo) throws IOException {
        EventLoop loop = EventLoop.current();
        LoopFuture<T> made = loop.createFuture();
        loop.runInExecutor(() -> {
            try {
                T result = work.call();
                if (!made.trySetResult(result)) {
                    undo.accept(result);
                }
            } catch (Throwable failure) {
                made.trySetException(failure);
            }
        });
        try {
            return await(made);
        } catch (CancelledException e) {
            boolean nobodyElseWill = !made.cancel() && made.state() == Future.State.SUCCESS;
            if (nobodyElseWill) { // it was made, and then the task was cancelled before it could take it
                loop.runInExecutor(() -> undo.accept(made.result()));
            }
            throw e;
        }
    }

    private static <T extends @Nullable Object> T await(LoopFuture<T> result) throws IOException {
        return unwrap(result::await);
    }

    private static <T extends @Nullable Object> T unwrap(Supplier<T> result) throws IOException {
        try {
            return result.get();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        } catch (UncheckedIOException e) { // from the JDK's streams of files
            throw e.getCause();
        }
    }
}
