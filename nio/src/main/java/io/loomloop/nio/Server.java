package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Listening sockets and the clients that came through them: asyncio's {@code Server}. What
 * {@link Streams#startServer(ClientHandler, String, int)} returns.
 *
 * <p>Each client is served by a task of its own, named like {@code client /127.0.0.1:4242}. When the task ends, however it does, the
 * connection is closed; what was written is still sent. What the handler throws goes to the loop's exception handler, unless the
 * task was cancelled.
 *
 * <p>{@link #close} stops listening and leaves the clients alone; {@link #closeClients} and {@link #abortClients} are for them.
 * When the loop closes, everything is closed. All methods may be called from any thread.
 */
public final class Server implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");

    private final SocketEngine engine;
    private final ClientHandler handler;
    private final StreamOptions options;
    private final Waiters waiters = new Waiters();
    // the I/O thread adds and removes, any thread reads
    private final Set<StreamSocket> clients = ConcurrentHashMap.newKeySet();
    // the opener adds before anybody else sees this, the I/O thread removes
    private final Set<Listener> listening = ConcurrentHashMap.newKeySet();
    // the opener sets
    private List<SocketAddress> addresses = List.of();
    // I/O thread only
    private final OncePerMinute refusals = new OncePerMinute();
    // any thread sets
    private volatile boolean closed;

    Server(SocketEngine engine, ClientHandler handler, StreamOptions options) {
        this.engine = engine;
        this.handler = handler;
        this.options = options;
    }

    /** Takes over bound channels and begins to accept. */
    Server listen(List<ServerSocketChannel> channels) throws IOException {
        List<SocketAddress> bound = new ArrayList<>();
        for (ServerSocketChannel channel : channels) {
            bound.add(channel.getLocalAddress());
            listening.add(new Listener(engine, this, channel, options.backlog()));
        }
        addresses = List.copyOf(bound);
        listening.forEach(listener -> listener.request(Listener.START));
        return this;
    }

    // ---- I/O thread

    /** Begins to serve a client, or closes it when that is not possible; must not throw. */
    void admit(SocketChannel channel, ServerSocketChannel listener) {
        StreamSocket socket;
        try {
            channel.configureBlocking(false);
            options.applyToClient(channel, listener);
            socket = new StreamSocket(engine, channel, options);
        } catch (IOException e) {
            Poller.closeQuietly(channel);
            if (refusals.isDue(engine.loop().time())) { // mostly the client has gone already
                engine.report(new ErrorContext("cannot serve a client at " + addresses, e));
            }
            return;
        } catch (RuntimeException e) {
            Poller.closeQuietly(channel);
            engine.report(new ErrorContext("cannot serve a client at " + addresses, e));
            return;
        }
        socket.onReleased(() -> {
            clients.remove(socket);
            waiters.wakeAll();
        });
        clients.add(socket);
        if (closed) {
            socket.abort(); // came too late to be seen by closeClients
            return;
        }
        try {
            socket.start();
        } catch (Throwable failure) {
            socket.fail(failure);
            return;
        }
        // Not here: to start a task takes locks of the JDK, and this may be the raw loop thread.
        if (!engine.callSoon(() -> serve(socket))) {
            socket.abort();
        }
    }

    /** A listener's descriptor is free. */
    void released(Listener listener) {
        listening.remove(listener);
        waiters.wakeAll();
    }

    // ---- loop thread

    private void serve(StreamSocket socket) {
        try {
            startTask(socket);
        } catch (Throwable failure) { // most likely no memory is left
            socket.abort();
            throw failure;
        }
    }

    private void startTask(StreamSocket socket) {
        StreamReader reader = new StreamReader(socket);
        StreamWriter writer = new StreamWriter(socket);
        Task<@Nullable Void> task =
                engine.loop().createTask("client " + socket.remoteAddress(), () -> runHandler(socket, reader, writer));
        // For a task that is cancelled before it begins; any other has closed the writer by then.
        task.addDoneCallback(done -> writer.close());
    }

    // ---- the task of a client

    private void runHandler(StreamSocket socket, StreamReader reader, StreamWriter writer) throws Exception {
        try {
            handler.handle(reader, writer);
        } catch (Throwable failure) {
            Task<?> task = Async.currentTask();
            if (isCancellation(failure, task)) {
                throw failure;
            }
            if (isLossOf(socket, failure)) {
                LOG.log(System.Logger.Level.DEBUG, "{0} has gone: {1}", task.name(), failure.getMessage());
                return;
            }
            engine.loop()
                    .callExceptionHandler(new ErrorContext(
                            "unhandled exception in the handler of " + task.name(), failure, task, null));
        } finally {
            writer.close();
        }
    }

    /** True for what the reader and the writer throw when the client has broken the connection off. */
    private static boolean isLossOf(StreamSocket socket, Throwable failure) {
        IOException loss = socket.outcome().failure();
        return loss != null && failure instanceof IOException && failure.getCause() == loss;
    }

    private static boolean isCancellation(Throwable failure, Task<?> task) {
        boolean interruption = failure instanceof InterruptedException
                || failure instanceof InterruptedIOException
                || failure instanceof ClosedByInterruptException;
        return failure instanceof CancelledException || (interruption && task.cancelling() > 0);
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

    /** True until this server is closed. */
    public boolean isServing() {
        return !closed;
    }

    /** How many clients are connected, those included whose connections are closing. */
    public int connections() {
        return clients.size();
    }

    // ---- ending

    /**
     * Waits until this server is closed and its clients have gone: asyncio's {@code serve_forever}, which a call of {@link #close}
     * ends regularly here. When the waiting task is cancelled it closes the server and the clients' connections, waits for them, and
     * then is cancelled. A cancellation point.
     */
    public void serveForever() {
        try {
            waitClosed();
        } catch (CancelledException e) {
            close();
            closeClients();
            waitClosed();
            throw e;
        }
    }

    /**
     * Stops listening. Clients are served on; those that wait to be accepted are refused. Does nothing the second time. Never waits:
     * {@link #waitClosed} does.
     */
    @Override
    public void close() {
        closed = true;
        listening.forEach(listener -> listener.request(Listener.STOP));
    }

    /** Closes the connections of all clients, see {@link StreamWriter#close}. Their tasks go on and find out. Never waits. */
    public void closeClients() {
        clients.forEach(StreamSocket::close);
    }

    /** Closes the connections of all clients at once, see {@link StreamWriter#abort}. Their tasks go on and find out. Never waits. */
    public void abortClients() {
        clients.forEach(StreamSocket::abort);
    }

    /**
     * Waits until this server is closed, its sockets are free, and no client is connected any more. A cancellation point.
     */
    public void waitClosed() {
        engine.checkpoint();
        waiters.await(engine.loop(), () -> closed && listening.isEmpty() && clients.isEmpty());
    }

    @Override
    public String toString() {
        return "Server[" + addresses + ", " + (closed ? "closed" : "serving") + ", connections=" + clients.size() + "]";
    }
}
