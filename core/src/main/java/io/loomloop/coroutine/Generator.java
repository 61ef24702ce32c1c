package io.loomloop.coroutine;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * A sequence whose items are made by ordinary code, one at a time, as they are asked for: Python's generator.
 *
 * <pre>{@code
 * Generator<Integer> fibonacci = Generator.of(out -> {
 *     for (int a = 0, b = 1; ; b += a, a = b - a) {
 *         out.yield(a);
 *     }
 * });
 * for (int number : fibonacci) {
 *     if (number > 1000) break;
 * }
 * fibonacci.close();
 * }</pre>
 *
 * <p>There is one sequence, as in Python: a second loop goes on where the first one stopped. The end of the body is the end of
 * the sequence, and what the body returns is the {@link #result}. Items may be null.
 *
 * <p>The body may yield from any depth of calls, take values sent in ({@link #send}), block, and await inside of a task. All
 * that {@link Coroutine} says about threads, closing and exceptions holds here too. One difference, Python's: a
 * NoSuchElementException out of the body is wrapped in IllegalStateException, because it would look like the end of the sequence.
 *
 * @param <T> the items
 */
public final class Generator<T extends @Nullable Object> implements Iterable<T>, AutoCloseable {
    final Frame<T, @Nullable Object, @Nullable Object> frame;

    private Generator(Coroutine.Body<T, @Nullable Object, ?> body) {
        this.frame = new Frame<>("generator", body);
    }

    /**
     * A generator that has not begun, whose result is what {@code body} returns.
     *
     * @throws UnsupportedOperationException when this JVM does not support it, see {@link #supportReport}
     */
    public static <T extends @Nullable Object> Generator<T> of(Coroutine.Body<T, @Nullable Object, ?> body) {
        return new Generator<>(Objects.requireNonNull(body, "body"));
    }

    /** As {@link #of(Coroutine.Body)}, for work without a result. */
    public static <T extends @Nullable Object> Generator<T> of(Coroutine.VoidBody<T, @Nullable Object> body) {
        Objects.requireNonNull(body, "body");
        return new Generator<>(body);
    }

    /** True when this JVM supports generators and coroutines. */
    public static boolean isSupported() {
        return Continuations.isSupported();
    }

    /** How the JDK's continuations are reached, what was tried, and, when nothing worked, which flag to add. */
    public static String supportReport() {
        return Continuations.supportReport();
    }

    /** The remaining items: {@link #hasNext} and {@link #next}, so that two iterators share them. */
    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return Generator.this.hasNext();
            }

            @Override
            public T next() {
                return Generator.this.next();
            }
        };
    }

    /**
     * True when there is an item to come. Runs the body on to it, unless it stands at one that was not taken yet.
     *
     * @throws IllegalStateException when the generator is running or belongs to another thread
     */
    public boolean hasNext() {
        frame.claim();
        try {
            return frame.lookAhead();
        } catch (NoSuchElementException e) {
            throw stray(e);
        }
    }

    /**
     * The next item.
     *
     * @throws NoSuchElementException at the end
     * @throws IllegalStateException when the generator is running or belongs to another thread
     */
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("this generator has ended");
        }
        return frame.takeYielded();
    }

    /**
     * The next item, after the {@code yield} where the body stands has returned {@code value}.
     *
     * @param value what to send; null the first time, when no yield is there to take it
     * @throws NoSuchElementException at the end
     * @throws IllegalStateException when the generator is running, belongs to another thread, is just created and the value is not
     *     null, or {@link #hasNext} has already run the body on past the yield that was to take the value
     */
    public T send(@Nullable Object value) {
        frame.claim();
        refuseWhenAhead();
        if (value == null || frame.state() == Frame.State.DONE) {
            return next();
        }
        boolean more;
        try {
            more = frame.send(value);
        } catch (NoSuchElementException e) {
            throw stray(e);
        }
        return itemOrEnd(more);
    }

    /**
     * The next item, after the {@code yield} where the body stands has thrown {@code exception}. A body that has not begun never
     * does, and at the end there is nobody to throw it to: it comes back to the caller.
     *
     * @throws NoSuchElementException at the end
     * @throws IllegalStateException when the generator is running, belongs to another thread, or {@link #hasNext} has already run
     *     the body on past the yield that was to throw
     */
    public T throwInto(Throwable exception) {
        Objects.requireNonNull(exception, "exception");
        frame.claim();
        refuseWhenAhead();
        if (frame.state() == Frame.State.DONE) {
            throw Frame.unchecked(exception);
        }
        boolean more;
        try {
            more = frame.throwInto(exception);
        } catch (NoSuchElementException e) {
            throw stray(e);
        }
        return itemOrEnd(more);
    }

    private T itemOrEnd(boolean more) {
        if (!more) {
            throw new NoSuchElementException("this generator has ended");
        }
        return frame.takeYielded();
    }

    private void refuseWhenAhead() {
        if (frame.isAhead()) {
            throw new IllegalStateException(
                    "hasNext has run this generator on to its next item: take it with next first");
        }
    }

    private static IllegalStateException stray(NoSuchElementException e) {
        return new IllegalStateException("the body of a generator threw NoSuchElementException", e);
    }

    /**
     * Ends the body where it stands, see {@link Coroutine#close}. An item that was not taken is dropped.
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
     * What the body has returned: Python's {@code StopIteration.value}.
     *
     * @throws IllegalStateException when it has not returned
     */
    public @Nullable Object result() {
        return frame.result();
    }

    /** The remaining items as a sequential stream, which is as lazy as the generator; closing it closes the generator. */
    public Stream<T> stream() {
        Spliterator<T> items = Spliterators.spliteratorUnknownSize(iterator(), Spliterator.ORDERED);
        return StreamSupport.stream(items, false).onClose(this::close);
    }

    /** Says how far it is. */
    @Override
    public String toString() {
        return frame.toString();
    }
}
