package io.loomloop;

/**
 * A piece of work without a result that may move the deadline it is under; {@link TimeoutBody} is the twin with one.
 *
 * @param <X> the checked exception the work declares; inferred as {@code RuntimeException} when it declares none
 */
@FunctionalInterface
public interface TimeoutVoidBody<X extends Exception> {
    /**
     * Does the work.
     *
     * @param scope the deadline
     * @throws X whatever the work declares
     */
    void run(Timeout scope) throws X;
}
