package io.loomloop;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known about a failure that reached an {@link ExceptionHandler}: the dictionary of asyncio's
 * {@code call_exception_handler}, with names and types.
 *
 * @param message says what went wrong, for people
 * @param exception the failure itself, or null when there is none
 * @param future the future or task it belongs to, or null
 * @param handle the callback that threw, or null
 */
public record ErrorContext(
        String message,
        @Nullable Throwable exception,
        @Nullable LoopFuture<?> future,
        @Nullable Handle handle) {
    /** Requires a message. */
    public ErrorContext {
        Objects.requireNonNull(message, "message");
    }

    /**
     * A failure that belongs to no future and no callback.
     *
     * @param message says what went wrong, for people
     * @param exception the failure itself, or null when there is none
     */
    public ErrorContext(String message, @Nullable Throwable exception) {
        this(message, exception, null, null);
    }
}
