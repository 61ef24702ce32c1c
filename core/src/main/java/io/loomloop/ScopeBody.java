package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work with a result that is handed the scope it runs in, as {@link TaskGroup} is; {@link VoidScopeBody} is the twin for
 * work without a result.
 *
 * <p>It is a special case of its twin, so that the compiler takes {@code group -> expression} for this one. Write
 * {@code group -> { statement; }} for the other.
 *
 * @param <S> the scope
 * @param <T> the result
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface ScopeBody<S, T extends @Nullable Object, X extends Exception> extends VoidScopeBody<S, X> {
    /**
     * Does the work.
     *
     * @param scope what the work runs in
     * @return the result, which may be null
     * @throws X whatever the work declares
     */
    T call(S scope) throws X;

    /** Does the work and drops the result. */
    @Override
    default void run(S scope) throws X {
        call(scope);
    }
}
