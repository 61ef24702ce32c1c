package io.loomloop.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint for datagrams as its {@link DatagramProtocol} sees it: asyncio's {@code DatagramTransport}.
 *
 * <p><b>Sending</b> never waits: what the system does not take at once, which is rare, is kept and sent in the background. Above the
 * high-water mark the protocol is told to pause. Failures come to {@link DatagramProtocol#errorReceived}. Datagrams sent after the
 * close are dropped, with a warning in the log from the fifth on.
 *
 * <p><b>Threads.</b> {@link #close}, {@link #abort}, {@link #waitClosed} and what asks for something may be called from any thread;
 * the other methods belong to the loop and fail elsewhere with {@link IllegalStateException}. None but {@link #waitClosed} waits.
 */
public final class DatagramTransport extends BaseTransport<DatagramProtocol> {
    private final DatagramPump pump;
    private final DatagramEndpoint endpoint;

    DatagramTransport(DatagramPump pump, DatagramEndpoint endpoint) {
        super(pump);
        this.pump = pump;
        this.endpoint = endpoint;
    }

    // ---- sending

    /**
     * Sends a datagram to the peer this is connected to. The array may be used again at once.
     *
     * @throws IllegalStateException when this is not connected, or off the loop
     * @throws UnsupportedOperationException when it is empty: the JDK sends empty datagrams from sockets that are bound alone
     */
    public void sendTo(byte[] data) {
        sendTo(ByteBuffer.wrap(data));
    }

    /** As {@link #sendTo(byte[])}, for what remains in a buffer, which is empty afterwards. */
    public void sendTo(ByteBuffer data) {
        Objects.requireNonNull(data, "data");
        pump.send(data, endpoint.requireConnected());
    }

    /**
     * Sends a datagram, maybe an empty one, to anybody. The array may be used again at once.
     *
     * @throws IllegalArgumentException when the address is not resolved, has port 0, or is not the one this is connected to
     * @throws IllegalStateException off the loop
     */
    public void sendTo(byte[] data, InetSocketAddress to) {
        sendTo(ByteBuffer.wrap(data), to);
    }

    /** As {@link #sendTo(byte[], InetSocketAddress)}, for what remains in a buffer, which is empty afterwards. */
    public void sendTo(ByteBuffer data, InetSocketAddress to) {
        Objects.requireNonNull(data, "data");
        pump.send(data, endpoint.requireTarget(to));
    }

    // ---- asking: get_extra_info

    /** Where the endpoint is bound. */
    public InetSocketAddress localAddress() {
        return endpoint.localAddress();
    }

    /** The peer this is connected to, or null. */
    public @Nullable InetSocketAddress remoteAddress() {
        return endpoint.remoteAddress();
    }

    /** As {@link DatagramEndpoint#setOption}. */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        endpoint.setOption(option, value);
    }

    /** As {@link DatagramEndpoint#option}. */
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return endpoint.option(option);
    }

    @Override
    public String toString() {
        return "DatagramTransport[" + endpoint + "]";
    }
}
