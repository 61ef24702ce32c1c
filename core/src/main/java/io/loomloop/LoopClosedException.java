package io.loomloop;

/**
 * Thrown when work is given to an event loop that has been closed. Nothing of that work was accepted. The counterpart of
 * asyncio's {@code RuntimeError("Event loop is closed")}.
 */
public final class LoopClosedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * Work was refused.
     *
     * @param message names the loop
     */
    public LoopClosedException(String message) {
        super(message);
    }
}
