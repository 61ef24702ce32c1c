package io.loomloop;

/**
 * Thrown when a future is not in the state a call needs: completed a second time, or asked for its result before it has one.
 * The counterpart of asyncio's {@code InvalidStateError}.
 */
public final class InvalidStateException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * A call in the wrong state.
     *
     * @param message says which state was met, and what to call instead
     */
    public InvalidStateException(String message) {
        super(message);
    }
}
