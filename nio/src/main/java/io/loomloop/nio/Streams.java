package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.List;
import java.util.Objects;

/**
 * Connections and servers: asyncio's {@code open_connection} and {@code start_server}.
 *
 * <p>Each method runs on a loop, in a task or a callback; elsewhere it fails with {@link IllegalStateException}. Each is a
 * cancellation point, and one that is cancelled leaves no socket behind. Null is refused with {@link NullPointerException}.
 *
 * <p>Host names are looked up on another thread; a literal address is not looked up at all.
 */
public final class Streams {
    private Streams() {}

    // ---- connections

    /**
     * Connects to a host, with {@link StreamOptions#DEFAULT}: asyncio's {@code open_connection}.
     *
     * @see #openConnection(String, int, StreamOptions)
     */
    public static Connection openConnection(String host, int port) throws IOException {
        return openConnection(host, port, StreamOptions.DEFAULT);
    }

    /**
     * Connects to a host. Its addresses are tried one after another until one answers.
     *
     * @param host a name or a literal address
     * @param port from 0 to 65535
     * @throws java.net.UnknownHostException when there is no such host
     * @throws IOException when no address answers: the first failure, with the others suppressed
     * @throws IllegalArgumentException when there is no such port
     */
    public static Connection openConnection(String host, int port, StreamOptions options) throws IOException {
        Objects.requireNonNull(host, "host");
        requirePort(port);
        SocketEngine engine = begin(options);
        return connect(engine, Addresses.resolve(engine.loop(), host, port), options);
    }

    /** As {@link #openConnection(String, int)}, to an address that need not be looked up. */
    public static Connection openConnection(InetSocketAddress address) throws IOException {
        return openConnection(address, StreamOptions.DEFAULT);
    }

    /** As {@link #openConnection(String, int, StreamOptions)}, to an address that need not be looked up. */
    public static Connection openConnection(InetSocketAddress address, StreamOptions options) throws IOException {
        Objects.requireNonNull(address, "address");
        if (address.isUnresolved()) {
            return openConnection(address.getHostString(), address.getPort(), options);
        }
        return connect(begin(options), List.of(address), options);
    }

    private static Connection connect(SocketEngine engine, List<InetSocketAddress> addresses, StreamOptions options)
            throws IOException {
        IOException first = null;
        for (InetSocketAddress address : addresses) {
            try {
                return connect(engine, address, options);
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

    private static Connection connect(SocketEngine engine, InetSocketAddress address, StreamOptions options)
            throws IOException {
        SocketChannel channel = SocketChannel.open();
        StreamSocket socket = null;
        try {
            channel.configureBlocking(false);
            options.applyTo(channel);
            channel.connect(address);
            socket = new StreamSocket(engine, channel, options);
            socket.request(StreamSocket.START);
            socket.awaitConnected();
            return new Connection(socket);
        } catch (Throwable failure) {
            if (socket == null) {
                Poller.closeQuietly(channel);
            } else {
                socket.abort();
            }
            if (failure instanceof UnsupportedAddressTypeException) {
                throw explain(new SocketException("this machine does not support such addresses"), address);
            }
            if (failure instanceof IOException e) {
                throw explain(e, address);
            }
            throw failure;
        }
    }

    /** Says which address a failure belongs to. */
    static IOException explain(IOException failure, SocketAddress address) {
        String message = failure.getMessage() + ": " + address;
        SocketException told = failure instanceof ConnectException
                ? new ConnectException(message)
                : failure instanceof BindException ? new BindException(message) : new SocketException(message);
        told.initCause(failure);
        return told;
    }

    // ---- servers

    /**
     * Starts a server, with {@link StreamOptions#DEFAULT}: asyncio's {@code start_server}.
     *
     * @see #startServer(ClientHandler, String, int, StreamOptions)
     */
    public static Server startServer(ClientHandler handler, String host, int port) throws IOException {
        return startServer(handler, host, port, StreamOptions.DEFAULT);
    }

    /**
     * Starts a server at all addresses of a host. It accepts when this returns.
     *
     * @param handler serves each client in a task of its own
     * @param host a name or a literal address of this machine; {@code 0.0.0.0} stands for all its addresses of IPv4,
     *     {@code ::} for all of IPv6, and with most systems for those of IPv4 too
     * @param port from 0 to 65535; 0 finds a free one, the same for all addresses, see {@link Server#port}
     * @throws java.net.UnknownHostException when there is no such host
     * @throws BindException when the port is taken; it has the other failures suppressed
     * @throws IllegalArgumentException when there is no such port
     */
    public static Server startServer(ClientHandler handler, String host, int port, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(host, "host");
        requirePort(port);
        SocketEngine engine = begin(options);
        return listen(engine, handler, Addresses.resolve(engine.loop(), host, port), options);
    }

    /** As {@link #startServer(ClientHandler, String, int, StreamOptions)}, at one address that need not be looked up. */
    public static Server startServer(ClientHandler handler, InetSocketAddress address, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(address, "address");
        if (address.isUnresolved()) {
            return startServer(handler, address.getHostString(), address.getPort(), options);
        }
        return listen(begin(options), handler, List.of(address), options);
    }

    private static Server listen(
            SocketEngine engine, ClientHandler handler, List<InetSocketAddress> addresses, StreamOptions options)
            throws IOException {
        options.tryOnServer();
        return new Server(engine, handler, options).listen(Binding.bind(addresses, options));
    }

    // ---- steps

    private static SocketEngine begin(StreamOptions options) throws IOException {
        Objects.requireNonNull(options, "options");
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        engine.checkpoint();
        return engine;
    }

    static void requirePort(int port) {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("a port is a number from 0 to 65535: " + port);
        }
    }
}
