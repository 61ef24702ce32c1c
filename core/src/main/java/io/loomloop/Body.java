package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work with a result: what {@code async def} is to asyncio, except that it is an ordinary closure.
 *
 * <p>It is generic in the exception it throws, so the compiler tells callers of {@link EventLoop#run(Body)} exactly which
 * checked exception to expect. {@link VoidBody} is the twin for work without a result.
 *
 * @param <T> the result
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface Body<T extends @Nullable Object, X extends Exception> {
    /**
     * Does the work.
     *
     * @return the result, which may be null
     * @throws X whatever the work declares
     */
    T call() throws X;
}
