package io.loomloop.nio;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the listening sockets of a server: all of them, or none. */
final class Binding {
    private static final int PORT_ATTEMPTS = 10;

    private Binding() {}

    /**
     * Binds a socket for each address that this machine has. Port 0 stands for a free one, the same for all, so it takes several
     * attempts when another program has the port at the second address.
     *
     * @throws BindException when an address is taken, or none can be bound
     */
    static List<ServerSocketChannel> bind(List<InetSocketAddress> addresses, StreamOptions options) throws IOException {
        boolean anyPort = addresses.size() > 1 && addresses.get(0).getPort() == 0;
        BindException first = null;
        for (int attempt = 0; attempt < (anyPort ? PORT_ATTEMPTS : 1); attempt++) {
            try {
                return bindOnce(addresses, options);
            } catch (BindException e) {
                if (first == null) {
                    first = e;
                } else {
                    first.addSuppressed(e);
                }
            }
        }
        throw first;
    }

    private static List<ServerSocketChannel> bindOnce(List<InetSocketAddress> addresses, StreamOptions options)
            throws IOException {
        List<ServerSocketChannel> bound = new ArrayList<>();
        List<IOException> missing = new ArrayList<>();
        try {
            for (InetSocketAddress address : addresses) {
                InetSocketAddress wanted = address;
                if (address.getPort() == 0 && !bound.isEmpty()) {
                    wanted = new InetSocketAddress(address.getAddress(), portOf(bound.get(0)));
                }
                ServerSocketChannel channel = bindOne(wanted, options, missing);
                if (channel != null) {
                    bound.add(channel);
                }
            }
            if (bound.isEmpty()) {
                IOException first = missing.remove(0);
                missing.forEach(first::addSuppressed);
                throw first;
            }
            return bound;
        } catch (Throwable failure) {
            bound.forEach(Poller::closeQuietly);
            throw failure;
        }
    }

    private static int portOf(ServerSocketChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    /** Binds one socket; null, and an entry in {@code missing}, when this machine does not have the address. */
    private static @Nullable ServerSocketChannel bindOne(
            InetSocketAddress address, StreamOptions options, List<IOException> missing) throws IOException {
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        ServerSocketChannel channel;
        try {
            channel = ServerSocketChannel.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException e) {
            BindException told = new BindException("this machine does not support such addresses: " + address);
            told.initCause(e);
            missing.add(told);
            return null;
        }
        try {
            channel.configureBlocking(false);
            options.applyToListener(channel);
            return channel.bind(address, options.backlog());
        } catch (BindException e) {
            Poller.closeQuietly(channel);
            BindException told = new BindException(e.getMessage() + ": " + address);
            told.initCause(e);
            if (e.getMessage() != null && e.getMessage().contains("assign requested address")) {
                missing.add(told);
                return null;
            }
            throw told;
        } catch (Throwable failure) {
            Poller.closeQuietly(channel);
            throw failure;
        }
    }
}
