package io.loomloop.nio;

import java.nio.ByteBuffer;

/** What was written to a {@link ByteSink} and not sent yet. */
interface SendQueue {
    /** Sends what can be sent at once and queues copies of the rest; {@code size} is what remains in the pieces, not 0. Loop thread. */
    void write(long size, ByteBuffer... pieces);

    /** Bytes that were written and not sent. Any thread. */
    long unsent();

    /** Waits, if there is more than the high-water mark, until there is no more than the low one, or the sink is closed. */
    default void drain() {
        if (isAboveHigh()) {
            awaitLow();
        }
    }

    /** True when what is unsent counts for more than the high-water mark. Any thread. */
    default boolean isAboveHigh() {
        return unsent() > high();
    }

    /** True when what is unsent counts for no more than the low-water mark. Any thread. */
    default boolean isAtLow() {
        return unsent() <= low();
    }

    /** Waits until there is no more than the low-water mark, or the sink is closed. */
    void awaitLow();

    int low();

    int high();

    /** Loop thread. */
    void setWaterMarks(int newLow, int newHigh);
}
