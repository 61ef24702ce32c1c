package io.loomloop.sync;

/**
 * Thrown when something is put into a {@link LoopQueue} that was shut down, or is to be taken out of one that is empty besides:
 * asyncio's {@code QueueShutDown}.
 */
public final class QueueShutDownException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    QueueShutDownException(String message) {
        super(message);
    }
}
