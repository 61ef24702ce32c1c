package io.loomloop.coroutine;

import org.jspecify.annotations.Nullable;

/**
 * How far a {@link Coroutine} came: to its next {@code yield}, or to its end.
 *
 * <pre>{@code
 * switch (coroutine.send(null)) {
 *     case Step.Yielded(var question) -> ...
 *     case Step.Returned(var result) -> ...
 * }
 * }</pre>
 *
 * @param <Y> what the coroutine yields
 * @param <R> what it returns
 */
public sealed interface Step<Y extends @Nullable Object, R extends @Nullable Object> {
    /**
     * The body stands at a {@code yield}.
     *
     * @param value what it yielded
     */
    record Yielded<Y extends @Nullable Object, R extends @Nullable Object>(Y value) implements Step<Y, R> {}

    /**
     * The body is at its end.
     *
     * @param value what it returned; asyncio carries it in {@code StopIteration.value}
     */
    record Returned<Y extends @Nullable Object, R extends @Nullable Object>(R value) implements Step<Y, R> {}
}
