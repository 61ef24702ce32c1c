package io.loomloop;

/**
 * Receives the failures that have no caller to go to: a callback that threw, a task whose failure nobody asked for.
 *
 * <p>It runs on the loop, in a virtual thread, or on the thread that met the failure when the loop is closed. What it throws
 * is logged, together with the failure it was given. The counterpart of asyncio's {@code set_exception_handler}.
 *
 * @see EventLoop#setExceptionHandler(ExceptionHandler)
 */
@FunctionalInterface
public interface ExceptionHandler {
    /**
     * Takes note of a failure.
     *
     * @param loop the loop it happened on
     * @param context what is known about it
     */
    void handle(EventLoop loop, ErrorContext context);
}
