package io.loomloop;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown out of a wait when the waiting task, or the future it waits for, was cancelled: asyncio's {@code CancelledError}.
 *
 * <p>A task is told of each cancellation once. Clean up and let this exception go on; a task that catches it and returns a
 * value is not cancelled. The message is the one given to {@link Task#cancel(String)}, or null.
 *
 * <p>Unlike asyncio's it is an {@link Exception} of the ordinary kind, so {@code catch (Exception e)} catches it as well.
 */
public final class CancelledException extends CancellationException {
    private static final long serialVersionUID = 1L;

    /** A cancellation without a message. */
    public CancelledException() {}

    /**
     * A cancellation with a message.
     *
     * @param message says why; may be null
     */
    @SuppressWarnings("NullAway") // CancellationException(String) takes null, as every Throwable does
    public CancelledException(@Nullable String message) {
        super(message);
    }

    CancelledException(@Nullable String message, @Nullable Throwable cause) {
        this(message);
        if (cause != null) {
            initCause(cause);
        }
    }
}
