package io.loomloop.coroutine;

import org.jspecify.annotations.Nullable;

/**
 * What the body of a {@link Generator} or {@link Coroutine} hands values out with. It may be passed on to other methods: a yield
 * stops the body from however deep in its calls.
 *
 * <p>It works inside of the body it was given to and nowhere else: not once the body has ended, not from another thread or task,
 * not from the body of another generator that runs inside of this one.
 *
 * @param <Y> what goes out
 * @param <S> what comes back in
 */
public sealed interface Yielder<Y extends @Nullable Object, S extends @Nullable Object> permits Frame {
    /**
     * Hands a value to whoever drives this body, and stops here until it is driven on.
     *
     * @return what was sent in; null when it was driven on without a value
     * @throws GeneratorExit when the body is being closed
     * @throws java.util.concurrent.CompletionException around a checked exception that was thrown in; any other is thrown as it is
     * @throws io.loomloop.PinnedException when the body cannot stop here: it is inside a {@code synchronized} block on JDK 21 to
     *     23, or below a native method or a static initialiser on every JDK
     * @throws IllegalStateException when the caller is not the body this yielder was given to
     */
    @SuppressWarnings("NamedLikeContextualKeyword") // always called as out.yield(x), and that is its name everywhere
    S yield(Y value);

    /** Yields each item in turn; what is sent in is dropped. */
    default void yieldFrom(Iterable<? extends Y> items) {
        for (Y item : items) {
            this.yield(item);
        }
    }

    /**
     * Has another generator yield in place of this body until it ends: what is sent or thrown in reaches it, and when this body
     * is closed it is closed first. Python's {@code yield from}.
     *
     * @return the result of the other one
     */
    @Nullable
    Object yieldFrom(Generator<? extends Y> inner);

    /** As {@link #yieldFrom(Generator)}, for a coroutine. */
    <R extends @Nullable Object> R yieldFrom(Coroutine<? extends Y, ? super S, R> inner);
}
