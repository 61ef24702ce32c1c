package io.loomloop.nio;

import io.loomloop.EventLoop;
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
public final class DatagramTransport {
    private final DatagramPump pump;
    private final DatagramEndpoint endpoint;

    DatagramTransport(DatagramPump pump, DatagramEndpoint endpoint) {
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

    /** How many bytes are kept because the system does not take them now, with 8 more for each datagram. */
    public long writeBufferSize() {
        return pump.unsent();
    }

    /**
     * Sets the marks: above {@code high} unsent bytes the protocol is told to pause, at {@code low} or less to go on. What is unsent now
     * is measured by them at once.
     *
     * @throws IllegalArgumentException unless {@code 0 <= low <= high}
     */
    public void setWriteBufferLimits(int low, int high) {
        StreamOptions.requireMarks(low, high);
        pump.setWaterMarks(low, high);
    }

    /** The low-water mark, in bytes. */
    public int lowWater() {
        return pump.low();
    }

    /** The high-water mark, in bytes. */
    public int highWater() {
        return pump.high();
    }

    // ---- the protocol

    /** Who gets the callbacks. */
    public DatagramProtocol protocol() {
        return pump.protocol();
    }

    /** Has another protocol get the callbacks from the next one on; its {@code connectionMade} is not called. */
    public void setProtocol(DatagramProtocol protocol) {
        Objects.requireNonNull(protocol, "protocol");
        pump.setProtocol(protocol);
    }

    // ---- closing

    /**
     * Closes the endpoint: nothing is received any more, what is kept is still sent, in the background, and then
     * {@link DatagramProtocol#connectionLost} is called with null. Does nothing the second time.
     */
    public void close() {
        pump.close();
    }

    /** Closes the endpoint at once and drops what is kept. */
    public void abort() {
        pump.abort();
    }

    /** True once the endpoint is closed, or being closed. */
    public boolean isClosing() {
        return pump.isClosing();
    }

    /**
     * Waits until {@link DatagramProtocol#connectionLost} has returned. A cancellation point.
     *
     * @throws IllegalStateException when called by a callback of this endpoint, which would wait for itself
     */
    public void waitClosed() {
        pump.awaitEnd();
    }

    // ---- asking: get_extra_info

    /** The loop this transport runs on. */
    public EventLoop loop() {
        return endpoint.loop();
    }

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
