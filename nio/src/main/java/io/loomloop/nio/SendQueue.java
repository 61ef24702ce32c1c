package io.loomloop.nio;

import java.nio.ByteBuffer;

/** What was written to a {@link ByteSink} and not sent yet. */
interface SendQueue extends WaterMarks {
    /** Sends what can be sent at once and queues copies of the rest; {@code size} is what remains in the pieces, not 0. Loop thread. */
    void write(long size, ByteBuffer... pieces);

    /** Waits, if there is more than the high-water mark, until there is no more than the low one, or the sink is closed. */
    default void drain() {
        if (isAboveHigh()) {
            awaitLow();
        }
    }

    /** Waits until there is no more than the low-water mark, or the sink is closed. */
    void awaitLow();
}
