package io.loomloop.nio;

import io.loomloop.CancelledException;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a user has as one server: a {@link Server} for each loop, of which there is just one unless it is a {@link GroupServer}. They
 * have their listening sockets, the limit of clients, the beginning and the end in common.
 *
 * <p>With {@code handOut} one of them listens, and hands the clients out to all in turn. Else each serves those that it accepts.
 */
final class Servers {
    /** Makes a bound channel into a listener. */
    interface Watcher<C> {
        ListeningSocket listener(C channel) throws IOException;
    }

    private final boolean handOut;
    private final Waiters waiters = new Waiters();
    private final Room room;
    // the opener adds before anybody else sees this, who moves one adds, who releases one removes
    private final Set<ListeningSocket> listening = ConcurrentHashMap.newKeySet();
    // any thread, atomic
    private final AtomicInteger turn = new AtomicInteger();
    // all the opener sets
    private List<Server> all = List.of();
    private List<SocketAddress> addresses = List.of();
    // for each loop that is watched: done when this is closed
    private final List<LoopFuture<@Nullable Void>> ends = new ArrayList<>();
    private @Nullable UnixFile file; // null unless this listens at a Unix domain socket
    // both any thread sets
    private volatile boolean started;
    private volatile boolean closed;

    Servers(StreamOptions options, boolean handOut) {
        this.handOut = handOut;
        this.room = new Room(options.maxConnections(), this::resumeListening);
        this.started = options.startServing();
    }

    // ---- the opener

    /** Sets who they are: at least one. */
    void set(List<Server> servers) {
        all = List.copyOf(servers);
    }

    /** The file goes when nobody listens any more. */
    void set(UnixFile bound) {
        file = bound;
    }

    /** Takes over bound channels; {@link #begin} follows. */
    <C extends NetworkChannel> void add(List<C> channels, Watcher<C> watcher) throws IOException {
        List<SocketAddress> bound = new ArrayList<>();
        for (C channel : channels) {
            bound.add(channel.getLocalAddress());
            listening.add(watcher.listener(channel));
        }
        if (addresses.isEmpty()) {
            addresses = List.copyOf(bound); // they are the same on all loops
        }
    }

    /** Begins to accept, if it is to do so at once. */
    void begin() {
        listening.forEach(ListeningSocket::begin);
    }

    /** Has the others take over in time, when a loop closes. */
    void watchLoops() {
        for (Server server : all) {
            LoopFuture<@Nullable Void> end = server.loop().createFuture();
            ends.add(end);
            var unused = server.loop().createTask("server at " + addresses, () -> {
                try {
                    end.await();
                } catch (CancelledException e) {
                    server.leave();
                    throw e;
                }
            });
        }
    }

    // ---- for listeners, I/O threads and completions

    Room room() {
        return room;
    }

    /** A listener's descriptor is free. */
    void released(ListeningSocket listener) {
        UnixFile removed = file;
        if (removed != null) {
            removed.remove(); // close has done so, but a loop that closes, or a listener that fails, has not
        }
        forget(listener);
    }

    /** A listener has been replaced by one on another loop. */
    void forget(ListeningSocket listener) {
        listening.remove(listener);
        if (listening.isEmpty() && all.stream().allMatch(Server::isLeaving)) {
            closed = true; // by the end of its loops: who waits for that would wait for ever
        }
        waiters.wakeAll();
    }

    /** A listener takes the place of one on another loop, which is forgotten then. */
    void begin(ListeningSocket listener) {
        listening.add(listener);
        if (closed) {
            listener.stop(); // came too late to be seen by close
        } else {
            listener.begin();
        }
    }

    /** Who serves a client that {@code acceptor} has accepted. */
    Server hostFor(Server acceptor) {
        Server host = handOut || acceptor.isLeaving() ? next() : null;
        return host == null ? acceptor : host;
    }

    /** The next one whose loop goes on; null when there is none. */
    @Nullable
    Server next() {
        for (int i = 0; i < all.size(); i++) { // each skipped turn is used up, or the next in line would get two shares
            Server server = all.get(turn.getAndUpdate(before -> (before + 1) % all.size()));
            if (!server.isLeaving()) {
                return server;
            }
        }
        return all.stream().filter(server -> !server.isLeaving()).findFirst().orElse(null); // others have used turns up
    }

    // ---- any thread

    List<Server> all() {
        return all;
    }

    List<SocketAddress> addresses() {
        return addresses;
    }

