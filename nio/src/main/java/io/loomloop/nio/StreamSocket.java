package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection as the engine sees it: a channel, what has arrived on it, what is to be sent, and where it is in its life.
 *
 * <pre>
 *  CONNECTING --the channel is connected--> OPEN --close()--> CLOSING --the last byte is sent, the peer has ended--> CLOSED
 *      any --abort(), a failure, the loop closes--> CLOSED
 *
 *  CONNECTING  only the opener knows it
 *  CLOSING     nothing is read any more, writes are dropped, what was written before is still sent. Then it lingers: the output
 *              is ended, and input is discarded until its end, two seconds have passed, or there is too much. To close a
 *              socket with unread input would make the system drop what it has not delivered, and send a reset
 *  CLOSED      the channel is closed; {@code released} is set a moment later, when the descriptor is free
 * </pre>
 *
 * What ended it is noted in its {@link Outcome} before it is CLOSED.
 */
final class StreamSocket extends Registration implements SocketStream, OutputOwner {
    // what can be requested
    static final int START = 1;
    static final int RESUME = 2;
    static final int FLUSH = 4;
    static final int END = 8;
    static final int ABORT = 16;
    static final int EXPIRE = 32;

    private static final int CONNECTING = 0;
    private static final int OPEN = 1;
    private static final int CLOSING = 2;
    private static final int CLOSED = 3;

