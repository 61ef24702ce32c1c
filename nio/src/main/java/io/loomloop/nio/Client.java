package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.Task;
import io.loomloop.TaskOptions;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.nio.channels.ClosedByInterruptException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** One client of a server: a connection, and the task in which the handler serves it. */
final class Client {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");

    private final Server server;
    private final Clients clients;
    private final SocketStream socket;
    // I/O thread and loop thread: the connection and the handler, until each has ended
    private final AtomicInteger parts = new AtomicInteger(2);
    // any thread sets: the server has closed the connection, which is news to the handler
    private volatile boolean dismissed;

    Client(Server server, Clients clients, SocketStream socket) {
        this.server = server;
        this.clients = clients;
        this.socket = socket;
        socket.onReleased(() -> {
            clients.remove(this);
            endPart();
            if (socket.engine().isClosing()) {
                endPart(); // a handler that has not begun never does; the others have ended
            }
        });
    }

    private void endPart() {
        if (parts.decrementAndGet() == 0) {
            clients.gone();
        }
    }

    // ---- any thread, on behalf of the server

    void close() {
        dismissed = true;
        socket.top().close();
    }

    void abort() {
        dismissed = true;
        socket.top().abort();
    }

    // ---- I/O thread

    /** Begins to serve, {@code here} or on another loop than that whose I/O thread calls; must not throw. */
    void begin(boolean here) {
        try {
            if (here) {
                socket.start();
            } else {
                socket.startSoon();
            }
        } catch (Throwable failure) {
            socket.fail(failure);
            endPart();
            return;
        }
        // Not here: to start a task takes locks of the JDK, and this may be the raw loop thread.
        if (!socket.engine().callSoon(this::serve)) {
            refuse();
        }
    }

    /** Closes the connection of a client that is not to be served. Also on the loop thread. */
    void refuse() {
        socket.abort();
        endPart();
    }

    // ---- loop thread

    private void serve() {
        if (clients.isCancelled()) {
            refuse();
            return;
        }
        try {
            startTask();
        } catch (Throwable failure) { // most likely no memory is left
            refuse();
            throw failure;
        }
    }

    private void startTask() {
        TaskOptions options = TaskOptions.named(name()).withContext(clients.newContext());
        Task<@Nullable Void> task = server.loop().createTask(options, this::handle);
        clients.handlerBegins(task);
        task.addDoneCallback(done -> {
            socket.top().close(); // for a task that is cancelled before it begins; any other has done so by then
            clients.handlerEnded(task);
            endPart();
        });
    }

    private String name() {
        String peer = Addresses.describe(socket.remoteAddress());
        return peer.isEmpty() ? "client of " + Addresses.describe(socket.localAddress()) : "client " + peer;
    }

    // ---- the task

    private void handle() throws Exception {
        try (Connection connection = open()) {
            if (connection != null) {
                server.handler().handle(connection.reader(), connection.writer());
            }
        } catch (Throwable failure) {
            Task<?> task = Async.currentTask();
            if (isCancellation(failure, task)) {
                throw failure;
            }
            if (failure instanceof SSLException handshake
                    && failure == socket.outcome().failure()) {
                reportHandshake(handshake); // of an upgrade
                return;
            }
            if (isLoss(failure)) {
                LOG.log(System.Logger.Level.DEBUG, "{0} has gone: {1}", task.name(), failure.getMessage());
                return;
            }
            server.loop()
                    .callExceptionHandler(new ErrorContext(
                            "unhandled exception in the handler of " + task.name(), failure, task, null));
        }
    }

    /** Makes the socket into what the handler gets; null when the client cannot be served. May wait. */
    private @Nullable Connection open() {
        Tls tls = server.tls();
        if (tls == null) {
            return new Connection(socket);
        }
        try {
            TlsStream secured = TlsHandshake.run(socket, socket, tls, ReadBuffer.EMPTY, null, 0);
            return new Connection(secured, secured, null);
        } catch (CancelledException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            reportHandshake(e);
            return null;
        }
    }

    /** Those who just hang up are no news. */
    private void reportHandshake(Exception failure) {
        LOG.log(System.Logger.Level.DEBUG, "the TLS handshake with {0} failed: {1}", socket.remoteAddress(), failure);
        boolean ordinary = isLoss(failure)
                || failure.getCause() instanceof EOFException
                || (socket.outcome().isAborted()
                        && failure instanceof IOException
                        && !(failure instanceof SSLException));
        if (!ordinary && clients.isReportDue()) {
            server.loop()
                    .callExceptionHandler(new ErrorContext(
                            "the TLS handshake with " + socket.remoteAddress()
                                    + " failed; others may have as well, one a minute is reported",
                            failure));
        }
    }

    /**
     * True for what the reader and the writer throw when the client has broken the connection off, or was too slow, or when the server
     * has closed it.
     */
    private boolean isLoss(Throwable failure) {
        IOException loss = socket.outcome().failure();
        boolean lost = loss != null && failure instanceof IOException && failure.getCause() == loss;
        boolean closed = failure instanceof SocketException || failure instanceof IncompleteReadException;
        return lost || (dismissed && closed && failure.getCause() == null);
    }

    private static boolean isCancellation(Throwable failure, Task<?> task) {
        boolean interruption = failure instanceof InterruptedException
                || failure instanceof InterruptedIOException
                || failure instanceof ClosedByInterruptException;
        return failure instanceof CancelledException || (interruption && task.cancelling() > 0);
    }
}
