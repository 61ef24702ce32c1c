package io.loomloop;

import java.util.List;
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
 * @param createdAt where the callback or future was made, innermost frame first: asyncio's {@code source_traceback}; empty unless
 *     the loop was in debug mode by then
 */
public record ErrorContext(
        String message,
        @Nullable Throwable exception,
        @Nullable LoopFuture<?> future,
        @Nullable Handle handle,
        List<StackTraceElement> createdAt) {
    /** Requires a message. */
    public ErrorContext {
        Objects.requireNonNull(message, "message");
        createdAt = List.copyOf(createdAt);
    }

    /**
     * A failure of a future or a callback, whose place of creation is looked up.
     *
     * @param message says what went wrong, for people
     * @param exception the failure itself, or null when there is none
     * @param future the future or task it belongs to, or null
     * @param handle the callback that threw, or null
     */
    public ErrorContext(
            String message, @Nullable Throwable exception, @Nullable LoopFuture<?> future, @Nullable Handle handle) {
        this(message, exception, future, handle, placeOf(future, handle));
    }

    /**
     * A failure that belongs to no future and no callback.
     *
     * @param message says what went wrong, for people
     * @param exception the failure itself, or null when there is none
     */
    public ErrorContext(String message, @Nullable Throwable exception) {
        this(message, exception, null, null, List.of());
    }

    private static List<StackTraceElement> placeOf(@Nullable LoopFuture<?> future, @Nullable Handle handle) {
        List<StackTraceElement> place =
                handle == null ? List.of() : handle.loop().debugMode().placeOf(handle);
        return place.isEmpty() && future != null ? future.loop().debugMode().placeOf(future) : place;
    }
}
