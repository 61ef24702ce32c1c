package io.loomloop.nio;

import io.loomloop.LoopGroup;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;

/**
 * A server on all loops of a {@link LoopGroup}, at one address. What
 * {@link Streams#startServer(LoopGroup, ClientHandler, String, int)} returns.
 *
 * <p>Each client is served by a task on one of the loops, as {@link Server} describes, and stays there. So the handler runs on several
 * threads at a time: what its calls share has to be thread-safe, or to belong to one loop. On Linux each loop has listening sockets of its
 * own and the system spreads the clients, about evenly when there are many. Elsewhere, and at Unix domain sockets, one loop accepts them
 * and hands them out to all in turn; such clients are watched by a selector even on loops with a {@link ProactorDriver}.
 *
 * <p>{@link StreamOptions#withMaxConnections} is for all loops together. When a loop of the group is closed by itself its clients end with
 * it, and the other loops serve those who come later and those who wait to be accepted; the latter are refused if the loop has a
 * {@link ProactorDriver}. For that each loop has a task, {@code server at ...}; to cancel it takes the loop out of the server.
 *
 * <p>All methods may be called from any thread.
 */
public final class GroupServer implements AutoCloseable {
    private final LoopGroup group;
    private final Servers servers;
    private final StreamOptions options;

    GroupServer(LoopGroup group, Servers servers, StreamOptions options) {
        this.group = group;
        this.servers = servers;
        this.options = options;
    }

    // ---- asking

    /** The loops on which this serves. */
    public LoopGroup group() {
        return group;
    }

    /** The addresses at which this server listens, or did until it was closed. */
    public List<SocketAddress> addresses() {
        return servers.addresses();
    }

    /**
     * The port at which this server listens, or did until it was closed; the first one if there are several.
     *
     * @throws IllegalStateException when no address has a port
     */
    public int port() {
        return servers.port();
    }

    /** True from when this server accepts clients until it is closed, also while it has as many as it may have. */
    public boolean isServing() {
        return servers.isServing();
    }

    /** How many clients are connected, on all loops together, those included whose connections are closing. */
    public int connections() {
        return servers.connections();
    }

    /** The servers of the single loops. */
    List<Server> servers() {
        return servers.all();
    }

    // ---- serving

    /**
     * Begins to accept clients, see {@link Server#startServing}. Never waits.
     *
     * @throws IllegalStateException when this server is closed
     */
    public void startServing() {
        servers.startServing();
    }

    /** Serves, and waits until this server is closed and its clients have gone, see {@link Server#serveForever}. A cancellation point. */
    public void serveForever() {
        servers.serveForever(options.shutdownGrace());
    }

    // ---- ending

    /**
     * Ends this server in good order, on all loops at the same time, see {@link Server#shutdown}. A cancellation point.
     *
     * @param grace how long the handlers may take to end by themselves, and their answers to be sent; zero for no time
     * @throws IllegalArgumentException when negative
     * @throws IllegalStateException in the handler of a client, which would wait for itself
     */
    public void shutdown(Duration grace) {
        servers.shutdown(grace);
    }

    /**
     * Stops listening, on all loops. Clients are served on; those that wait to be accepted are refused. Does nothing the second time.
     * Never waits: {@link #waitClosed} does.
     */
    @Override
    public void close() {
        servers.close();
    }

    /** Closes the connections of all clients, see {@link Server#closeClients}. Never waits. */
    public void closeClients() {
        servers.closeClients();
    }

    /** Closes the connections of all clients at once, see {@link Server#abortClients}. Never waits. */
    public void abortClients() {
        servers.abortClients();
    }

    /** Waits until this server is closed, its sockets are free, and no client is connected any more. A cancellation point. */
    public void waitClosed() {
        servers.waitClosed();
    }

    @Override
    public String toString() {
        return "GroupServer[" + servers + "]";
    }
}
