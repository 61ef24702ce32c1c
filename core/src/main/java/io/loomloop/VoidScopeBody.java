package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work without a result that is handed the scope it runs in; {@link ScopeBody} is the twin with one.
 *
 * @param <S> the scope
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface VoidScopeBody<S, X extends Exception> {
    /**
     * Does the work.
     *
     * @param scope what the work runs in
     * @throws X whatever the work declares
     */
    void run(S scope) throws X;

    /** The same work as a body whose result is null. */
    default ScopeBody<S, @Nullable Void, X> asBody() {
        return scope -> {
            run(scope);
            return null;
        };
    }
}