    int port() {
        for (SocketAddress address : addresses) {
            if (address instanceof InetSocketAddress internet) {
                return internet.getPort();
            }
        }
        throw new IllegalStateException("no address of this server has a port: " + addresses);
    }

    boolean isServing() {
        return started && !closed;
    }

    boolean isClosed() {
        return closed;
    }

    int connections() {
        return all.stream()
                .mapToInt(server -> server.clients().connected().size())
                .sum();
    }

    /** Has everyone look at their listeners: there is room for clients again, or it is time to begin. */
    private void resumeListening() {
        listening.forEach(ListeningSocket::resume);
    }

    /** A loop is about to end: its listeners go to the others. */
    void leave() {
        listening.forEach(ListeningSocket::leave);
    }

    /** Something has gone that somebody may wait for. */
    void wakeWaiters() {
        waiters.wakeAll();
    }

    // ---- serving

    void startServing() {
        if (closed) {
            throw new IllegalStateException("this server is closed, start another one: Server[" + this + "]");
        }
        acceptClients();
    }

    private void acceptClients() {
        started = true;
        resumeListening();
    }

    /** See {@link Server#serveForever}; with a grace of null the connections are closed at once. */
    void serveForever(@Nullable Duration grace) {
        acceptClients();
        try {
            waitClosed();
        } catch (CancelledException e) {
            endAfterCancellation(grace);
            throw e;
        }
    }

    private void endAfterCancellation(@Nullable Duration grace) {
        close();
        if (grace == null) {
            closeClients();
        }
        cancelIn(grace == null ? ServerEnding.PATIENCE : grace);
        try {
            await(Server::hasEnded);
        } catch (CancelledException again) {
            endAtOnce();
        }
    }

    // ---- ending

    /** See {@link Server#shutdown}. */
    void shutdown(Duration grace) {
        StreamOptions.requireGrace(Objects.requireNonNull(grace, "grace"));
        if (all.stream().anyMatch(Server::isServingCaller)) {
            throw new IllegalStateException(
                    "the handler of a client cannot wait for its own end: shut the server down in another task");
        }
        close();
        cancelIn(grace);
        try {
            checkpoint();
            await(Server::isGone);
        } catch (CancelledException e) {
            endAtOnce();
            throw e;
        }
    }

    /** Somebody is in a hurry: no more grace. Does not wait for handlers that ignore their cancellation. */
    private void endAtOnce() {
        cancelIn(Duration.ZERO);
        try {
            await(Server::hasEnded);
        } catch (CancelledException e) {
            all.forEach(server -> server.ending().abortNow());
            throw e;
        }
    }

    private void cancelIn(Duration grace) {
        all.forEach(server -> server.ending().cancelIn(grace));
    }

    /** Waits until nobody listens any more, so no client can come, and then for the clients of all loops. */
    private void await(Predicate<Server> isOver) {
        waiters.await(all.get(0).loop(), () -> isDeaf() && all.stream().allMatch(isOver));
        all.forEach(server -> server.ending().done());
    }

    /** True when this is closed and has no listening sockets any more; or their loops are, which close them in a moment. */
    boolean isDeaf() {
        return (closed && listening.isEmpty())
                || all.stream().allMatch(server -> server.loop().isClosed());
    }

    private void checkpoint() {
        all.get(0).checkpoint();
    }

    void close() {
        closed = true;
        for (LoopFuture<@Nullable Void> end : ends) {
            end.trySetResult(null);
        }
        UnixFile ours = file;
        ListeningSocket only =
                ours == null ? null : listening.stream().findFirst().orElse(null);
        if (ours == null || only == null) {
            stopListening();
        } else { // the loop of the listener, because that does the same if it is closed before
            ours.removeSoon(only.loop(), this::stopListening);
        }
    }

    private void stopListening() {
        listening.forEach(ListeningSocket::stop);
    }

    void closeClients() {
        all.forEach(server -> server.clients().connected().forEach(Client::close));
    }

    void abortClients() {
        all.forEach(server -> server.clients().connected().forEach(Client::abort));
    }

    void waitClosed() {
        checkpoint();
        waiters.await(all.get(0).loop(), () -> closed && listening.isEmpty() && connections() == 0);
    }

    /** The inside of a {@code toString}. */
    @Override
    public String toString() {
        String state = closed ? "closed" : started ? "serving" : "not serving yet";
        return addresses + ", " + state + ", connections=" + connections();
    }
}
