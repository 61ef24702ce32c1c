package io.loomloop.nio;

import java.io.IOException;

/**
 * What happens at an endpoint for datagrams, as callbacks: asyncio's {@code DatagramProtocol}. Order, threads and failures are those of
 * {@link Protocol}.
 */
public interface DatagramProtocol extends BaseProtocol {
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
}
