package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.Context;
import io.loomloop.Task;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The clients of a server: their connections, and the tasks that serve them.
 *
 * <pre>
 *  a client:  present --its connection is released, its handler has ended, whichever comes last--> gone
 * </pre>
 */
final class Clients {
    private final Server server;
    private final Room room;
    // of whoever has started the server
    private final Context context = Context.copyOfCurrent();

    // an I/O thread adds, whoever releases the connection removes, any thread reads
    private final Set<Client> connected = ConcurrentHashMap.newKeySet();
    // an I/O thread adds, whoever sees the last part of a client end subtracts
    private final AtomicInteger present = new AtomicInteger();
    // all loop thread only
    private final OncePerMinute failedHandshakes = new OncePerMinute();
    private final Set<Task<?>> handlers = new LinkedHashSet<>();
    private boolean cancelled;

    /** Nobody yet. */
    Clients(Server server, Room room) {
        this.server = server;
        this.room = room;
    }

    // ---- any thread

    /** Those who have a connection, those included whose connections are closing. */
    Set<Client> connected() {
        return connected;
    }

    /** How many clients have a connection or a handler. */
    int present() {
        return present.get();
    }

    /** A context for a handler: what it sets is its own. */
    Context newContext() {
        return context.copy();
    }

    /** True when the caller is the handler of a client. */
    boolean isServedByCaller() {
        try {
            return server.loop().isCurrent() && handlers.contains(Async.currentTask());
        } catch (IllegalStateException e) {
            return false; // a callback of the loop
        }
    }

    // ---- I/O thread

    /** A client has come, and has its place. */
    Client add(SocketStream socket) {
        Client client = new Client(server, this, socket);
        present.incrementAndGet();
        connected.add(client);
        return client;
    }

    /** A connection is released. */
    void remove(Client client) {
        connected.remove(client);
        server.wakeWaiters();
    }

    // ---- any thread

    /** A client has neither a connection nor a handler any more. */
    void gone() {
        present.decrementAndGet();
        room.giveBack();
        server.wakeWaiters();
    }

    // ---- loop thread

    /** True when no handler is to begin any more. */
    boolean isCancelled() {
        return cancelled;
    }

    /** True when it is time to report that a handshake has failed: anybody can make them fail, as often as they like. */
    boolean isReportDue() {
        return failedHandshakes.isDue(server.loop().time());
    }

    void handlerBegins(Task<?> task) {
        handlers.add(task);
    }

    void handlerEnded(Task<?> task) {
        handlers.remove(task);
    }

    /** Cancels all handlers, those included that are about to begin. */
    void cancelHandlers() {
        cancelled = true;
        new ArrayList<>(handlers).forEach(task -> task.cancel("the server is shut down"));
    }
}
