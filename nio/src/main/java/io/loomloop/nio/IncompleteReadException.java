package io.loomloop.nio;

import java.io.EOFException;
import java.io.Serial;
import java.util.Objects;

/**
 * Thrown when a stream ends before what was asked for has arrived. The bytes that did arrive have been taken from the reader and are
 * in {@link #partial}. asyncio's {@code IncompleteReadError}.
 */
public final class IncompleteReadException extends EOFException {
    /** What {@link #expected} returns when a separator was looked for. */
    public static final int UNKNOWN = -1;

    @Serial
    private static final long serialVersionUID = 1L;

    private final byte[] partial;
    private final int expected;

    /**
     * A stream has ended early.
     *
     * @param partial what had arrived; the array is not copied
     * @param expected how many bytes were asked for, or {@link #UNKNOWN}
     */
    public IncompleteReadException(byte[] partial, int expected) {
        super("the stream ended after " + partial.length
                + (expected < 0 ? " bytes, before the separator" : " of " + expected + " bytes"));
        this.partial = Objects.requireNonNull(partial, "partial");
        this.expected = expected;
    }

    /** What had arrived. The array is not copied. */
    public byte[] partial() {
        return partial;
    }

    /** How many bytes were asked for, or {@link #UNKNOWN}. */
    public int expected() {
        return expected;
    }
}
