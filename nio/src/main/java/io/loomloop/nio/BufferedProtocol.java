package io.loomloop.nio;

import java.nio.ByteBuffer;

/**
 * A {@link Protocol} that has what arrives put into buffers of its own: asyncio's {@code BufferedProtocol}. Its {@link #dataReceived} is
 * not called.
 */
public interface BufferedProtocol extends Protocol {
    /**
     * Gives a buffer for what has arrived; {@link #bufferUpdated} follows.
     *
     * @param sizeHint how many bytes are there, at least one; a buffer with less room gets a part, and then this is called again
     * @return a buffer with room, into which bytes are put at its position, which moves; an empty or read-only one is a failure of the
     *     protocol
     */
    ByteBuffer getBuffer(int sizeHint) throws Exception;

    /**
     * Bytes were put into the buffer.
     *
     * @param count how many, at least one
     */
    void bufferUpdated(int count) throws Exception;
}
