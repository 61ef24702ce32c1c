package io.loomloop.nio;

import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
    /** Makes a bound channel into a listener. */
    private interface Watcher<C> {
        ListeningSocket listener(C channel) throws IOException;
    }

    /** A channel that was accepted, to be made into a connection. */
    interface Accepted {
        SocketStream connection(StreamOptions options) throws IOException;
    }

    private final SocketEngine engine;
    private final ClientHandler handler;
    private final StreamOptions options;
    private final Waiters waiters = new Waiters();
    private final Clients clients;
    private final ServerEnding ending;
    // the opener adds before anybody else sees this, whoever releases one removes it
    private final Set<ListeningSocket> listening = ConcurrentHashMap.newKeySet();
    // the opener sets
    private List<SocketAddress> addresses = List.of();
    // the opener sets; null unless this listens at a Unix domain socket
    private @Nullable UnixFile file;
    private final OncePerMinute refusals = new OncePerMinute();
    // both any thread sets
    private volatile boolean started;
    private volatile boolean closed;

    Server(SocketEngine engine, ClientHandler handler, StreamOptions options) {
        this.engine = engine;
        this.handler = handler;
        this.options = options;
        this.started = options.startServing();
        this.clients = new Clients(this, options.maxConnections());
        this.ending = new ServerEnding(engine.loop(), clients, waiters::wakeAll);
    }

    /** Takes over bound channels, and begins to accept if it is to do so at once. */
    Server listen(List<ServerSocketChannel> channels) throws IOException {
        return listen(channels, channel -> new Listener(engine, this, channel, options.backlog()));
    }

    /** As {@link #listen(List)}, with a {@link ProactorDriver}. */
    Server listenByCompletion(List<AsynchronousServerSocketChannel> channels) throws IOException {
        return listen(channels, channel -> new CompletionListener(engine, this, channel));
    }

    private <C extends NetworkChannel> Server listen(List<C> channels, Watcher<C> watcher) throws IOException {
        List<SocketAddress> bound = new ArrayList<>();
        for (C channel : channels) {
            bound.add(channel.getLocalAddress());
            listening.add(watcher.listener(channel));
        }
        addresses = List.copyOf(bound);
        listening.forEach(ListeningSocket::begin);
        return this;
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

    /** True when a listener may accept one more client; else {@link #resumeListening} follows, or the end. */
    boolean canAccept() {
        return isServing() && clients.hasRoom();
    }

    /** As {@link #canAccept}, and then takes the place of that client: {@link #admit} or {@link #leavePlace} follows. */
    boolean takePlace() {
        return isServing() && clients.take();
    }

    /** No client has come. */
    void leavePlace() {
        clients.gone();
    }

    /** As {@link #listen(List)}, at a Unix domain socket. */
    Server listen(UnixFile bound) throws IOException {
        file = bound;
        return listen(List.of(bound.channel()));
    }

    /** Begins to serve a client, or closes it when that is not possible; must not throw. */
    void admit(SocketChannel channel, ServerSocketChannel listener) {
        admit(channel, given -> {
            channel.configureBlocking(false);
            given.applyToClient(channel, listener);
            return new StreamSocket(engine, channel, given);
        });
    }

    /** As {@link #admit(SocketChannel, ServerSocketChannel)}. */
    void admit(NetworkChannel channel, Accepted accepted) {
        SocketStream socket;
        try {
            socket = accepted.connection(options);
            socket.watchAsClient(options);
        } catch (IOException e) {
            Poller.closeQuietly(channel);
            leavePlace();
            if (refusals.isDue(engine.loop().time())) { // mostly the client has gone already
                engine.report(new ErrorContext("cannot serve a client at " + addresses, e));
            }
            return;
        } catch (RuntimeException e) {
            Poller.closeQuietly(channel);
            leavePlace();
            engine.report(new ErrorContext("cannot serve a client at " + addresses, e));
            return;
        }
        Client client = clients.add(socket);
        if (closed) {
            client.refuse(); // came too late to be seen by closeClients
        } else {
            client.begin();
        }
    }

    /** A listener's descriptor is free. */
    void released(ListeningSocket listener) {
        UnixFile removed = file;
        if (removed != null) {
            removed.remove(); // close has done so, but a loop that closes, or a listener that fails, has not
        }
        listening.remove(listener);
        waiters.wakeAll();
    }

    // ---- any thread

    /** There is room for clients again. */
    void resumeListening() {
        listening.forEach(ListeningSocket::resume);
    }

    /** Something has gone that somebody may wait for. */
    void wakeWaiters() {
        waiters.wakeAll();
    }

    // ---- asking

    /** The loop this server runs on: asyncio's {@code get_loop}. */
    public EventLoop loop() {
        return engine.loop();
    }

    /** The addresses at which this server listens, or did until it was closed. */
    public List<SocketAddress> addresses() {
        return addresses;
    }

    /**
     * The port at which this server listens, or did until it was closed; the first one if there are several.
     *
     * @throws IllegalStateException when no address has a port
     */
    public int port() {
        for (SocketAddress address : addresses) {
            if (address instanceof InetSocketAddress internet) {
                return internet.getPort();
            }
        }
        throw new IllegalStateException("no address of this server has a port: " + addresses);
    }

    /** True from when this server accepts clients until it is closed, also while it has as many as it may have. */
    public boolean isServing() {
        return started && !closed;
    }

    /** How many clients are connected, those included whose connections are closing. */
    public int connections() {
        return clients.connected().size();
    }

    // ---- serving

    /**
     * Begins to accept clients, if the server was started {@linkplain StreamOptions#withStartServing without}. Those who wait in the
     * backlog come first. Never waits. Does nothing when it serves already. asyncio's {@code start_serving}.
     *
     * @throws IllegalStateException when this server is closed
     */
    public void startServing() {
        if (closed) {
            throw new IllegalStateException("this server is closed, start another one: " + this);
        }
        acceptClients();
    }

    private void acceptClients() {
        started = true;
        resumeListening();
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
        acceptClients();
        try {
            waitClosed();
        } catch (CancelledException e) {
            endAfterCancellation();
            throw e;
        }
    }

    private void endAfterCancellation() {
        close();
        Duration grace = options.shutdownGrace();
        if (grace == null) {
            closeClients();
            grace = ServerEnding.PATIENCE;
        }
        ending.cancelIn(grace);
        try {
            awaitEnd();
        } catch (CancelledException again) {
            endAtOnce();
        }
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
        StreamOptions.requireGrace(Objects.requireNonNull(grace, "grace"));
        if (clients.isServedByCaller()) {
            throw new IllegalStateException(
                    "the handler of a client cannot wait for its own end: shut the server down in another task");
        }
        close();
        ending.cancelIn(grace);
        try {
            engine.checkpoint();
            awaitGone();
        } catch (CancelledException e) {
            endAtOnce();
            throw e;
        }
    }

    private void awaitGone() {
        waiters.await(engine.loop(), this::isGone);
        ending.done();
    }

    private boolean isGone() {
        boolean left = !listening.isEmpty() || clients.present() > 0;
        return (closed && !left) || engine.loop().isClosed(); // which may have left a handler that never began
    }

    /** Somebody is in a hurry: no more grace. */
    private void endAtOnce() {
        ending.cancelIn(Duration.ZERO);
        try {
            awaitEnd();
        } catch (CancelledException e) {
            ending.abortNow();
            throw e;
        }
    }

    /** As {@link #awaitGone}, but leaves handlers behind that ignore their cancellation: for callers that are cancelled. */
    private void awaitEnd() {
        waiters.await(
                engine.loop(), () -> isGone() || (ending.isAborted() && listening.isEmpty() && connections() == 0));
        ending.done();
    }

    /**
     * Stops listening. Clients are served on; those that wait to be accepted are refused. Does nothing the second time. Never waits:
     * {@link #waitClosed} does.
     */
    @Override
    public void close() {
        closed = true;
        UnixFile ours = file;
        if (ours == null) {
            stopListening();
        } else {
            ours.removeSoon(engine.loop(), this::stopListening);
        }
    }

    private void stopListening() {
        listening.forEach(ListeningSocket::stop);
    }

    /**
     * Closes the connections of all clients, see {@link StreamWriter#close}; a file that is being sent is sent to its end first. Their
     * tasks go on and find out; what their readers and writers throw then is not reported. Never waits.
     */
    public void closeClients() {
        clients.connected().forEach(Client::close);
    }

    /** Closes the connections of all clients at once, see {@link StreamWriter#abort}. Their tasks go on and find out. Never waits. */
    public void abortClients() {
        clients.connected().forEach(Client::abort);
    }

    /**
     * Waits until this server is closed, its sockets are free, and no client is connected any more. Handlers may go on without a
     * connection; {@link #shutdown} waits for them too. A cancellation point.
     */
    public void waitClosed() {
        engine.checkpoint();
        waiters.await(engine.loop(), () -> closed && listening.isEmpty() && connections() == 0);
    }

    @Override
    public String toString() {
        String state = closed ? "closed" : started ? "serving" : "not serving yet";
        return "Server[" + addresses + ", " + state + ", connections=" + connections() + "]";
    }
}
