package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work with a result that is handed the scope it runs in, as {@link TaskGroup} is; {@link VoidScopeBody} is the twin for
 * work without a result.
 *
 * <p>Which of the two a closure is follows from its braces: {@code group -> { ... return x; }} has a result,
 * {@code group -> { ... }} has none. One without braces may be either, and then needs the type of its parameter:
 * {@code (TaskGroup group) -> work(group)}.
 *
 * @param <S> the scope
 * @param <T> the result
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface ScopeBody<S, T extends @Nullable Object, X extends Exception> {
    /**
     * Does the work.
     *
     * @param scope what the work runs in
     * @return the result, which may be null
     * @throws X whatever the work declares
     */
    T call(S scope) throws X;
}
