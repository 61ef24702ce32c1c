package io.loomloop.nio;

import java.io.IOException;
import java.io.Serial;

/**
 * Thrown when there is no separator within the limit of a reader. asyncio's {@code LimitOverrunError}, and the {@code ValueError} of
 * its {@code readline}.
 *
 * @see StreamOptions#withLimit(int)
 */
public final class LimitOverrunException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int consumed;

    /**
     * A limit was passed.
     *
     * @param message says how
     * @param consumed how many bytes there are that cannot belong to a separator
     */
    public LimitOverrunException(String message, int consumed) {
        super(message);
        this.consumed = consumed;
    }

    /** How many bytes there are, from the start of what was looked at, that cannot belong to a separator. */
    public int consumed() {
        return consumed;
    }
}
