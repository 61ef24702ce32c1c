package io.loomloop.nio;

import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Runs what would hold the loop on the loop's own pool of threads, and waits for it: files, and the start of programs. */
final class OffLoop {
    private OffLoop() {}

    /** Runs work that may be interrupted, which a cancellation does. */
    static <T> T call(Body<T, IOException> work) throws IOException {
        return await(EventLoop.current().runInExecutor(work));
    }

    /** Runs work that makes something; when the caller is cancelled meanwhile, {@code undo} gets it, on the other thread. */
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
        return await(made);
    }

    private static <T> T await(LoopFuture<T> result) throws IOException {
        try {
            return result.await();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
