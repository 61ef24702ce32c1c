package io.loomloop;

import org.jspecify.annotations.Nullable;

/** Where the failures of one loop go that have no caller: to the exception handler, which is user code and may fail too. */
final class Failures {
    private static final System.Logger LOG = System.getLogger("io.loomloop");

    private final EventLoop loop;

    final UnretrievedFailures unretrieved;

    // any thread
    volatile ExceptionHandler handler;

    Failures(EventLoop loop, ExceptionHandler handler) {
        this.loop = loop;
        this.handler = handler;
        this.unretrieved = new UnretrievedFailures(loop);
    }

    /** Calls the handler in the calling thread, and in the context of the task or the callback that failed. */
    void report(ErrorContext context) {
        if (context.future() instanceof TaskThread<?> task) {
            reportIn(task.heldContext(), context);
        } else if (context.handle() != null) {
            reportIn(context.handle().context, context);
        } else {
            handle(context);
        }
    }

    /** Calls the handler in the calling thread, and in a context as a {@link ContextHolder} holds it. */
    void reportIn(@Nullable Object held, ErrorContext context) {
        ContextHolder.call(held, () -> {
            handle(context);
            return null;
        });
    }

    private void handle(ErrorContext context) {
        try {
            handler.handle(loop, context);
        } catch (Throwable failure) {
            logOrPrint(context);
            logOrPrint(new ErrorContext("unhandled error in the exception handler", failure));
        }
    }

    /** A logger may fail too, and an exception may refuse to be printed. */
    private void logOrPrint(ErrorContext context) {
        try {
            log(loop, context);
        } catch (Throwable failure) {
            Throwable lost = context.exception();
            System.err.println("loomloop could not log a failure: " + context.message() + ": "
                    + (lost == null ? "" : lost.getClass().getName()) + "; "
                    + failure.getClass().getName());
        }
    }

    /** Runs a callback, unless it was taken back, and reports what it throws. */
    void run(Handle handle) {
        Runnable callback = handle.take();
        if (callback == null) {
            return;
        }
        try {
            callback.run();
        } catch (Throwable failure) {
            LoopFuture<?> done = callback instanceof LoopFuture.DoneCall<?> call ? call.future() : null;
            report(new ErrorContext("exception in callback " + describe(callback), failure, done, handle));
        }
    }

    /** What a callback says of itself, which is user code. */
    static String describe(Runnable callback) {
        try {
            return callback.toString();
        } catch (Throwable unprintable) {
            return callback.getClass().getName();
        }
    }

    static void log(EventLoop loop, ErrorContext context) {
        StringBuilder text = new StringBuilder(context.message());
        if (context.future() != null) {
            text.append("\n  future: ").append(context.future());
        }
        if (context.handle() != null) {
            text.append("\n  handle: ").append(context.handle());
        }
        if (!context.createdAt().isEmpty()) {
            text.append("\n  created");
            context.createdAt().forEach(frame -> text.append("\n\tat ").append(frame));
        }
        LOG.log(
                System.Logger.Level.ERROR,
                text.append("\n  loop: ").append(loop).toString(),
                context.exception());
    }
}
