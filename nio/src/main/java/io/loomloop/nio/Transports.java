package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Connections and servers of a {@link Protocol}: asyncio's {@code create_connection}, {@code create_server} and
 * {@code connect_accepted_socket}, and datagrams of a {@link DatagramProtocol}.
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
        return start(Streams.openConnection(host, port, options), protocol);
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
        Objects.requireNonNull(protocol, "protocol");
        TransportPump pump = new TransportPump(connection.reader(), connection.writer(), protocol);
        try {
            Task<@Nullable Void> task = EventLoop.current()
                    .createTask("transport " + connection.writer().sink(), () -> pump.run());
            task.addDoneCallback(done -> pump.taskEnded());
            pump.awaitMade();
            return pump.transport();
        } catch (Throwable failure) {
            pump.abort();
            throw failure;
        }
    }

    // ---- datagrams

    /**
     * Hands an endpoint to a protocol, which gets its datagrams from now on: asyncio's {@code create_datagram_endpoint}. Leave receiving
     * to it. Returns when {@link DatagramProtocol#connectionMade} has.
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
        try {
            Task<@Nullable Void> task = endpoint.loop().createTask("transport " + endpoint, () -> pump.run());
            task.addDoneCallback(done -> pump.taskEnded());
            pump.awaitMade();
            return pump.transport();
        } catch (Throwable failure) {
            pump.abort();
            throw failure;
        }
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

    /**
     * A handler that makes a protocol for each client, for any server of {@link Streams}. The client's task calls the protocol and ends
     * after {@link Protocol#connectionLost}. When the supplier throws, that goes to the exception handler, and the connection is closed.
     */
    public static ClientHandler handler(Supplier<? extends Protocol> protocols) {
        Objects.requireNonNull(protocols, "protocols");
        return (reader, writer) -> {
            Protocol protocol = Objects.requireNonNull(protocols.get(), "the protocol that the supplier gave");
            TransportPump pump = new TransportPump(reader, writer, protocol);
            try {
                pump.run();
            } finally {
                pump.taskEnded();
            }
        };
    }
}
