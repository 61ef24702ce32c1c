package io.loomloop.nio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * Stands between clients and a server and does them harm by a script: plain JDK, one thread of its own, nothing of loomloop.
 *
 * <p>The n-th connection gets the n-th script; what is random in a script comes from the seed and from n.
 */
final class FaultProxy implements AutoCloseable {
    /** What happens to a connection: to what the client sends, and to what the server sends. */
    record Script(Faults toServer, Faults toClient) {}

    /** Makes scripts: for the n-th connection, from a random generator of its own. */
    interface Scripts {
        Script of(int number, Random random);
    }

    private static final int QUEUED_AT_MOST = 256 << 10;
    /** Generators whose seeds are neighbours begin alike. */
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ServerSocketChannel listening;
    private final Selector selector;
    private final InetSocketAddress target;
    private final Scripts scripts;
    private final long seed;
    private final Thread thread;
    // any thread adds, the proxy's takes
    private final Queue<Runnable> orders = new ConcurrentLinkedQueue<>();
    // by the port of the client; the proxy's thread adds
    private final Map<Integer, Script> scriptOf = new ConcurrentHashMap<>();
    // any thread sets
    private volatile boolean closed;
    // the proxy's thread sets
    private volatile Throwable failure;

    // all for the proxy's thread only
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 << 10);
    private final PriorityQueue<Direction> timers = new PriorityQueue<>((a, b) -> Long.signum(a.due - b.due));
    private final Set<Link> links = new HashSet<>();
    private int accepted;

    FaultProxy(int port, long seed, Scripts scripts) throws IOException {
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        this.seed = seed;
        this.scripts = scripts;
        this.selector = Selector.open();
        this.listening = ServerSocketChannel.open();
        listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 2000);
        listening.configureBlocking(false).register(selector, SelectionKey.OP_ACCEPT);
        this.thread = Thread.ofPlatform().daemon().name("fault-proxy").start(this::run);
    }

    int port() {
        return listening.socket().getLocalPort();
    }

    /** What happens, or happened, to the connection of the client with this port, once it has got anything through. */
    Script scriptOf(int clientPort) {
        return scriptOf.get(clientPort);
    }

    /** Resets all connections. */
    void resetAll() {
        orders.add(() -> List.copyOf(links).forEach(Link::reset));
        selector.wakeup();
    }

    @Override
    public void close() {
        closed = true;
        selector.wakeup();
        LoopCheck.awaitTrue("the proxy ends", () -> !thread.isAlive());
        if (failure != null) {
            throw new AssertionError("the proxy itself has failed, seed " + seed, failure);
        }
    }

    private void run() {
        try (selector;
                listening) {
            while (!closed) {
                turn();
            }
        } catch (Throwable e) {
            failure = e;
        } finally {
            List.copyOf(links).forEach(Link::reset);
        }
    }

    private void turn() throws IOException {
        long now = System.nanoTime();
        while (!timers.isEmpty() && timers.peek().due - now <= 0) {
            Direction direction = timers.remove();
            direction.timed = false;
            direction.link.guard(direction::send);
        }
        if (timers.isEmpty()) {
            selector.select(this::ready);
        } else {
            long nanos = timers.peek().due - System.nanoTime();
            selector.select(this::ready, Math.max(1, nanos / 1_000_000));
        }
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
        }
    }

    private void ready(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        if (key.attachment() instanceof End end) {
            end.link.guard(() -> end.ready(key));
            return;
        }
        try {
            for (SocketChannel client = listening.accept(); client != null; client = listening.accept()) {
                Random random = new Random((seed + accepted) * SPREAD);
                new Link(client, scripts.of(accepted, random), random);
                accepted++;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Something that fails when a connection does. */
    private interface Step {
        void run() throws IOException;
    }

    /** A connection through the proxy. */
    private final class Link {
        private final End client;
        private final End server;
        private final Direction toServer;
        private final Direction toClient;
        private final Random random;

        Link(SocketChannel accepted, Script script, Random random) throws IOException {
            this.random = random;
            SocketChannel opened = SocketChannel.open();
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            accepted.configureBlocking(false);
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client = new End(this, accepted);
            server = new End(this, opened);
            toServer = new Direction(this, client, server, script.toServer);
            toClient = new Direction(this, server, client, script.toClient);
            client.in = toServer;
            client.out = toClient;
            server.in = toClient;
            server.out = toServer;
            links.add(this);
            scriptOf.put(accepted.socket().getPort(), script);
            guard(() -> {
                boolean now = opened.connect(target);
                server.key = opened.register(selector, now ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, server);
                client.key = accepted.register(selector, now ? SelectionKey.OP_READ : 0, client);
            });
        }

        void guard(Step step) {
            if (!links.contains(this)) {
                return;
            }
            try {
                step.run();
            } catch (IOException e) {
                reset(); // one end has broken off, the other is to notice
            }
        }

        void reset() {
            for (End end : List.of(client, server)) {
                try (SocketChannel channel = end.channel) {
                    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
                } catch (IOException e) {
                    // It has gone already.
                }
            }
            forget();
        }

        /** Both directions have ended in the regular way. */
        void closeIfOver() throws IOException {
            if (toServer.endSent && toClient.endSent && toServer.endRead && toClient.endRead) {
                client.channel.close();
                server.channel.close();
                forget();
            }
        }

        private void forget() {
            links.remove(this);
            timers.remove(toServer);
            timers.remove(toClient);
        }
    }

    /** One side of a connection. */
    private static final class End {
        final Link link;
        final SocketChannel channel;
        SelectionKey key;
        Direction in;
        Direction out;

        End(Link link, SocketChannel channel) {
            this.link = link;
            this.channel = channel;
        }

        void ready(SelectionKey ready) throws IOException {
            if (ready.isConnectable()) {
                channel.finishConnect();
                ready.interestOps(SelectionKey.OP_READ);
                link.client.key.interestOps(SelectionKey.OP_READ);
                return;
            }
            boolean writable = ready.isWritable();
            if (ready.isReadable()) {
                in.read();
            }
            if (writable && ready.isValid()) {
                ready.interestOpsAnd(~SelectionKey.OP_WRITE);
                out.send();
            }
        }
    }

    /** Bytes that are on their way, and when they may arrive. */
    private record Parcel(long due, ByteBuffer bytes) {}

    /** The way from one end to the other. */
    private final class Direction {
        final Link link;
        private final End from;
        private final End to;
        private final Faults faults;
        private final Queue<Parcel> parcels = new ArrayDeque<>();
        private int queued;
        private long lastDue = System.nanoTime();
        private long readyToSend = lastDue;
        private long sent;
        long due;
        boolean timed;
        boolean endRead;
        boolean endSent;

        Direction(Link link, End from, End to, Faults faults) {
            this.link = link;
            this.from = from;
            this.to = to;
            this.faults = faults;
        }

        void read() throws IOException {
            int count = from.channel.read(buffer.clear());
            if (count < 0) {
                endRead = true;
                from.key.interestOpsAnd(~SelectionKey.OP_READ);
            } else if (endSent) {
                return; // swallowed
            } else if (count > 0) {
                ByteBuffer bytes = ByteBuffer.allocate(count).put(buffer.flip()).flip();
                long jitter = faults.jitterNanos() == 0 ? 0 : link.random.nextLong(faults.jitterNanos());
                lastDue = Math.max(lastDue, System.nanoTime() + faults.latencyNanos() + jitter);
                parcels.add(new Parcel(lastDue, bytes));
                queued += count;
                if (queued > QUEUED_AT_MOST) {
                    from.key.interestOpsAnd(~SelectionKey.OP_READ);
                }
            }
            send();
        }

        /** Sends one slice, and comes back for the next. */
        void send() throws IOException {
            Parcel next = parcels.peek();
            if (endSent) {
                link.closeIfOver();
                return;
            } else if (sent >= faults.resetAfter()) {
                link.reset();
                return;
            } else if (sent >= faults.endAfter() || (next == null && endRead)) {
                end();
                return;
            } else if (next == null) {
                return;
            }
            long now = System.nanoTime();
            long when = Math.max(next.due, readyToSend);
            if (when - now > 0) {
                comeBack(when);
                return;
            }
            int written = write(next.bytes);
            if (!next.bytes.hasRemaining()) {
                parcels.remove();
            }
            sent += written;
            queued -= written;
            if (queued <= QUEUED_AT_MOST / 2 && !endRead) {
                from.key.interestOpsOr(SelectionKey.OP_READ);
            }
            if (written == 0) {
                to.key.interestOpsOr(SelectionKey.OP_WRITE);
            } else {
                readyToSend = faults.bytesPerSecond() == Faults.NEVER
                        ? now
                        : now + written * SECOND / faults.bytesPerSecond();
                comeBack(readyToSend);
            }
        }

        private int write(ByteBuffer bytes) throws IOException {
            long left = Math.min(faults.resetAfter(), faults.endAfter()) - sent;
            int size = (int) Math.min(Math.min(bytes.remaining(), faults.slice()), left);
            ByteBuffer slice = bytes.slice(bytes.position(), size);
            int written = to.channel.write(slice);
            bytes.position(bytes.position() + written);
            return written;
        }

        private void end() throws IOException {
            endSent = true;
            parcels.clear();
            to.channel.shutdownOutput();
            if (!endRead) {
                from.key.interestOpsOr(SelectionKey.OP_READ);
            }
            link.closeIfOver();
        }

        private void comeBack(long when) {
            if (!timed) {
                due = when;
                timed = true;
                timers.add(this);
            }
        }
    }
}
