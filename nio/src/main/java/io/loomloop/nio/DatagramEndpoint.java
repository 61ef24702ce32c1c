package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A socket for datagrams (UDP), bound or connected: what asyncio's {@code create_datagram_endpoint} gives.
 *
 * <p><b>Receiving.</b> {@link #receive} waits for the next datagram. What arrives is queued, in order, up to
 * {@link DatagramOptions#withReceiveQueue}; beyond that it stays with the system, which drops what it cannot hold: datagrams
 * are never dropped here, so there is nothing to count. Several tasks may receive; each datagram goes to one of them. A receive that is
 * cancelled has taken nothing.
 *
 * <p><b>Sending.</b> {@link #send} waits while the system takes no datagrams, which is rare, and keeps no copies.
 *
 * <p><b>Failures</b> do not end an endpoint: that a peer's port is closed, which only connected endpoints get to know, is thrown once as
 * {@link java.net.PortUnreachableException} by the next {@code receive} or {@code send}, and the endpoint goes on.
 *
 * <p><b>Threads.</b> An endpoint belongs to its loop: receiving and sending fail elsewhere with {@link IllegalStateException}. The
 * other methods may be called from any thread. A loop that closes takes its endpoints with it.
 */
public final class DatagramEndpoint implements AutoCloseable {
    private static final int YIELD_AFTER = 256;

    private final SocketEngine engine;
    private final DatagramPort port;
    private final DatagramChannel channel;
    private final InetSocketAddress localAddress;
    private final @Nullable InetSocketAddress remoteAddress;

    // loop thread only: receives and sends since others could run
    private int inARow;

    DatagramEndpoint(SocketEngine engine, DatagramPort port) throws IOException {
        this.engine = engine;
        this.port = port;
        this.channel = port.channel();
        this.localAddress = (InetSocketAddress) channel.getLocalAddress();
        this.remoteAddress = (InetSocketAddress) channel.getRemoteAddress();
    }

    // ---- opening

    /** As {@link #bind(String, int, DatagramOptions)}, with {@link DatagramOptions#DEFAULT}. */
    public static DatagramEndpoint bind(String host, int port) throws IOException {
        return bind(host, port, DatagramOptions.DEFAULT);
    }

    /**
     * Opens an endpoint that exchanges datagrams with anybody. Runs on a loop; a cancellation point. It receives when this returns.
     *
     * @param host a name or a literal address of this machine; {@code 0.0.0.0} stands for all its addresses of IPv4, {@code ::} for
     *     all of IPv6, and with most systems for those of IPv4 too
     * @param port from 0 to 65535; 0 finds a free one, see {@link #port}
     * @throws java.net.UnknownHostException when there is no such host
     * @throws java.net.BindException when the port is taken, or the address is not of this machine
     * @throws IllegalArgumentException when there is no such port, or the options name another local address
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static DatagramEndpoint bind(String host, int port, DatagramOptions options) throws IOException {
        return DatagramOpening.bind(host, port, options);
    }

    /** As {@link #bind(String, int)}, at an address that need not be looked up. */
    public static DatagramEndpoint bind(InetSocketAddress address) throws IOException {
        return bind(address, DatagramOptions.DEFAULT);
    }

    /** As {@link #bind(String, int, DatagramOptions)}, at an address that need not be looked up. */
    public static DatagramEndpoint bind(InetSocketAddress address, DatagramOptions options) throws IOException {
        return DatagramOpening.bind(address, options);
    }

    /** As {@link #connect(String, int, DatagramOptions)}, with {@link DatagramOptions#DEFAULT}. */
    public static DatagramEndpoint connect(String host, int port) throws IOException {
        return connect(host, port, DatagramOptions.DEFAULT);
    }

    /**
     * Opens an endpoint that exchanges datagrams with one peer, and gets no others: asyncio's {@code remote_addr}. Sends nothing, so
     * it does not find out whether the peer is there. Runs on a loop; a cancellation point.
     *
     * @param host a name or a literal address; of several addresses, the first that this machine can reach
     * @param port from 1 to 65535
     * @throws java.net.UnknownHostException when there is no such host
     * @throws IOException when no address can be reached: the first failure, with the others suppressed
     * @throws IllegalArgumentException when there is no such port
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static DatagramEndpoint connect(String host, int port, DatagramOptions options) throws IOException {
        return DatagramOpening.connect(host, port, options);
    }

    /** As {@link #connect(String, int)}, to an address that need not be looked up. */
    public static DatagramEndpoint connect(InetSocketAddress address) throws IOException {
        return connect(address, DatagramOptions.DEFAULT);
    }

    /** As {@link #connect(String, int, DatagramOptions)}, to an address that need not be looked up. */
    public static DatagramEndpoint connect(InetSocketAddress address, DatagramOptions options) throws IOException {
        return DatagramOpening.connect(address, options);
    }

    // ---- receiving

    /**
     * Waits for a datagram. A cancellation point. For a limit of time put it into a timeout; nothing is lost by that.
     *
     * @throws java.net.PortUnreachableException when a datagram that was sent met a closed port; the endpoint goes on
     * @throws IOException when the socket failed otherwise, or the endpoint is closed
     */
    public Datagram receive() throws IOException {
        begin();
        for (; ; ) {
            Datagram next = port.poll();
            if (next != null) {
                return next;
            }
            port.awaitInput();
        }
    }

    /** The datagram that {@link #receive} would return without waiting, or null. Not a cancellation point. */
    public @Nullable Datagram tryReceive() throws IOException {
        engine.ensureOnLoop("this endpoint");
        return port.poll();
    }

    // ---- sending

    /**
     * Sends a datagram to the peer this is connected to: asyncio's {@code sendto(data)}. A cancellation point; one that is cancelled has
     * sent nothing. Returns when the system has the datagram, which says nothing about the peer.
     *
     * @param data no more than the system allows, which is 65,507 bytes with IPv4
     * @throws IllegalStateException when this is not connected
     * @throws UnsupportedOperationException when it is empty: the JDK sends empty datagrams from sockets that are bound alone
     * @throws java.net.PortUnreachableException when one that was sent before met a closed port; this one was not sent
     * @throws IOException when the system refuses, for example because it is too long; the endpoint goes on
     */
    public void send(byte[] data) throws IOException {
        send(ByteBuffer.wrap(data));
    }

    /** As {@link #send(byte[])}, for what remains in a buffer, which is empty afterwards. */
    public void send(ByteBuffer data) throws IOException {
        Objects.requireNonNull(data, "data");
        sendTo(data, requireConnected());
    }

    /** As {@link #send(byte[])}, for text in UTF-8. */
    public void send(String text) throws IOException {
        send(Datagram.bytes(text));
    }

    /**
     * Sends a datagram, maybe an empty one, to anybody: asyncio's {@code sendto(data, addr)}. As {@link #send(byte[])} otherwise.
     *
     * @throws IllegalArgumentException when the address is not resolved, has port 0, or is not the one this is connected to
     */
    public void send(byte[] data, InetSocketAddress to) throws IOException {
        send(ByteBuffer.wrap(data), to);
    }

    /** As {@link #send(byte[], InetSocketAddress)}, for what remains in a buffer, which is empty afterwards. */
    public void send(ByteBuffer data, InetSocketAddress to) throws IOException {
        Objects.requireNonNull(data, "data");
        sendTo(data, requireTarget(to));
    }

    /** As {@link #send(byte[], InetSocketAddress)}, for text in UTF-8. */
    public void send(String text, InetSocketAddress to) throws IOException {
        send(Datagram.bytes(text), to);
    }

    /**
     * Sends if the system takes the datagram at once. Never waits; not a cancellation point.
     *
     * @return false when it was not sent
     */
    public boolean trySend(byte[] data, InetSocketAddress to) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(data);
        requireTarget(to);
        engine.ensureOnLoop("this endpoint");
        port.requireOpen();
        return sendNow(buffer, to);
    }

    /** As {@link #trySend(byte[], InetSocketAddress)}, to the peer this is connected to. */
    public boolean trySend(byte[] data) throws IOException {
        return trySend(data, requireConnected());
    }

    private void sendTo(ByteBuffer data, InetSocketAddress to) throws IOException {
        begin();
        port.requireOpen();
        while (!sendNow(data, to)) {
            port.awaitOutput();
            port.requireOpen();
        }
    }

    /** False when the system takes nothing now. An empty datagram has one try: the JDK does not tell whether it was taken. */
    boolean sendNow(ByteBuffer data, InetSocketAddress to) throws IOException {
        boolean empty = !data.hasRemaining();
        requireSendable(data);
        try {
            return channel.send(data, to) > 0 || empty;
        } catch (UnsupportedAddressTypeException e) {
            throw DatagramOpening.unsupported(to, e);
        }
    }

    void requireSendable(ByteBuffer data) {
        if (remoteAddress != null && !data.hasRemaining()) {
            // DatagramChannel.send would return 0 and do nothing.
            throw new UnsupportedOperationException(
                    "the JDK cannot send an empty datagram on a connected socket: use bind, and say where to send to");
        }
    }

    InetSocketAddress requireConnected() {
        InetSocketAddress peer = remoteAddress;
        if (peer == null) {
            throw new IllegalStateException("this endpoint is not connected: say where to send to");
        }
        return peer;
    }

    InetSocketAddress requireTarget(InetSocketAddress to) {
        requireResolved(Objects.requireNonNull(to, "to"));
        if (to.getPort() == 0) {
            throw new IllegalArgumentException("nobody can be sent to at port 0: " + to);
        }
        if (remoteAddress != null && !remoteAddress.equals(to)) {
            throw new IllegalArgumentException(
                    "this endpoint is connected to " + remoteAddress + ", it cannot send to " + to);
        }
        return to;
    }

    static void requireResolved(InetSocketAddress address) {
        if (address.isUnresolved()) {
            throw new IllegalArgumentException("an address must be resolved, a name is not enough: " + address);
        }
    }

    /** Checks who calls, and lets others run when nobody had to wait for long: a fast peer must not starve them. */
    private void begin() {
        engine.ensureOnLoop("this endpoint");
        if (++inARow >= YIELD_AFTER) {
            inARow = 0;
            Async.yieldNow();
        } else {
            engine.checkpoint();
        }
    }

    /** What a {@link DatagramTransport} is built on. */
    DatagramPort socket() {
        return port;
    }

    SocketEngine engine() {
        return engine;
    }

    // ---- groups

    /**
     * Joins a multicast group: from now on datagrams to it are received. Options of multicast ({@code IP_MULTICAST_IF},
     * {@code IP_MULTICAST_TTL}, {@code IP_MULTICAST_LOOP}) are for sending. The endpoint should be bound to {@code 0.0.0.0} or
     * {@code ::}, the one that fits the group, with {@code SO_REUSEADDR} set if others on this machine join at the same port.
     *
     * @param over the network interface
     * @return the membership: {@link MembershipKey#drop} leaves, {@link MembershipKey#block} keeps a sender out. Closing leaves too
     * @throws IllegalArgumentException when the address is no group's, or of another family than the endpoint
     */
    public MembershipKey join(InetAddress group, NetworkInterface over) throws IOException {
        port.requireOpen();
        return channel.join(Objects.requireNonNull(group, "group"), Objects.requireNonNull(over, "over"));
    }

    /** As {@link #join(InetAddress, NetworkInterface)}, for datagrams of one sender alone. */
    public MembershipKey join(InetAddress group, NetworkInterface over, InetAddress source) throws IOException {
        port.requireOpen();
        return channel.join(
                Objects.requireNonNull(group, "group"),
                Objects.requireNonNull(over, "over"),
                Objects.requireNonNull(source, "source"));
    }

    // ---- asking

    /** The loop this endpoint runs on. */
    public EventLoop loop() {
        return engine.loop();
    }

    /** Where this endpoint is bound; it can still be asked for when it is closed. */
    public InetSocketAddress localAddress() {
        return localAddress;
    }

    /** The port of {@link #localAddress}. */
    public int port() {
        return localAddress.getPort();
    }

    /** The peer this is connected to, or null. */
    public @Nullable InetSocketAddress remoteAddress() {
        return remoteAddress;
    }

    /**
     * Changes an option of the socket, see {@link DatagramOptions#withSocketOption}.
     *
     * @throws UnsupportedOperationException when the socket does not know the option
     */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        Objects.requireNonNull(value, "value");
        port.requireOpen();
        channel.setOption(Objects.requireNonNull(option, "option"), value);
    }

    /** The value of an option of the socket, or null if it has none. */
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        port.requireOpen();
        return channel.getOption(Objects.requireNonNull(option, "option"));
    }

    /** True once this endpoint is closed. */
    public boolean isClosed() {
        return port.isClosed();
    }

    // ---- closing

    /**
     * Closes the endpoint. What has arrived and was not received is dropped; who waits in {@link #receive} gets a
     * {@link SocketException}. Never waits. Does nothing the second time.
     */
    @Override
    public void close() {
        port.close();
    }

    /** Waits until the endpoint is closed, by whomever, and its descriptor is free. A cancellation point. */
    public void waitClosed() {
        engine.checkpoint();
        port.awaitReleased();
    }

    @Override
    public String toString() {
        return "DatagramEndpoint[" + localAddress + (remoteAddress == null ? "" : " -> " + remoteAddress)
                + (isClosed() ? ", closed]" : "]");
    }
}
