package io.loomloop.nio;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the listening sockets of a server: all of them, or none. */
final class Binding {
    private static final int PORT_ATTEMPTS = 10;

    /** The kind of channels to bind. */
    private interface Kind<C extends NetworkChannel> {
        C open(ProtocolFamily family) throws IOException;

        void bind(C channel, InetSocketAddress address, int backlog) throws IOException;
    }

    private record Polled() implements Kind<ServerSocketChannel> {
        @Override
        public ServerSocketChannel open(ProtocolFamily family) throws IOException {
            return ServerSocketChannel.open(family);
        }

        @Override
        public void bind(ServerSocketChannel channel, InetSocketAddress address, int backlog) throws IOException {
            channel.configureBlocking(false);
            channel.bind(address, backlog);
        }
    }

    /** Of whatever family the address is. */
    private record Completed(CompletionEngine completions) implements Kind<AsynchronousServerSocketChannel> {
        @Override
        public AsynchronousServerSocketChannel open(ProtocolFamily family) throws IOException {
            return completions.openListener();
        }

        @Override
        public void bind(AsynchronousServerSocketChannel channel, InetSocketAddress address, int backlog)
                throws IOException {
            channel.bind(address, backlog);
        }
    }

    private Binding() {}

    /**
     * Binds a socket for each address that this machine has. Port 0 stands for a free one, the same for all, so it takes several
     * attempts when another program has the port at the second address.
     *
     * @throws BindException when an address is taken, or none can be bound
     */
    static List<ServerSocketChannel> bind(List<InetSocketAddress> addresses, StreamOptions options) throws IOException {
        return bind(addresses, options, new Polled());
    }

    /** As {@link #bind(List, StreamOptions)}, for completions. */
    static List<AsynchronousServerSocketChannel> bind(
            List<InetSocketAddress> addresses, StreamOptions options, CompletionEngine completions) throws IOException {
        return bind(addresses, options, new Completed(completions));
    }

    private static <C extends NetworkChannel> List<C> bind(
            List<InetSocketAddress> addresses, StreamOptions options, Kind<C> kind) throws IOException {
        boolean anyPort = addresses.size() > 1 && addresses.get(0).getPort() == 0;
        BindException first = null;
        for (int attempt = 0; attempt < (anyPort ? PORT_ATTEMPTS : 1); attempt++) {
            try {
                return bindOnce(addresses, options, kind);
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

    private static <C extends NetworkChannel> List<C> bindOnce(
            List<InetSocketAddress> addresses, StreamOptions options, Kind<C> kind) throws IOException {
        List<C> bound = new ArrayList<>();
        List<IOException> missing = new ArrayList<>();
        try {
            for (InetSocketAddress address : addresses) {
                InetSocketAddress wanted = address;
                if (address.getPort() == 0 && !bound.isEmpty()) {
                    wanted = new InetSocketAddress(address.getAddress(), portOf(bound.get(0)));
                }
                C channel = bindOne(wanted, options, kind, missing);
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

    private static int portOf(NetworkChannel channel) throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    /** Binds one socket; null, and an entry in {@code missing}, when this machine does not have the address. */
    private static <C extends NetworkChannel> @Nullable C bindOne(
            InetSocketAddress address, StreamOptions options, Kind<C> kind, List<IOException> missing)
            throws IOException {
        boolean ipv4 = address.getAddress() instanceof Inet4Address;
        C channel;
        try {
            channel = kind.open(ipv4 ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException e) {
            missing.add(unsupported(address, e));
            return null;
        }
        try {
            options.applyToListener(channel);
            kind.bind(channel, address, options.backlog());
            return channel;
        } catch (UnsupportedAddressTypeException e) {
            Poller.closeQuietly(channel);
            missing.add(unsupported(address, e));
            return null;
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

    private static BindException unsupported(InetSocketAddress address, RuntimeException cause) {
        BindException told = new BindException("this machine does not support such addresses: " + address);
        told.initCause(cause);
        return told;
    }
}
