package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work with a result that may move the deadline it is under; {@link TimeoutVoidBody} is the twin without one.
 *
 * <p>It is a special case of its twin, so that the compiler takes {@code scope -> expression} for this one. Write
 * {@code scope -> { statement; }} for the other.
 *
 * @param <T> the result
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface TimeoutBody<T extends @Nullable Object, X extends Exception> extends TimeoutVoidBody<X> {
    /**
     * Does the work.
     *
     * @param scope the deadline
     * @return the result, which may be null
     * @throws X whatever the work declares
     */
    T call(Timeout scope) throws X;

    /** Does the work and drops the result. */
    @Override
    default void run(Timeout scope) throws X {
        call(scope);
    }
}
