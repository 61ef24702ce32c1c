package io.loomloop.nio;

import java.nio.ByteBuffer;

/**
 * Bytes of TLS that have arrived and were not used yet: a part of one record as a rule. Loop thread only.
 *
 * <p>A chunk that comes in while this is empty is not copied. What is left of it is, to a buffer with room for the rest of the record, so
 * that single bytes cost no more than others.
 */
final class RecordBuffer {
    private static final int ROOM = 18 << 10;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private ByteBuffer bytes = EMPTY;

    /** What is there; whoever uses bytes moves its position. */
    ByteBuffer bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return !bytes.hasRemaining();
    }

    /** Appends a chunk, which belongs to this buffer from now on. */
    void append(byte[] chunk) {
        int size = bytes.remaining();
        if (size == 0) {
            bytes = ByteBuffer.wrap(chunk);
            return;
        }
        if (bytes.capacity() - bytes.limit() < chunk.length) {
            ByteBuffer larger = ByteBuffer.allocate(Math.max(ROOM, size + chunk.length));
            bytes = larger.put(bytes).flip();
        }
        int end = bytes.limit();
        bytes.limit(end + chunk.length).put(end, chunk);
    }

    /** Lets go of memory when all is used. */
    void trim() {
        if (isEmpty()) {
            bytes = EMPTY;
        }
    }
}
