package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Listening sockets and the clients that came through them: asyncio's {@code Server}. What
 * {@link Streams#startServer(ClientHandler, String, int)} returns.
 *
 * <p>Each client is served by a task of its own, named like {@code client /127.0.0.1:4242}, in a copy of the context of whoever has
 * started the server; clients of a Unix domain socket have no addresses, and are named after the server's. When the task ends,
 * however it does, the connection is closed; what was written is still sent. What the handler throws goes to the loop's exception handler, unless the
 * task was cancelled.
 *
 * <p>{@link #close} stops listening and leaves the clients alone; {@link #closeClients} and {@link #abortClients} are for them;
 * {@link #shutdown} ends both, in good order. When the loop closes, everything is closed. All methods may be called from any thread.
 */
public final class Server implements AutoCloseable {
    /** A channel that was accepted, to be made into a connection. */
    interface Accepted {
        SocketStream connection(StreamOptions options) throws IOException;
    }

    private final SocketEngine engine;
    private final ClientHandler handler;
    private final StreamOptions options;
    private final Servers servers;
    private final Clients clients;
    private final ServerEnding ending;
    private final OncePerMinute refusals = new OncePerMinute();
    // any thread sets: the loop is about to end
    private volatile boolean leaving;

    Server(SocketEngine engine, ClientHandler handler, StreamOptions options) {
        this(engine, handler, options, new Servers(options, false));
        servers.set(List.of(this));
    }

    /** One of several; they are told to {@code servers} next. */
    Server(SocketEngine engine, ClientHandler handler, StreamOptions options, Servers servers) {
        this.engine = engine;
        this.handler = handler;
        this.options = options;
        this.servers = servers;
        this.clients = new Clients(this, servers.room());
        this.ending = new ServerEnding(engine.loop(), clients, servers::wakeWaiters);
    }

    // ---- the opener

    /** Makes listening sockets of the loop's kind; {@link #begin} follows. */
    void bind(List<InetSocketAddress> addresses, StreamOptions how) throws IOException {
        CompletionEngine completions = engine.completions();
        if (completions == null) {
            bindPolled(addresses, how);
            return;
        }
        how.tryOnServer(completions::openListener, completions::openChannel);
        servers.add(
                Binding.bind(addresses, how, completions), channel -> new CompletionListener(engine, this, channel));
    }

    /** As {@link #bind}, and clients may be served on other loops. */
    void bindPolled(List<InetSocketAddress> addresses, StreamOptions how) throws IOException {
        how.tryOnServer();
        servers.add(Binding.bind(addresses, how), this::listener);
    }

    /** Takes over the socket of a Unix domain; {@link #begin} follows. */
    void take(UnixFile bound) throws IOException {
        servers.set(bound);
        servers.add(List.of(bound.channel()), this::listener);
    }

    /** Begins to accept, if it is to do so at once. */
    Server begin() {
        servers.begin();
        return this;
    }

    /** Takes over bound channels, and begins. */
    Server listen(List<ServerSocketChannel> channels) throws IOException {
        servers.add(channels, this::listener);
        return begin();
    }

    private Listener listener(ServerSocketChannel channel) throws IOException {
        return new Listener(engine, this, channel, options.backlog());
    }

    /** What serves the clients. */
    ClientHandler handler() {
        return handler;
    }

    /** What their connections are secured with, or null. */
    @Nullable
    Tls tls() {
        return options.tls();
    }

    // ---- I/O thread

    /** True when a listener may accept one more client; else {@link ListeningSocket#resume} follows, or the end. */
    boolean canAccept() {
        return isServing() && servers.room().hasPlace();
    }

    /** As {@link #canAccept}, and takes the place of that client, who is admitted next; else {@link #leavePlace}. */
    boolean takePlace() {
        return isServing() && servers.room().take();
    }

    /** The client of {@link #takePlace} did not come. */
    void leavePlace() {
        servers.room().giveBack();
    }

    /**
     * Begins to serve a client, who has a place, here or on another loop, or closes it when that is not possible; must not throw.
     */
    void admit(SocketChannel channel, ServerSocketChannel listener) {
        Server host = servers.hostFor(this);
        host.admit(channel, host == this, given -> {
            channel.configureBlocking(false);
            given.applyToClient(channel, listener);
            return new StreamSocket(host.engine, channel, given);
        });
    }

    /** As {@link #admit(SocketChannel, ServerSocketChannel)}, here. */
    void admit(NetworkChannel channel, Accepted accepted) {
        admit(channel, true, accepted);
    }

    /** {@code here} unless another loop's I/O thread has accepted the client. */
    private void admit(NetworkChannel channel, boolean here, Accepted accepted) {
        SocketStream socket;
        try {
            socket = accepted.connection(options);
            socket.watchAsClient(options);
        } catch (IOException e) {
            Poller.closeQuietly(channel);
            leavePlace();
            if (refusals.isDue(engine.loop().time())) { // mostly the client has gone already
                engine.report(new ErrorContext("cannot serve a client at " + addresses(), e));
            }
            return;
        } catch (RuntimeException | Error e) { // an error is most likely that no memory is left
            Poller.closeQuietly(channel);
            leavePlace();
            engine.report(new ErrorContext("cannot serve a client at " + addresses(), e));
            return;
        }
        Client client = clients.add(socket);
        if (servers.isClosed()) {
            client.refuse(); // came too late to be seen by closeClients
        } else {
            client.begin(here);
        }
    }

    /** A listener's descriptor is free. */
    void released(ListeningSocket listener) {
        servers.released(listener);
    }

    /**
     * Gives the channel of a listener, whose loop is about to end, to a listener of another loop. False when there is none, or the server
     * is closed.
     */
    boolean handOver(Listener from, ServerSocketChannel channel) {
        leaving = true;
        Server heir = servers.isClosed() ? null : servers.next();
        if (heir == null) {
            return false;
        }
        Listener successor;
        try {
            successor = heir.listener(channel);
        } catch (IOException e) {
            return false; // somebody has closed it
        }
        servers.begin(successor);
        servers.forget(from);
        return true;
    }

    // ---- any thread

    /** True when the loop is about to end, or has: it had better get no more clients. */
    boolean isLeaving() {
        return leaving || engine.isClosing() || engine.loop().isClosed();
    }

    /** The loop is about to end. */
    void leave() {
        leaving = true;
        servers.leave();
    }

    /** Something has gone that somebody may wait for. */
    void wakeWaiters() {
        servers.wakeWaiters();
    }

    Clients clients() {
        return clients;
    }

    ServerEnding ending() {
        return ending;
    }

    /** Throws if the calling task was cancelled. */
    void checkpoint() {
        engine.checkpoint();
    }

    /** True in the handler of a client. */
    boolean isServingCaller() {
        return clients.isServedByCaller();
    }

    /** True when no client is left: neither a connection nor a handler. Once nobody listens. */
    boolean isGone() {
        return clients.present() == 0 || engine.loop().isClosed(); // which may have left a handler that never began
    }

    /** As {@link #isGone}, but leaves handlers behind that ignore their cancellation. */
    boolean hasEnded() {
        return isGone() || (ending.isAborted() && clients.connected().isEmpty());
    }

    // ---- asking

    /** The loop this server runs on: asyncio's {@code get_loop}. */
    public EventLoop loop() {
        return engine.loop();
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

    /** How many clients are connected, those included whose connections are closing. */
    public int connections() {
        return servers.connections();
    }

    // ---- serving

    /**
     * Begins to accept clients, if the server was started {@linkplain StreamOptions#withStartServing without}. Those who wait in the
     * backlog come first. Never waits. Does nothing when it serves already. asyncio's {@code start_serving}.
     *
     * @throws IllegalStateException when this server is closed
     */
    public void startServing() {
        servers.startServing();
    }

    /**
     * Serves, and waits until this server is closed and its clients have gone: asyncio's {@code serve_forever}, which a call of
     * {@link #close} ends regularly here. A cancellation point.
     *
     * <p>When the waiting task is cancelled it closes the server and the clients' connections, so that their handlers find the end of
     * what they read. After three seconds the handlers that are left are cancelled, after three more what is left of the
     * connections is aborted. With a {@linkplain StreamOptions#withShutdownGrace grace} it ends the server as {@link #shutdown} does
     * instead. Then it is cancelled, even if a handler ignores its own cancellation. When the task is cancelled once more before that, there is no more grace.
     */
    public void serveForever() {
        servers.serveForever(options.shutdownGrace());
    }

    // ---- ending

    /**
     * Ends this server in good order, and returns when everything has gone: stops listening, gives the handlers time to end by
     * themselves, then cancels those that are left, and three seconds later aborts what is left of the connections. A handler that
     * waits for the next request of an idle client can ask {@link #isServing} between two requests.
     *
     * <p>May be called again, and by several at a time; the shortest grace counts. A cancellation point: when the caller is
     * cancelled, the time of grace is over for all, and the call waits for the end. It does not wait for a handler that ignores its
     * cancellation then, as it does otherwise. When it is cancelled once more, the connections are aborted at once.
     *
     * @param grace how long the handlers may take to end by themselves, and their answers to be sent; zero for no time
     * @throws IllegalArgumentException when negative
     * @throws IllegalStateException in the handler of a client, which would wait for itself
     */
    public void shutdown(Duration grace) {
        servers.shutdown(grace);
    }

    /**
     * Stops listening. Clients are served on; those that wait to be accepted are refused. Does nothing the second time. Never waits:
     * {@link #waitClosed} does.
     */
    @Override
    public void close() {
        servers.close();
    }

    /**
     * Closes the connections of all clients, see {@link StreamWriter#close}; a file that is being sent is sent to its end first. Their
     * tasks go on and find out; what their readers and writers throw then is not reported. Never waits.
     */
    public void closeClients() {
        servers.closeClients();
    }

    /** Closes the connections of all clients at once, see {@link StreamWriter#abort}. Their tasks go on and find out. Never waits. */
    public void abortClients() {
        servers.abortClients();
    }

    /**
     * Waits until this server is closed, its sockets are free, and no client is connected any more. Handlers may go on without a
     * connection; {@link #shutdown} waits for them too. A cancellation point.
     */
    public void waitClosed() {
        servers.waitClosed();
    }

    @Override
    public String toString() {
        return "Server[" + servers + "]";
    }
}
