package io.loomloop.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Connections and servers of a {@link Protocol}: asyncio's {@code create_connection}, {@code create_server} and
 * {@code connect_accepted_socket}, those of Unix domain sockets, and datagrams of a {@link DatagramProtocol}.
 *
 * <p>They are made from connections, handlers and endpoints of any kind: what {@link Streams} can open, {@code start} takes
 * over, and where it can serve, {@link #handler} serves. The other methods are shorthands.
 *
 * <p>Each method but {@link #handler} runs on a loop, in a task or a callback; elsewhere it fails with {@link IllegalStateException}.
 * Each is a cancellation point, and one that is cancelled leaves no connection behind.
 */
public final class Transports {
    private Transports() {}

    // ---- connections

    /**
     * Connects a protocol to a host, with {@link StreamOptions#DEFAULT}: asyncio's {@code create_connection}.
     *
     * @see #connect(Protocol, String, int, StreamOptions)
     */
    public static Transport connect(Protocol protocol, String host, int port) throws IOException {
        return connect(protocol, host, port, StreamOptions.DEFAULT);
    }

    /**
     * Connects a protocol to a host, as {@link Streams#openConnection(String, int, StreamOptions)} does, and returns when
     * {@link Protocol#connectionMade} has. If that failed, the transport is closed.
     *
     * @param protocol serves this connection alone
     * @throws IOException when there is no connection; then the protocol is not called
     */
    public static Transport connect(Protocol protocol, String host, int port, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(protocol, "protocol");
        return begin(Streams.openConnection(host, port, options), protocol);
    }

    /** As {@link #connect(Protocol, String, int)}, to an address that need not be looked up. */
    public static Transport connect(Protocol protocol, InetSocketAddress address) throws IOException {
        return connect(protocol, address, StreamOptions.DEFAULT);
    }

    /** As {@link #connect(Protocol, String, int, StreamOptions)}, to an address that need not be looked up. */
    public static Transport connect(Protocol protocol, InetSocketAddress address, StreamOptions options)
            throws IOException {
        Objects.requireNonNull(protocol, "protocol");
        return begin(Streams.openConnection(address, options), protocol);
    }

    /** Connects a protocol to a Unix domain socket, with {@link StreamOptions#DEFAULT}: asyncio's {@code create_unix_connection}. */
    public static Transport connectUnix(Protocol protocol, Path path) throws IOException {
        return connectUnix(protocol, path, StreamOptions.DEFAULT);
    }

    /**
     * As {@link #connect(Protocol, String, int, StreamOptions)}, to a Unix domain socket, see
     * {@link Streams#openUnixConnection(Path, StreamOptions)}.
     */
    public static Transport connectUnix(Protocol protocol, Path path, StreamOptions options) throws IOException {
        Objects.requireNonNull(protocol, "protocol");
        return begin(Streams.openUnixConnection(path, options), protocol);
    }

    /** Hands a connection over that nobody else knows. */
    private static Transport begin(Connection connection, Protocol protocol) throws IOException {
        try {
            return start(connection, protocol);
        } catch (Throwable failure) {
            connection.abort();
            throw failure;
        }
    }

    /**
     * Hands an open connection to a protocol: asyncio's {@code connect_accepted_socket}. What the connection's reader has read ahead
     * comes first; the reader itself refuses to read from now on, and the writer should be left alone. Returns when
     * {@link Protocol#connectionMade} has.
     *
     * @throws IllegalStateException when a task is reading from the connection; it is left as it is
     * @throws IOException when the connection's task was cancelled before it began
     */
    public static Transport start(Connection connection, Protocol protocol) throws IOException {
        Objects.requireNonNull(connection, "connection");
        Objects.requireNonNull(protocol, "protocol");
        TransportPump pump = new TransportPump(connection, protocol);
        pump.start();
        return pump.transport();
    }

    // ---- datagrams

    /**
     * Hands an endpoint to a protocol, which gets its datagrams from now on: asyncio's {@code create_datagram_endpoint}. Leave receiving
     * to it. Returns when {@link DatagramProtocol#connectionMade} has. If that failed, the transport is closed.
     *
     * <pre>{@code
     * Transports.start(DatagramEndpoint.bind("127.0.0.1", 4242), protocol);
     * }</pre>
     *
     * @throws IOException when the task of the endpoint was cancelled before it began
     */
    public static DatagramTransport start(DatagramEndpoint endpoint, DatagramProtocol protocol) throws IOException {
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(protocol, "protocol");
        endpoint.engine().ensureOnLoop("this endpoint");
        DatagramPump pump = new DatagramPump(endpoint, protocol);
        pump.start();
        return pump.transport();
    }

    // ---- servers

    /**
     * Starts a server that makes a protocol for each client, with {@link StreamOptions#DEFAULT}: asyncio's {@code create_server}.
     *
     * @see #startServer(Supplier, String, int, StreamOptions)
     */
    public static Server startServer(Supplier<? extends Protocol> protocols, String host, int port) throws IOException {
        return startServer(protocols, host, port, StreamOptions.DEFAULT);
    }

    /** As {@link Streams#startServer(ClientHandler, String, int, StreamOptions)}, with {@link #handler} of these protocols. */
    public static Server startServer(
            Supplier<? extends Protocol> protocols, String host, int port, StreamOptions options) throws IOException {
        return Streams.startServer(handler(protocols), host, port, options);
    }

    /** As {@link #startServer(Supplier, String, int)}, at one address that need not be looked up. */
    public static Server startServer(Supplier<? extends Protocol> protocols, InetSocketAddress address)
            throws IOException {
        return startServer(protocols, address, StreamOptions.DEFAULT);
    }

    /** As {@link #startServer(Supplier, String, int, StreamOptions)}, at one address that need not be looked up. */
    public static Server startServer(
            Supplier<? extends Protocol> protocols, InetSocketAddress address, StreamOptions options)
            throws IOException {
        return Streams.startServer(handler(protocols), address, options);
    }

    /**
     * Starts a server at a Unix domain socket that makes a protocol for each client, with {@link StreamOptions#DEFAULT}: asyncio's
     * {@code create_unix_server}.
     */
    public static Server startUnixServer(Supplier<? extends Protocol> protocols, Path path) throws IOException {
        return startUnixServer(protocols, path, StreamOptions.DEFAULT);
    }

    /** As {@link Streams#startUnixServer(ClientHandler, Path, StreamOptions)}, with {@link #handler} of these protocols. */
    public static Server startUnixServer(Supplier<? extends Protocol> protocols, Path path, StreamOptions options)
            throws IOException {
        return Streams.startUnixServer(handler(protocols), path, options);
    }

    /**
     * A handler that makes a protocol for each client, for any server of {@link Streams}. The client's task calls the protocol and ends
     * after {@link Protocol#connectionLost}. When the supplier throws, or gives null, that goes to the exception handler, and the
     * connection is closed.
     */
    public static ClientHandler handler(Supplier<? extends Protocol> protocols) {
        Objects.requireNonNull(protocols, "protocols");
        return (reader, writer) -> {
            Protocol protocol = Objects.requireNonNull(protocols.get(), "the supplier of protocols has given null");
            new TransportPump(reader, writer, protocol).run();
        };
    }
}
