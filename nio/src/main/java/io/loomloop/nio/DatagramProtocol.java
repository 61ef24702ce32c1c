package io.loomloop.nio;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What happens at an endpoint for datagrams, as callbacks: asyncio's {@code DatagramProtocol}. Order, threads and failures are those of
 * {@link Protocol}.
 */
public interface DatagramProtocol {
    /** The endpoint is open. Nothing is received before this returns. */
    default void connectionMade(DatagramTransport transport) throws Exception {}

    /** A datagram has arrived. */
    default void datagramReceived(Datagram datagram) throws Exception {}

    /**
     * A datagram could not be sent, or one that was sent could not be delivered; the endpoint goes on.
     *
     * @param error for example a {@link java.net.PortUnreachableException}
     */
    default void errorReceived(IOException error) throws Exception {}

    /**
     * The endpoint is closed and its descriptor is free.
     *
     * @param cause null when it was closed or aborted; else what a callback has thrown, or a {@link io.loomloop.CancelledException} when
     *     its task was cancelled
     */
    default void connectionLost(@Nullable Throwable cause) throws Exception {}

    /** There are more unsent bytes than the high-water mark: stop sending. */
    default void pauseWriting() throws Exception {}

    /** There are no more unsent bytes than the low-water mark, after {@link #pauseWriting}. */
    default void resumeWriting() throws Exception {}
}
