package io.loomloop.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings of datagram endpoints: {@link #DEFAULT}, and variations of it. Immutable, so safe from any thread.
 *
 * <p>Each {@code with} method returns a copy with one thing changed.
 */
public final class DatagramOptions {
    /** A receive queue of 256 KiB, no local address, the system's settings of sockets. */
    public static final DatagramOptions DEFAULT = new DatagramOptions(256 << 10, null, Map.of(), LookUp.DEFAULT);

    private final int receiveQueue;
    private final @Nullable InetSocketAddress localAddress;
    private final Map<SocketOption<?>, Object> socketOptions;
    private final LookUp lookUp;

    private DatagramOptions(
            int receiveQueue,
            @Nullable InetSocketAddress localAddress,
            Map<SocketOption<?>, Object> socketOptions,
            LookUp lookUp) {
        this.receiveQueue = receiveQueue;
        this.localAddress = localAddress;
        this.socketOptions = socketOptions;
        this.lookUp = lookUp;
    }

    /**
     * How many bytes of datagrams are kept for a task that does not receive them; beyond that they stay with the system, which drops
     * what its own buffer ({@link StandardSocketOptions#SO_RCVBUF}) does not hold. Each datagram counts for 64 bytes more than it has.
     *
     * @throws IllegalArgumentException when not positive
     */
    public DatagramOptions withReceiveQueue(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a receive queue must be positive: " + bytes);
        }
        return new DatagramOptions(bytes, localAddress, socketOptions, lookUp);
    }

    /**
     * Where an endpoint that connects is bound: asyncio's {@code local_addr} beside {@code remote_addr}. The system chooses otherwise.
     *
     * @throws IllegalArgumentException when the address is not resolved
     */
    public DatagramOptions withLocalAddress(InetSocketAddress address) {
        DatagramEndpoint.requireResolved(Objects.requireNonNull(address, "address"));
        return new DatagramOptions(receiveQueue, address, socketOptions, lookUp);
    }

    /** Whether the endpoint may send to broadcast addresses: asyncio's {@code allow_broadcast}. */
    public DatagramOptions withBroadcast(boolean allowed) {
        return withSocketOption(StandardSocketOptions.SO_BROADCAST, allowed);
    }

    /** Whether several endpoints may share one port and with it the load: asyncio's {@code reuse_port}. */
    public DatagramOptions withReusePort(boolean allowed) {
        return withSocketOption(StandardSocketOptions.SO_REUSEPORT, allowed);
    }

    /**
     * An option of the socket, one of {@link StandardSocketOptions} or {@code jdk.net.ExtendedSocketOptions}: sizes of buffers, the
     * time to live of multicast datagrams, and so on. It is set before the socket is bound. One that the socket does not know is
     * refused with {@link UnsupportedOperationException}, and a value that is none with {@link IllegalArgumentException}, when the
     * endpoint is opened.
     */
    public <T> DatagramOptions withSocketOption(SocketOption<T> option, T value) {
        Map<SocketOption<?>, Object> more = new LinkedHashMap<>(socketOptions);
        more.put(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, "value"));
        return new DatagramOptions(receiveQueue, localAddress, more, lookUp);
    }

    /** Who looks up host names: {@link Resolver#SYSTEM} unless told otherwise. Literal addresses are not looked up. */
    public DatagramOptions withResolver(Resolver resolver) {
        return new DatagramOptions(receiveQueue, localAddress, socketOptions, lookUp.with(resolver));
    }

    /**
     * How long a look-up may take, 5 seconds by default. After that it fails with {@link java.net.SocketTimeoutException}.
     *
     * @throws IllegalArgumentException when not positive
     */
    public DatagramOptions withResolveTimeout(Duration timeout) {
        return new DatagramOptions(receiveQueue, localAddress, socketOptions, lookUp.within(timeout));
    }

    /** How many bytes of datagrams wait for a task. */
    public int receiveQueue() {
        return receiveQueue;
    }

    LookUp lookUp() {
        return lookUp;
    }

    @Nullable
    InetSocketAddress localAddress() {
        return localAddress;
    }

    @SuppressWarnings("unchecked") // withSocketOption has checked that the value fits the option
    void applyTo(DatagramChannel channel) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> option : socketOptions.entrySet()) {
            channel.setOption((SocketOption<Object>) option.getKey(), option.getValue());
        }
    }

    @Override
    public String toString() {
        return "DatagramOptions[receiveQueue=" + receiveQueue + ", localAddress=" + localAddress + ", socketOptions="
                + socketOptions + "]";
    }
}
