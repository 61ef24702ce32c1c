package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens TCP connections: looks up the host, and has its addresses race. */
final class Connecting {
    private Connecting() {}

    static SocketStream toHost(SocketEngine engine, String host, int port, StreamOptions options) throws IOException {
        EventLoop loop = engine.loop();
        long begin = loop.time();
        LookUp lookUp = options.lookUp();
        Duration limit = options.connectTimeout();
        if (limit != null && limit.compareTo(lookUp.timeout()) < 0) {
            lookUp = lookUp.within(limit);
        }
        List<InetSocketAddress> addresses = lookUp.endpoints(loop, host, port);
        return race(engine, addresses, options, left(loop, begin, limit));
    }

    static SocketStream toAddress(SocketEngine engine, InetSocketAddress address, StreamOptions options)
            throws IOException {
        return race(engine, List.of(address), options, options.connectTimeout());
    }

    /** What is left of a limit of time that began at {@code begin}; null if there is no limit. */
    static @Nullable Duration left(EventLoop loop, long begin, @Nullable Duration limit) {
        return limit == null ? null : limit.minusNanos(loop.time() - begin);
    }

    private static SocketStream race(
            SocketEngine engine, List<InetSocketAddress> addresses, StreamOptions options, @Nullable Duration timeout)
            throws IOException {
        return new ConnectRace<SocketStream>(
                        engine.loop(),
                        fitting(addresses, options.localAddress()),
                        options.connectDelay(),
                        (address, whenSettled) -> begin(engine, address, options, whenSettled))
                .run(timeout);
    }

    /** The addresses that can be connected to from {@code local}. */
    private static List<InetSocketAddress> fitting(List<InetSocketAddress> addresses, @Nullable InetSocketAddress local)
            throws SocketException {
        if (local == null || local.getAddress().isAnyLocalAddress()) {
            return addresses;
        }
        Class<? extends InetAddress> family = local.getAddress().getClass();
        List<InetSocketAddress> fitting = addresses.stream()
                .filter(address -> address.getAddress().getClass() == family)
                .toList();
        if (fitting.isEmpty()) {
            throw new SocketException("the local address " + local + " is of another family than " + addresses);
        }
        return fitting;
    }

    private static SocketStream begin(
            SocketEngine engine, SocketAddress address, StreamOptions options, Runnable whenSettled)
            throws IOException {
        CompletionEngine completions = engine.completions();
        if (completions != null) {
            AsynchronousSocketChannel channel = completions.openChannel();
            return beginOn(channel, options, () -> {
                CompletionSocket socket = new CompletionSocket(engine, channel, options);
                socket.connect(address, whenSettled);
                return socket;
            });
        }
        SocketChannel channel = SocketChannel.open();
        return beginOn(channel, options, () -> {
            channel.configureBlocking(false);
            channel.connect(address);
            StreamSocket socket = new StreamSocket(engine, channel, options);
            socket.start(whenSettled);
            return socket;
        });
    }

    /** A connect that begins. */
    private interface Beginning {
        SocketStream begin() throws IOException;
    }

    private static SocketStream beginOn(NetworkChannel channel, StreamOptions options, Beginning connect)
            throws IOException {
        try {
            InetSocketAddress local = options.localAddress();
            if (local != null && local.getPort() != 0) {
                StreamOptions.reuseAddress(channel); // several attempts share the port
            }
            options.applyTo(channel);
            if (local != null) {
                channel.bind(local);
            }
            return connect.begin();
        } catch (UnsupportedAddressTypeException e) {
            Poller.closeQuietly(channel);
            throw new SocketException("this machine does not support such addresses");
        } catch (Throwable failure) {
            Poller.closeQuietly(channel);
            throw failure;
        }
    }
}
