package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Makes the sockets of datagram endpoints: of the addresses of a host, the first that works. */
final class DatagramOpening {
    private DatagramOpening() {}

    static DatagramEndpoint bind(String host, int port, DatagramOptions options) throws IOException {
        Objects.requireNonNull(host, "host");
        Streams.requirePort(port);
        SocketEngine engine = begin(options);
        requireNoOtherLocalAddress(options);
        return open(engine, options.lookUp().endpoints(engine.loop(), host, port), false, options);
    }

    static DatagramEndpoint bind(InetSocketAddress address, DatagramOptions options) throws IOException {
        Objects.requireNonNull(address, "address");
        if (address.isUnresolved()) {
            return bind(address.getHostString(), address.getPort(), options);
        }
        SocketEngine engine = begin(options);
        requireNoOtherLocalAddress(options);
        return open(engine, List.of(address), false, options);
    }

    static DatagramEndpoint connect(String host, int port, DatagramOptions options) throws IOException {
        Objects.requireNonNull(host, "host");
        requirePeerPort(port);
        SocketEngine engine = begin(options);
        return open(engine, options.lookUp().endpoints(engine.loop(), host, port), true, options);
    }

    static DatagramEndpoint connect(InetSocketAddress address, DatagramOptions options) throws IOException {
        Objects.requireNonNull(address, "address");
        if (address.isUnresolved()) {
            return connect(address.getHostString(), address.getPort(), options);
        }
        requirePeerPort(address.getPort());
        return open(begin(options), List.of(address), true, options);
    }

    private static SocketEngine begin(DatagramOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        engine.checkpoint();
        return engine;
    }

    private static void requirePeerPort(int port) {
        Streams.requirePort(port);
        if (port == 0) {
            throw new IllegalArgumentException("nobody can be connected to at port 0");
        }
    }

    private static void requireNoOtherLocalAddress(DatagramOptions options) {
        if (options.localAddress() != null) {
            throw new IllegalArgumentException(
                    "bind has the local address as its argument, the options name another: " + options.localAddress());
        }
    }

    private static DatagramEndpoint open(
            SocketEngine engine, List<InetSocketAddress> addresses, boolean connect, DatagramOptions options)
            throws IOException {
        IOException first = null;
        for (InetSocketAddress address : addresses) {
            try {
                return connect
                        ? open(engine, options.localAddress(), address, options)
                        : open(engine, address, null, options);
            } catch (IOException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        throw Objects.requireNonNull(first);
    }

    private static DatagramEndpoint open(
            SocketEngine engine,
            @Nullable InetSocketAddress local,
            @Nullable InetSocketAddress remote,
            DatagramOptions options)
            throws IOException {
        InetSocketAddress decisive = remote != null ? remote : Objects.requireNonNull(local);
        DatagramChannel channel = openChannel(decisive);
        try {
            channel.configureBlocking(false);
            options.applyTo(channel);
            channel.bind(local);
            if (remote != null) {
                channel.connect(remote);
            }
            DatagramPort port = new DatagramPort(engine, channel, options.receiveQueue());
            DatagramEndpoint endpoint = new DatagramEndpoint(engine, port);
            port.request(DatagramPort.START);
            return endpoint;
        } catch (UnsupportedAddressTypeException e) {
            Poller.closeQuietly(channel);
            throw unsupported(decisive, e);
        } catch (IOException e) {
            Poller.closeQuietly(channel);
            throw Streams.explain(e, decisive);
        } catch (Throwable e) {
            Poller.closeQuietly(channel);
            throw e;
        }
    }

    private static DatagramChannel openChannel(InetSocketAddress address) throws IOException {
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        try {
            return DatagramChannel.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException e) {
            throw unsupported(address, e);
        }
    }

    static SocketException unsupported(InetSocketAddress address, Exception cause) {
        SocketException told = new SocketException("this socket does not support such addresses: " + address);
        told.initCause(cause);
        return told;
    }
}