    private static final int DISCARD_AT_MOST = 4 << 20;
    private static final int DISCARDS_PER_ROUND = 16;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(StreamSocket.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketChannel channel;
    private final Inbound inbound;
    private final Outbound outbound;
    private final Outcome outcome;
    private final Waiters waiters = new Waiters();

    // any thread, CAS; see above
    private volatile int state;
    // loop thread sets: nothing will be written after what is unsent
    private volatile boolean eofAsked;
    // I/O thread sets
    private volatile boolean released;
    // I/O thread only
    private @Nullable SelectionKey key;
    private boolean eofSent;
    // I/O thread only
    private boolean peerEnded;
    private boolean lingering;
    private int discarded;
    // set before OPEN
    private @Nullable SocketAddress localAddress;
    private @Nullable SocketAddress remoteAddress;
    // set before the I/O thread can release this
    private Runnable onReleased = () -> {};
    // set before the I/O thread knows this; null when there are no deadlines
    private @Nullable IdleWatch watch;
    // set before the I/O thread knows this, which runs and then drops it
    private @Nullable Runnable onSettled;
    // loop thread sets, any thread reads
    private volatile Runnable onClosed = () -> {};
    private volatile @Nullable ByteSink layer;

    /** A channel in non-blocking mode that is connected, or connects. */
    StreamSocket(SocketEngine engine, SocketChannel channel, StreamOptions options) throws IOException {
        super(engine);
        this.channel = channel;
        this.outcome = new Outcome(engine);
        this.inbound = new Inbound(this, options);
        this.outbound = new Outbound(this, options.lowWater(), options.highWater());
        this.watch = newWatch(null, options.idleTimeout());
        if (channel.isConnected()) {
            opened();
        }
    }

    private void opened() throws IOException {
        localAddress = channel.getLocalAddress();
        remoteAddress = channel.getRemoteAddress();
        state = OPEN;
    }

    EventLoop loop() {
        return engine.loop();
    }

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public Outbound outbound() {
        return outbound;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public SocketAddress remoteAddress() {
        return Objects.requireNonNull(remoteAddress);
    }

    @Override
    public SocketAddress localAddress() {
        return Objects.requireNonNull(localAddress);
    }

    // ---- asking, from any thread

    @Override
    public boolean isClosing() {
        return state >= CLOSING;
    }

    @Override
    public boolean isClosed() {
        return state == CLOSED;
    }

    @Override
    public boolean isSettled() {
        return state != CONNECTING;
    }

    @Override
    public void onClosed(Runnable callback) {
        onClosed = callback;
        if (isClosed()) {
            callback.run();
        }
    }

    @Override
    public void wrapIn(ByteSink above) {
        layer = above;
    }

    @Override
    public ByteSink top() {
        ByteSink above = layer;
        return above == null ? this : above.top();
    }

    @Override
    public boolean isEofAsked() {
        return eofAsked;
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
    }

    @Override
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    // ---- ending, from any thread

    /** Stops reading, sends what was written, closes. */
    @Override
    public void close() {
        outcome.giveUp();
        if (STATE.compareAndSet(this, OPEN, CLOSING)) {
            request(END);
        } else if (state == CLOSED) {
            outcome.reportLossSoon();
        }
    }

    @Override
    public void abort() {
        outcome.abort();
        STATE.compareAndSet(this, OPEN, CLOSING);
        if (state == CLOSED) {
            outcome.reportLossSoon();
        } else {
            request(ABORT);
        }
    }

    // ---- loop thread

    @Override
    public @Nullable IOException failure() {
        return outcome.failure();
    }

    @Override
    public void throwIfFailed() throws IOException {
        outcome.throwIfFailed();
    }

    @Override
    public void resumeReading() {
        request(RESUME);
    }

    /** Has the I/O thread begin to look after this, and tell when the channel is connected or cannot be. */
    void start(Runnable whenSettled) {
        onSettled = whenSettled;
        request(START);
    }

    @Override
    public boolean isReleased() {
        return released;
    }

    @Override
    public void awaitReleased() {
        waiters.await(loop(), () -> released);
    }

    @Override
    public void writeEof() {
        eofAsked = true;
        request(END);
    }

    @Override
    public void flushSoon() {
        request(FLUSH);
    }

    /** A write failed: the connection is of no use any more. That the channel is closed is no failure, but was asked for. */
    @Override
    public void lose(IOException cause) {
        if (!(cause instanceof ClosedChannelException)) {
            outcome.fail(cause);
        }
        STATE.compareAndSet(this, OPEN, CLOSING);
        request(ABORT);
    }

    /** Everything written has been sent by the task itself: what was put off until then can happen. */
    @Override
    public void outputIsFree() {
        if (eofAsked || state == CLOSING) {
            request(END);
        }
    }

    // ---- I/O thread

    /** Sets who is told when the descriptor is free. Before the I/O thread knows this socket, or on it. */
    @Override
    public void onReleased(Runnable callback) {
        onReleased = callback;
    }

    /** Sets the deadlines of a client of a server, which has one more than others. Before the I/O thread knows this socket, or on it. */
    @Override
    public void watchAsClient(StreamOptions options) {
        watch = newWatch(options.firstByteTimeout(), options.idleTimeout());
    }

    private @Nullable IdleWatch newWatch(@Nullable Duration firstByte, @Nullable Duration idle) {
        return IdleWatch.of(engine.loop(), () -> request(EXPIRE), firstByte, idle);
    }

    @Override
    void attend(int bits) throws IOException {
        if (state == CLOSED) {
            noteDroppedLate();
        } else if ((bits & ABORT) != 0) {
            closeNow();
        } else {
            if ((bits & START) != 0) {
                start();
            }
            if ((bits & RESUME) != 0 && !inbound.isEnded()) {
                key().interestOpsOr(SelectionKey.OP_READ);
            }
            if ((bits & FLUSH) != 0 && lingering) {
                noteDroppedLate();
            } else if ((bits & FLUSH) != 0) {
                key().interestOpsOr(SelectionKey.OP_WRITE);
            }
            if ((bits & END) != 0) {
                endOutput();
            }
            if ((bits & EXPIRE) != 0) {
                expire();
            }
        }
    }

    /** A deadline seems to be over; who lingers has one of its own. */
    private void expire() throws IOException {
        IdleWatch deadlines = watch;
        if (deadlines == null || lingering || state == CLOSED) {
            return;
        }
        if ((key().interestOps() & SelectionKey.OP_READ) != 0) {
            read(key()); // a loop that was busy may not have looked for a while
        }
        IOException overdue = deadlines.overdue();
        if (overdue == null) {
            deadlines.rearm();
        } else {
            fail(overdue);
        }
    }

    /** Puts the channel under the selector's watch. */
    @Override
    public void start() throws IOException {
        key = engine.poller()
                .register(channel, state == CONNECTING ? SelectionKey.OP_CONNECT : SelectionKey.OP_READ, this);
        if (state != CONNECTING) {
            beginWatch();
        }
    }

    private void beginWatch() {
        if (watch != null) {
            watch.begin();
        }
    }

    @Override
    public void noteSent() {
        if (watch != null) {
            watch.sent();
        }
    }

    private SelectionKey key() {
        SelectionKey registered = key;
        if (registered == null) {
            throw new IllegalStateException("not registered: " + this);
        }
        return registered;
    }

    @Override
    void ready(SelectionKey ready, int ops) throws IOException {
        if (state == CONNECTING) {
            if (channel.finishConnect()) {
                ready.interestOps(SelectionKey.OP_READ);
                opened();
                beginWatch();
                settled();
            }
            return;
        }
        if (lingering) {
            discardInput();
            return;
        }
        if ((ops & SelectionKey.OP_READ) != 0) {
            read(ready);
        }
        if ((ops & SelectionKey.OP_WRITE) != 0
                && outbound.flush(channel, engine.poller().buffer())) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            endOutput();
        }
    }

    private void read(SelectionKey ready) throws IOException {
        ByteBuffer offered = inbound.claim();
        ByteBuffer buffer = engine.poller().buffer();
        int count = offered == null ? channel.read(buffer) : readInto(offered, buffer);
        engine.poller().countRead(count);
        if (count != 0 && watch != null) {
            watch.received();
        }
        if (count < 0) {
            peerEnded = true;
            ready.interestOpsAnd(~SelectionKey.OP_READ);
            inbound.end();
        } else if (count > 0 && offered == null && !inbound.feed(chunk(buffer))) {
            ready.interestOpsAnd(~SelectionKey.OP_READ);
        }
    }

    /** Reads for a task that waits; no more at a time than for others. Through {@code own} unless the task's buffer is direct. */
    private int readInto(ByteBuffer offered, ByteBuffer own) throws IOException {
        int room = Math.min(own.capacity(), offered.remaining());
        int count = 0;
        try {
            if (offered.isDirect()) {
                int limit = offered.limit();
                try {
                    count = channel.read(offered.limit(offered.position() + room));
                } finally {
                    offered.limit(limit);
                }
            } else {
                count = channel.read(own.limit(room));
                offered.put(own.flip());
            }
            return count;
        } finally {
            inbound.filled(offered, count > 0);
        }
    }

    private static byte[] chunk(ByteBuffer buffer) {
        byte[] chunk = new byte[buffer.flip().remaining()];
        buffer.get(chunk);
        return chunk;
    }

    private void endOutput() throws IOException {
        if (state == CLOSING) {
            stopReading();
        }
        if (state == CLOSING) {
            if (outbound.endIfEmpty()) {
                closeOrLinger();
            }
        } else if (outbound.unsent() == 0 && eofAsked && !eofSent) {
            eofSent = true;
            channel.shutdownOutput();
        }
    }

    private void stopReading() {
        if (!inbound.isEnded()) {
            key().interestOpsAnd(~SelectionKey.OP_READ);
            inbound.end();
        }
    }

    private void closeOrLinger() {
        boolean peerIsTold = outcome.failure() instanceof SSLException; // it may still have to read why
        if (peerEnded || (outcome.failure() != null && !peerIsTold)) {
            closeNow();
            return;
        }
        lingering = true;
        engine.poller().linger(this);
        key().interestOps(SelectionKey.OP_READ);
        try {
            if (!eofSent) {
                eofSent = true;
                channel.shutdownOutput();
            }
        } catch (IOException e) {
            closeNow(); // the peer has gone
            return;
        }
        discardInput();
    }

    /** Everything is sent, so whatever happens now is no failure. */
    private void discardInput() {
        try {
            for (int i = 0; i < DISCARDS_PER_ROUND && discarded < DISCARD_AT_MOST; i++) {
                int count = channel.read(engine.poller().buffer());
                if (count == 0) {
                    return;
                } else if (count < 0) {
                    closeNow();
                    return;
                }
                discarded += count;
            }
        } catch (IOException e) {
            closeNow();
            return;
        }
        if (discarded >= DISCARD_AT_MOST) {
            closeNow();
        }
    }

    /** The peer has had time enough. */
    void endLingering() {
        closeNow();
    }

    // ---- the end, I/O thread

    @Override
    public void fail(Throwable cause) {
        if (state != CLOSED) {
            if (!(cause instanceof IOException)) {
                engine.report(new ErrorContext("unexpected failure of " + this, cause));
            }
            outcome.fail(cause instanceof IOException e ? e : new IOException(cause.toString(), cause));
            closeNow();
        }
    }

    private void closeNow() {
        if (outcome.failure() != null && state != CONNECTING && state != CLOSED) {
            readLast();
        }
        engine.poller().lingerNoMore(this);
        if (becomeClosed()) {
            engine.poller().release(this, channel);
        }
    }

    @Override
    void shutDown() {
        boolean cutOff = state == OPEN && !inbound.isEnded();
        if (state == CONNECTING || cutOff || outbound.unsent() != 0) {
            outcome.fail(new SocketException("the event loop was closed"));
        }
        if (becomeClosed()) {
            Poller.closeQuietly(channel);
            released();
        }
    }

    private boolean becomeClosed() {
        if ((int) STATE.getAndSet(this, CLOSED) == CLOSED) {
            return false;
        }
        if (watch != null) {
            watch.end();
        }
        long dropped = outbound.discard();
        if (dropped > 0) {
            resetOnClose();
            outcome.noteDropped(dropped, this);
        }
        inbound.end();
        settled();
        onClosed.run();
        return true;
    }

    private void settled() {
        Runnable callback = onSettled;
        if (callback != null) {
            onSettled = null;
            callback.run();
        }
    }

    /** After a failed write there may be an answer that says why. */
    private void readLast() {
        try {
            boolean more = !inbound.isEnded();
            while (more) {
                ByteBuffer buffer = engine.poller().buffer();
                more = channel.read(buffer) > 0 && inbound.feed(chunk(buffer));
            }
        } catch (IOException e) {
            // The failure is known already.
        }
    }

    /** A stream that was cut off must not look like one that ended: the peer gets a reset. */
    private void resetOnClose() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException e) {
            // The peer has gone already.
        }
    }

    private void noteDroppedLate() {
        long dropped = outbound.discard();
        if (dropped > 0) {
            outcome.noteDropped(dropped, this);
            outcome.reportLossSoon();
        }
    }

    @Override
    void released() {
        onReleased.run(); // before those who wait go on: they count on it
        released = true;
        waiters.wakeAll();
        outcome.reportLossSoon();
    }

    @Override
    public String toString() {
        String name = switch (state) {
            case CONNECTING -> "connecting";
            case OPEN -> "open";
            case CLOSING -> "closing";
            default -> "closed";
        };
        return "connection " + Addresses.show(localAddress) + " -> " + Addresses.show(remoteAddress) + " (" + name
                + ")";
    }
}
