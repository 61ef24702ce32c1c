package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.LoopGroup;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Connections and servers: asyncio's {@code open_connection} and {@code start_server}.
 *
 * <p>Each method runs on a loop, in a task or a callback; elsewhere it fails with {@link IllegalStateException}. Each is a
 * cancellation point, and one that is cancelled leaves no socket behind. Null is refused with {@link NullPointerException}.
 *
 * <p>Host names are looked up on other threads, which all loops share, by {@link StreamOptions#withResolver}; a literal address is not
 * looked up at all.
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
     * Connects to whichever address of a host answers first: the happy eyeballs of RFC 8305. The addresses are tried in the order in which
     * the resolver knows them, but IPv6 and IPv4 in turn. The next one is tried as soon as the last one has failed or has not answered
     * for a while, see {@link StreamOptions#withConnectDelay}. All but the first that answers are given up.
     *
     * @param host a name or a literal address
     * @param port from 0 to 65535
     * @throws java.net.UnknownHostException when there is no such host
     * @throws java.net.SocketTimeoutException when the look-up or all of it took longer than the options allow
     * @throws IOException when no address answers: the first failure, with the others suppressed
     * @throws IllegalArgumentException when there is no such port
     */
    public static Connection openConnection(String host, int port, StreamOptions options) throws IOException {
        Objects.requireNonNull(host, "host");
        requirePort(port);
        SocketEngine engine = begin(options);
        requireClient(options, host);
        return secure(Connecting.toHost(engine, host, port, options), host, options);
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
        SocketEngine engine = begin(options);
        String host = address.getHostString();
        requireClient(options, host);
        return secure(Connecting.toAddress(engine, address, options), host, options);
    }

    private static void requireClient(StreamOptions options, @Nullable String host) {
        Tls tls = options.tls();
        if (tls != null) {
            tls.requireClient();
            TlsUpgrade.requireName(tls, host);
        }
    }

    /** Does the handshake, if the options say so. */
    private static Connection secure(SocketStream socket, @Nullable String host, StreamOptions options)
            throws IOException {
        Connection plain = new Connection(socket, socket, host);
        Tls tls = options.tls();
        return tls == null ? plain : TlsUpgrade.secure(plain.reader(), plain.writer(), tls, host);
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
        return listen(engine, handler, options.lookUp().endpoints(engine.loop(), host, port), options);
    }

    /** As {@link #startServer(ClientHandler, String, int)}, at one address that need not be looked up. */
    public static Server startServer(ClientHandler handler, InetSocketAddress address) throws IOException {
        return startServer(handler, address, StreamOptions.DEFAULT);
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
        TlsUpgrade.tryOnServer(options);
        Server server = new Server(engine, handler, options);
        server.bind(addresses, options);
        return server.begin();
    }

    // ---- servers on several loops

    /** Starts a server on all loops of a group, with {@link StreamOptions#DEFAULT}. */
    public static GroupServer startServer(LoopGroup group, ClientHandler handler, String host, int port)
            throws IOException {
        return startServer(group, handler, host, port, StreamOptions.DEFAULT);
    }

    /**
     * Starts a server on all loops of a group, as {@link #startServer(ClientHandler, String, int, StreamOptions)} does on one. Unlike that
     * it may be called from any thread, on one of the loops or not. Either all loops take part that are not closed, or this fails.
     *
     * <p>Servers that are not of this program may share the port only with {@link StreamOptions#withReusePort}, as always.
     *
     * @param handler called on all loops; each client stays on one
     * @throws java.net.UnknownHostException when there is no such host
     * @throws BindException when the port is taken; it has the other failures suppressed
     * @throws IllegalArgumentException when there is no such port
     * @throws io.loomloop.LoopClosedException when all loops are closed
     */
    public static GroupServer startServer(
            LoopGroup group, ClientHandler handler, String host, int port, StreamOptions options) throws IOException {
        return startServer(group, handler, host, port, options, GroupOpening.isSpreadBySystem(group));
    }

    /** Either the system spreads the clients, or one loop hands them out. */
    static GroupServer startServer(
            LoopGroup group, ClientHandler handler, String host, int port, StreamOptions options, boolean spread)
            throws IOException {
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(host, "host");
        Objects.requireNonNull(options, "options");
        requirePort(port);
        return GroupOpening.start(group, () -> {
            EventLoop loop = begin(options).loop();
            List<InetSocketAddress> addresses = options.lookUp().endpoints(loop, host, port);
            return GroupOpening.open(group, handler, addresses, options, spread);
        });
    }

    /** As {@link #startServer(LoopGroup, ClientHandler, String, int)}, at one address that need not be looked up. */
    public static GroupServer startServer(LoopGroup group, ClientHandler handler, InetSocketAddress address)
            throws IOException {
        return startServer(group, handler, address, StreamOptions.DEFAULT);
    }

    /** As {@link #startServer(LoopGroup, ClientHandler, String, int, StreamOptions)}, at one address that need not be looked up. */
    public static GroupServer startServer(
            LoopGroup group, ClientHandler handler, InetSocketAddress address, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(options, "options");
        if (address.isUnresolved()) {
            return startServer(group, handler, address.getHostString(), address.getPort(), options);
        }
        return GroupOpening.start(
                group,
                () -> GroupOpening.open(
                        group, handler, List.of(address), options, GroupOpening.isSpreadBySystem(group)));
    }

    // ---- Unix domain sockets

    /** Connects to a Unix domain socket, with {@link StreamOptions#DEFAULT}: asyncio's {@code open_unix_connection}. */
    public static Connection openUnixConnection(Path path) throws IOException {
        return openUnixConnection(path, StreamOptions.DEFAULT);
    }

    /**
     * Connects to the Unix domain socket of a server on this machine. When the server has no room for one more client at the moment,
     * this waits until it has, or until {@link StreamOptions#withConnectTimeout}.
     *
     * <p>Addresses of such connections are {@link java.net.UnixDomainSocketAddress}; a client's own is empty.
     *
     * @param path of the default file system; most systems allow about 100 bytes
     * @throws java.net.SocketTimeoutException when it took longer than the options allow
     * @throws IOException when nobody listens there; it says which path it was
     * @throws IllegalArgumentException when the path is empty, or not of the default file system
     * @throws UnsupportedOperationException when this system has no such sockets, or not the options
     */
    public static Connection openUnixConnection(Path path, StreamOptions options) throws IOException {
        UnixDomainSocketAddress address = UnixSockets.address(path);
        SocketEngine engine = begin(options);
        requireClient(options, null);
        return secure(UnixSockets.connect(engine, address, options), null, options);
    }

    /** Starts a server at a Unix domain socket, with {@link StreamOptions#DEFAULT}: asyncio's {@code start_unix_server}. */
    public static Server startUnixServer(ClientHandler handler, Path path) throws IOException {
        return startUnixServer(handler, path, StreamOptions.DEFAULT);
    }

    /**
     * Starts a server at a Unix domain socket. It accepts when this returns.
     *
     * <p>The socket is a file. One that a server has left behind is removed first; a file at which somebody listens, and any other, is
     * left alone, and this fails. When the server or its loop is closed it removes the file if it is still its own.
     *
     * @param path of the default file system; most systems allow about 100 bytes
     * @throws BindException when there is a file already that is not left behind; it says which path it was
     * @throws IOException when the file cannot be made
     * @throws IllegalArgumentException when the path is empty, or not of the default file system
     * @throws UnsupportedOperationException when this system has no such sockets, or not the options
     */
    public static Server startUnixServer(ClientHandler handler, Path path, StreamOptions options) throws IOException {
        Objects.requireNonNull(handler, "handler");
        UnixDomainSocketAddress address = UnixSockets.address(path);
        SocketEngine engine = begin(options);
        TlsUpgrade.tryOnServer(options);
        options.tryOnUnixServer();
        return UnixSockets.listen(new Server(engine, handler, options), address, options)
                .begin();
    }

    /** Starts a server at a Unix domain socket on all loops of a group, with {@link StreamOptions#DEFAULT}. */
    public static GroupServer startUnixServer(LoopGroup group, ClientHandler handler, Path path) throws IOException {
        return startUnixServer(group, handler, path, StreamOptions.DEFAULT);
    }

    /**
     * Starts a server at a Unix domain socket on all loops of a group, as {@link #startUnixServer(ClientHandler, Path, StreamOptions)} does
     * on one. It may be called from any thread. One loop accepts the clients and hands them out to all in turn.
     *
     * @throws io.loomloop.LoopClosedException when all loops are closed
     */
    public static GroupServer startUnixServer(LoopGroup group, ClientHandler handler, Path path, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(group, "group");
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(options, "options");
        UnixDomainSocketAddress address = UnixSockets.address(path);
        return GroupOpening.start(group, () -> GroupOpening.open(group, handler, address, options));
    }

    // ---- names

    /** Looks up a name, with {@link StreamOptions#DEFAULT}: asyncio's {@code getaddrinfo}. */
    public static List<InetAddress> lookUp(String host) throws IOException {
        return lookUp(host, StreamOptions.DEFAULT);
    }

    /**
     * The addresses of a host, in the order of the resolver.
     *
     * @param host a name or a literal address, which is not looked up
     * @return at least one
     * @throws java.net.UnknownHostException when there is no such host
     * @throws java.net.SocketTimeoutException when it took longer than {@link StreamOptions#withResolveTimeout} says
     */
    public static List<InetAddress> lookUp(String host, StreamOptions options) throws IOException {
        Objects.requireNonNull(host, "host");
        EventLoop loop = begin(options).loop();
        return options.lookUp().addresses(loop, host);
    }

    /** Looks up the name of an address, with {@link StreamOptions#DEFAULT}: asyncio's {@code getnameinfo}. */
    public static String lookUpName(InetAddress address) throws IOException {
        return lookUpName(address, StreamOptions.DEFAULT);
    }

    /**
     * The name of an address, or the address as text when it has none.
     *
     * @throws java.net.SocketTimeoutException when it took longer than {@link StreamOptions#withResolveTimeout} says
     */
    public static String lookUpName(InetAddress address, StreamOptions options) throws IOException {
        Objects.requireNonNull(address, "address");
        EventLoop loop = begin(options).loop();
        return options.lookUp().name(loop, address);
    }

    // ---- channels of the caller's

    /** As {@link #adopt(SocketChannel, StreamOptions)}, with {@link StreamOptions#DEFAULT}. */
    public static Connection adopt(SocketChannel channel) throws IOException {
        return adopt(channel, StreamOptions.DEFAULT);
    }

    /**
     * Makes a connection of a channel that was connected or accepted elsewhere: asyncio's {@code open_connection(sock=...)} and
     * {@code connect_accepted_socket}. The channel is made non-blocking, and belongs to the connection from now on, which closes it.
     *
     * @throws IllegalArgumentException when the channel is not connected; it stays open
     * @throws IllegalStateException when the channel is used already on this loop, see {@link Sockets}; it stays open
     * @throws java.nio.channels.ClosedChannelException when it is closed
     */
    public static Connection adopt(SocketChannel channel, StreamOptions options) throws IOException {
        Objects.requireNonNull(channel, "channel");
        SocketEngine engine = begin(options);
        Tls tls = options.tls();
        if (tls != null) {
            TlsUpgrade.requireName(tls, null);
        }
        return secure(Adoption.connection(engine, channel, options), null, options);
    }

    /** As {@link #adopt(ClientHandler, ServerSocketChannel, StreamOptions)}, with {@link StreamOptions#DEFAULT}. */
    public static Server adopt(ClientHandler handler, ServerSocketChannel channel) throws IOException {
        return adopt(handler, channel, StreamOptions.DEFAULT);
    }

    /**
     * Starts a server with a channel that was bound elsewhere: asyncio's {@code start_server(sock=...)}. The channel is made
     * non-blocking, and belongs to the server from now on, which closes it.
     *
     * @throws IllegalArgumentException when the channel is not bound; it stays open
     * @throws IllegalStateException when the channel is used already on this loop, see {@link Sockets}; it stays open
     * @throws java.nio.channels.ClosedChannelException when it is closed
     */
    public static Server adopt(ClientHandler handler, ServerSocketChannel channel, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(handler, "handler");
        Objects.requireNonNull(channel, "channel");
        return Adoption.server(begin(options), handler, channel, options);
    }

    // ---- TLS

    /**
     * Secures a connection that has been in use, a client's or that of a server's client, as is agreed by {@code STARTTLS}: asyncio's
     * {@code StreamWriter.start_tls}. What was written before is sent before. The handshake is that of a client or of a server, as the
     * settings say; if it fails, or the task is cancelled in it, the connection is closed.
     *
     * <p>Works with the streams of a program too, and with a connection that has TLS already.
     *
     * @return the secured connection. The old reader and writer cannot be used any more, except to close and to wait for that
     * @throws javax.net.ssl.SSLException when the handshake fails; or when bytes wait to be read, see {@link Tls#withBufferedBytes}: then
     *     nothing has happened yet, and the connection should be closed
     * @throws IOException when the connection is lost
     * @throws IllegalArgumentException when reader and writer are not those of one connection; or when a client's settings lack
     *     {@link Tls#withServerName}, without which it cannot know to whom it talks; {@link Connection#upgradeToTls} knows the name
     * @throws IllegalStateException when another task is reading, or the output has ended
     */
    public static Connection upgradeToTls(StreamReader reader, StreamWriter writer, Tls tls) throws IOException {
        return TlsUpgrade.upgrade(reader, writer, tls, null);
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
