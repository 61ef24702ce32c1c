package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * A piece of work without a result; {@link Body} is the twin with one.
 *
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface VoidBody<X extends Exception> {
    /**
     * Does the work.
     *
     * @throws X whatever the work declares
     */
    void run() throws X;

    /** The same work as a body whose result is null. */
    default Body<@Nullable Void, X> asBody() {
        return () -> {
            run();
            return null;
        };
    }
}
