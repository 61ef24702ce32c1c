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
 *  full:      false --the I/O thread, when there is no room for another--> true
 *             true --who takes a client away--> false, and the server is told
 * </pre>
 *
 * The I/O thread sets {@code full}, then counts once more; who takes a client away lowers the count, then reads {@code full}. Both are
 * volatile, so no listener stays away while there is room. Whoever accepts a client takes a place first: listeners on several threads
 * may find the same one.
 */
final class Clients {
    private final Server server;
    private final int max;
    // of whoever has started the server
    private final Context context = Context.copyOfCurrent();

    // the I/O thread adds, whoever releases the connection removes, any thread reads
    private final Set<Client> connected = ConcurrentHashMap.newKeySet();
    // any thread, CAS: places that are taken
    private final AtomicInteger present = new AtomicInteger();
    // see above
    private volatile boolean full;
    // all loop thread only
    private final OncePerMinute failedHandshakes = new OncePerMinute();
    private final Set<Task<?>> handlers = new LinkedHashSet<>();
    private boolean cancelled;

    /** Nobody yet. */
    Clients(Server server, int max) {
        this.server = server;
        this.max = max;
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

    /** True when one more may be accepted; else the server is told as soon as that is so. */
    boolean hasRoom() {
        if (present.get() < max) {
            return true;
        }
        full = true;
        return present.get() < max;
    }

    /** Takes a place, which {@link #gone} gives back; false when there is none, see {@link #hasRoom}. */
    boolean take() {
        while (hasRoom()) {
            int before = present.get();
            if (before < max && present.compareAndSet(before, before + 1)) {
                return true;
            }
        }
        return false;
    }

    /** A client has come, and has its place. */
    Client add(SocketStream socket) {
        Client client = new Client(server, this, socket);
        connected.add(client);
        return client;
    }

    /** A connection is released. */
    void remove(Client client) {
        connected.remove(client);
        server.wakeWaiters();
    }

    // ---- any thread

    /** A client has neither a connection nor a handler any more, or has not come. */
    void gone() {
        present.decrementAndGet();
        if (full) {
            full = false;
            server.resumeListening();
        }
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
