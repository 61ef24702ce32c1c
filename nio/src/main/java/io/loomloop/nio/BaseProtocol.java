package io.loomloop.nio;

import org.jspecify.annotations.Nullable;

/**
 * What a {@link Protocol} and a {@link DatagramProtocol} have in common: asyncio's {@code BaseProtocol}. Nothing serves one that is neither
 * of both.
 */
public interface BaseProtocol {
    /**
     * The connection, or the endpoint for datagrams, is closed and its descriptor is free. Called once, whatever has happened, if
     * {@code connectionMade} was called.
     *
     * @param cause null when this side has closed or aborted it, or the peer has ended it; else what went wrong: an
     *     {@link java.io.IOException} when a connection was lost, what a callback has thrown, or a
     *     {@link io.loomloop.CancelledException} when the task of the transport was cancelled
     */
    default void connectionLost(@Nullable Throwable cause) throws Exception {}

    /** There are more unsent bytes than the high-water mark: stop writing. Nothing is lost by going on but memory. */
    default void pauseWriting() throws Exception {}

    /** There are no more unsent bytes than the low-water mark, after {@link #pauseWriting}. */
    default void resumeWriting() throws Exception {}
}
