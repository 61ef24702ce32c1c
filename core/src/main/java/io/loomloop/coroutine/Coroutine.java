package io.loomloop.coroutine;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A body that stops in the middle to hand out a value, and goes on when one is handed in: Python's coroutine object, driven by
 * hand.
 *
 * <pre>{@code
 * Coroutine<String, Integer, Integer> sum = Coroutine.of(out -> {
 *     int first = out.yield("first?");
 *     int second = out.yield("second?");
 *     return first + second;
 * });
 * sum.send(null);  // Step.Yielded("first?")
 * sum.send(1);     // Step.Yielded("second?")
 * sum.send(2);     // Step.Returned(3)
 * }</pre>
 *
 * <p>The body runs on the stack of whoever drives it, from {@link #send} to the next {@code yield}, which may be deep in other
 * methods. It may do whatever the driver may: block, or await inside of a task. A driver that is a task waits then as one; nobody
 * else can drive the coroutine meanwhile.
 *
 * <p>A coroutine belongs to the thread (or task) that drove it first; another one gets IllegalStateException, until the coroutine
 * has ended. One that is left in the middle is garbage like any object and its {@code finally} blocks never run: {@link #close} it,
 * best by {@code try (coroutine)}. A lock held at a yield stays with the thread, and so does a monitor from JDK 24 on. Scoped
 * values are those of the first driver.
 *
 * <p>What the body throws comes out of the method that drives it: unchecked exceptions and errors as they are, checked ones in a
 * {@link java.util.concurrent.CompletionException}, and an InterruptedException as
 * {@link io.loomloop.CancelledException}. The coroutine has ended then.
 *
 * @param <Y> what it yields
 * @param <S> what is sent into it; may be null, for {@code send(null)} is how it starts
 * @param <R> what it returns
 */
public final class Coroutine<Y extends @Nullable Object, S extends @Nullable Object, R extends @Nullable Object>
        implements AutoCloseable {

    /**
     * What a coroutine or generator does, and returns at its end.
     *
     * @param <Y> what it yields
     * @param <S> what is sent into it
     * @param <R> what it returns
     */
    @FunctionalInterface
    public interface Body<Y extends @Nullable Object, S extends @Nullable Object, R extends @Nullable Object> {
        /**
         * Does the work.
         *
         * @param out what to yield with
         * @return the result
         * @throws Exception whatever the work throws
         */
        R call(Yielder<Y, S> out) throws Exception;
    }

    /**
     * What a coroutine or generator does that returns nothing.
     *
     * <p>It is a {@link Body}, so that a lambda which could be either is no ambiguous argument but this: one that never ends, and
     * one that is a single call. Write {@code out -> { return call(out); }} where the result of that call matters.
     *
     * @param <Y> what it yields
     * @param <S> what is sent into it
     */
    @FunctionalInterface
    public interface VoidBody<Y extends @Nullable Object, S extends @Nullable Object>
            extends Body<Y, S, @Nullable Void> {
        /**
         * Does the work.
         *
         * @param out what to yield with
         * @throws Exception whatever the work throws
         */
        void run(Yielder<Y, S> out) throws Exception;

        /** Does the work, and returns null. */
        @Override
        default @Nullable Void call(Yielder<Y, S> out) throws Exception {
            run(out);
            return null;
        }
    }

    final Frame<Y, S, R> frame;

    private Coroutine(Body<Y, S, ? extends R> body) {
        this.frame = new Frame<>("coroutine", body);
    }

    /**
     * A coroutine that has not begun.
     *
     * @throws UnsupportedOperationException when this JVM does not support it, see {@link Generator#supportReport}
     */
    public static <Y extends @Nullable Object, S extends @Nullable Object, R extends @Nullable Object>
            Coroutine<Y, S, R> of(Body<Y, S, R> body) {
        return new Coroutine<>(Objects.requireNonNull(body, "body"));
    }

    /** As {@link #of(Body)}, for work without a result. */
    @SuppressWarnings("overloads") // a lambda that suits both is a VoidBody, the more specific one
    public static <Y extends @Nullable Object, S extends @Nullable Object> Coroutine<Y, S, @Nullable Void> of(
            VoidBody<Y, S> body) {
        Objects.requireNonNull(body, "body");
        return new Coroutine<>(body);
    }

    /**
     * Runs the body on to its next {@code yield}, or its end. The yield where it stands returns {@code value}.
     *
     * @param value what to send; null the first time, when no yield is there to take it
     * @throws IllegalStateException when the coroutine has ended, is running, belongs to another thread, or is just created and
     *     the value is not null
     */
    public Step<Y, R> send(@Nullable S value) {
        frame.claimUnfinished();
        return step(frame.send(value));
    }

    /**
     * Throws an exception into the body, out of the {@code yield} where it stands, and runs it on to its next one, or its end. A
     * body that has not begun never does.
     *
     * @throws IllegalStateException when the coroutine has ended, is running, or belongs to another thread
     */
    public Step<Y, R> throwInto(Throwable exception) {
        Objects.requireNonNull(exception, "exception");
        frame.claimUnfinished();
        return step(frame.throwInto(exception));
    }

    private Step<Y, R> step(boolean yielded) {
        return yielded ? new Step.Yielded<>(frame.takeYielded()) : new Step.Returned<>(frame.result());
    }

    /**
     * Ends the body where it stands: {@code yield} throws {@link GeneratorExit} there, so that {@code finally} blocks run. A body
     * that has not begun never does; closing one that has ended does nothing.
     *
     * @throws IllegalStateException when the body yields once more instead of ending, when it is running, or belongs to another
     *     thread
     */
    @Override
    public void close() {
        frame.close();
    }

    /** True when the body has returned or failed, or was closed. */
    public boolean isDone() {
        return frame.state() == Frame.State.DONE;
    }

    /**
     * What the body has returned.
     *
     * @throws IllegalStateException when it has not
     */
    public R result() {
        return frame.result();
    }

    /** Says how far it is. */
    @Override
    public String toString() {
        return frame.toString();
    }
}
