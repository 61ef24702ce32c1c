package io.loomloop.nio;

import io.loomloop.ErrorContext;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A datagram socket as the engine sees it: the I/O thread receives into a queue, tasks take from it and send by themselves.
 *
 * <p>Failures of the socket, such as a peer's port that is closed, are queued among the datagrams, and it goes on. When more than the
 * limit is queued the I/O thread stops receiving until half of that is left; the system keeps or drops what arrives then.
 *
 * <pre>
 *  closed:    false --close, an unexpected failure, the loop closes--> true
 *  paused:    false --the I/O thread, above the limit--> true --who brings queued to half of it (CAS)--> false
 *  writable:  true --a task, before it asks--> false --the I/O thread--> true
 * </pre>
 *
 * The I/O thread sets {@code paused}, then reads {@code queued}; the task lowers {@code queued}, then reads {@code paused}. Both
 * are volatile, so no pause lasts for ever.
 */
final class DatagramPort extends Registration {
    // what can be requested
    static final int START = 1;
    private static final int RESUME = 2;
    private static final int WATCH_OUTPUT = 4;
    private static final int CLOSE = 8;

    /** What an item of the queue takes besides its bytes. */
    static final int OVERHEAD = 64;

    private static final int RECEIVES_PER_ROUND = 64;

    private static final VarHandle PAUSED;

    static {
        try {
            PAUSED = MethodHandles.lookup().findVarHandle(DatagramPort.class, "paused", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final DatagramChannel channel;
    private final int limit;
    private final Waiters receivers = new Waiters();
    private final Waiters senders = new Waiters();
    private final Waiters closers = new Waiters();

    // Datagram or IOException; I/O thread adds, loop thread takes
    private final Queue<Object> queue = new ConcurrentLinkedQueue<>();
    // I/O thread adds, loop thread subtracts: the size of what is in the queue
    private final AtomicLong queued = new AtomicLong();
    // see above
    private volatile boolean paused;
    private volatile boolean writable;
    // any thread sets
    private volatile boolean closed;
    // I/O thread sets: the descriptor is free
    private volatile boolean released;
    // I/O thread only
    private @Nullable SelectionKey key;
    private boolean channelClosed;

    /** A channel in non-blocking mode that is bound. */
    DatagramPort(SocketEngine engine, DatagramChannel channel, int limit) {
        super(engine);
        this.channel = channel;
        this.limit = limit;
    }

    DatagramChannel channel() {
        return channel;
    }

    // ---- any thread

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
        wakeAll();
        request(CLOSE);
    }

    private void wakeAll() {
        receivers.wakeAll();
        senders.wakeAll();
    }

    void awaitReleased() {
        closers.await(engine.loop(), () -> released);
    }

    void requireOpen() throws SocketException {
        if (closed) {
            throw new SocketException("this endpoint is closed");
        }
    }

    // ---- loop thread

    /** The next datagram, or null; throws the next failure. */
    @Nullable
    Datagram poll() throws IOException {
        requireOpen();
        Object item = queue.poll();
        if (item == null) {
            return null;
        }
        long left = queued.addAndGet(-size(item));
        if (paused && left <= limit / 2 && PAUSED.compareAndSet(this, true, false)) {
            request(RESUME);
        }
        if (item instanceof IOException failure) {
            throw failure;
        }
        return (Datagram) item;
    }

    /** Waits until there is something to poll, or this is closed; somebody else may be faster. */
    void awaitInput() {
        await(this::hasNews);
    }

    /** True when there is something to poll, or this is closed. */
    boolean hasNews() {
        return !queue.isEmpty() || closed;
    }

    /** Waits until {@code condition} holds, for input, the end, or a {@link #wake}. */
    void await(BooleanSupplier condition) {
        receivers.await(engine.loop(), condition);
    }

    /** Has those who wait look again. Any thread. */
    void wake() {
        receivers.wakeAll();
    }

    /** Waits until the system takes datagrams again, or this is closed. */
    void awaitOutput() {
        writable = false;
        request(WATCH_OUTPUT);
        senders.await(engine.loop(), () -> writable || closed);
    }

    // ---- I/O thread

    @Override
    void attend(int bits) throws IOException {
        if (channelClosed) {
            return;
        }
        if ((bits & CLOSE) != 0) {
            closeNow();
            return;
        }
        if ((bits & START) != 0) {
            key = engine.poller().register(channel, SelectionKey.OP_READ, this);
        }
        SelectionKey registered = key;
        if (registered == null) {
            return; // the start failed, and closed this
        }
        if ((bits & RESUME) != 0) {
            registered.interestOpsOr(SelectionKey.OP_READ);
        }
        if ((bits & WATCH_OUTPUT) != 0) {
            registered.interestOpsOr(SelectionKey.OP_WRITE);
        }
    }

    @Override
    void ready(SelectionKey ready, int ops) {
        if ((ops & SelectionKey.OP_READ) != 0 && receive()) {
            ready.interestOpsAnd(~SelectionKey.OP_READ);
        }
        if ((ops & SelectionKey.OP_WRITE) != 0) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            writable = true;
            senders.wakeAll();
        }
    }

    /** Receives a fair share; true when it should pause. */
    private boolean receive() {
        boolean any = false;
        boolean full = false;
        for (int i = 0; i < RECEIVES_PER_ROUND && !full && !closed; i++) {
            Object item = receiveOne();
            if (item == null) {
                break;
            }
            any = true;
            queue.add(item);
            full = queued.addAndGet(size(item)) > limit;
        }
        if (any) {
            receivers.wakeAll();
        }
        if (!full) {
            return false;
        }
        paused = true;
        return queued.get() > limit / 2 || !PAUSED.compareAndSet(this, true, false);
    }

    private @Nullable Object receiveOne() {
        ByteBuffer buffer = engine.poller().buffer();
        try {
            InetSocketAddress sender = (InetSocketAddress) channel.receive(buffer);
            if (sender == null) {
                return null;
            }
            byte[] data = new byte[buffer.flip().remaining()];
            buffer.get(data);
            return new Datagram(data, sender);
        } catch (IOException e) {
            return e;
        }
    }

    private static long size(Object item) {
        return (long) OVERHEAD + (item instanceof Datagram datagram ? datagram.data().length : OVERHEAD);
    }

    @Override
    void fail(Throwable failure) {
        if (!channelClosed) {
            engine.report(new ErrorContext("unexpected failure of " + this + ", it is closed", failure));
            closeNow();
        }
    }

    private void closeNow() {
        closed = true;
        channelClosed = true;
        queue.clear();
        wakeAll();
        engine.poller().release(this, channel);
    }

    @Override
    void shutDown() {
        closed = true;
        if (!channelClosed) {
            channelClosed = true;
            Poller.closeQuietly(channel);
            wakeAll();
            released();
        }
    }

    @Override
    void released() {
        released = true;
        closers.wakeAll();
    }

    @Override
    public String toString() {
        return "datagram socket " + channel + (closed ? " (closed)" : "");
    }
}
