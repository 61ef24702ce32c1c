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
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The life of one connection, in whichever way it is served; how bytes come and go is up to the subclass.
 *
 * <pre>
 *  CONNECTING --the channel is connected--> OPEN --close()--> CLOSING --the last byte is sent, the peer has ended--> CLOSED
 *      any --abort(), a failure, the loop closes--> CLOSED
 *
 *  CONNECTING  only the opener knows it
 *  CLOSING     nothing is read any more, writes are dropped, what was written before is still sent. Then it lingers: the output
 *              is ended, and input is discarded until its end, two seconds have passed, or there is too much. To close a
 *              socket with unread input would make the system drop what it has not delivered, and send a reset
 *  CLOSED      the channel is closed, or is about to be; {@code released} is set a moment later, when the descriptor is free
 * </pre>
 *
 * What ended it is noted in its {@link Outcome} before it is CLOSED.
 *
 * <p><i>Whoever serves it</i> is the I/O thread, or, by completion, whatever thread has something to do; so what may happen once is
 * decided by CAS. Who asks for an end ({@code state}, {@code eofAsked}) then looks whether everything is sent, or has that looked at; who
 * has sent the last byte then looks whether an end was asked for. Both may find so.
 */
abstract class SocketLife implements SocketStream {
    static final int CONNECTING = 0;
    static final int OPEN = 1;
    static final int CLOSING = 2;
    static final int CLOSED = 3;

    private static final int DISCARD_AT_MOST = 4 << 20;

    private static final VarHandle STATE;
    private static final VarHandle EOF_SENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(SocketLife.class, "state", int.class);
            EOF_SENT = lookup.findVarHandle(SocketLife.class, "eofSent", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final SocketEngine engine;
    final Inbound inbound;
    final Outcome outcome;
    private final Waiters waiters = new Waiters();

    // any thread, CAS; see above
    private volatile int state;
    // loop thread sets: nothing will be written after what is unsent
    private volatile boolean eofAsked;
    // loop thread sets: a file is being copied here, the end waits for it
    private volatile boolean held;
    // who ends the output sets, CAS
    private volatile boolean eofSent;
    // who reads sets
    private volatile boolean peerEnded;
    // who has ended the output sets: everything is sent, input is thrown away until the peer ends
    private volatile boolean lingering;
    // who reads, while lingering
    private int discarded;
    // who closes the channel sets
    private volatile boolean released;
    // set before OPEN
    private @Nullable SocketAddress localAddress;
    private @Nullable SocketAddress remoteAddress;
    // set before this can be closed by anybody but its opener
    private Runnable onReleased = () -> {};
    // set before this is started; null when there are no deadlines
    private @Nullable IdleWatch watch;
    // the opener sets before this can be settled; who settles it runs and then drops it, maybe twice
    private volatile Runnable onSettled = () -> {};
    // loop thread sets, any thread reads
    private volatile Runnable onClosed = () -> {};
    private volatile @Nullable ByteSink layer;

    SocketLife(SocketEngine engine, StreamOptions options) {
        this.engine = engine;
        this.outcome = new Outcome(engine);
        this.inbound = new Inbound(this, options);
        this.watch = newWatch(null, options.idleTimeout());
    }

    // ---- what differs

    abstract NetworkChannel channel();

    @Override
    public abstract Unsent outbound();

    /** Has {@link #endOutput} called. Any thread. */
    abstract void endSoon();

    /** Has {@link #closeNow} called. Any thread. */
    abstract void abortSoon();

    /** A deadline seems to be over: has {@link #expire} called, after a last look at the input. Loop thread. */
    abstract void expireSoon();

    /** Ends the input for whoever reads. Whoever serves it. */
    abstract void stopReading();

    /** Sends the end. Whoever serves it. */
    abstract void shutdownOutput() throws IOException;

    /** The output is ended: {@link #discard}s what arrives, and calls {@link #closeNow} if there is no end in time. Whoever serves it. */
    abstract void linger();

    /** Closes the channel; {@link #released} follows. Whoever serves it. */
    abstract void closeChannel();

    // ---- asking, from any thread

    final int state() {
        return state;
    }

    @Override
    public final boolean isSettled() {
        return state != CONNECTING;
    }

    @Override
    public final boolean isClosing() {
        return state >= CLOSING;
    }

    @Override
    public final boolean isClosed() {
        return state == CLOSED;
    }

    @Override
    public final boolean isEofAsked() {
        return eofAsked;
    }

    final boolean isPeerEnded() {
        return peerEnded;
    }

    final boolean isLingering() {
        return lingering;
    }

    final EventLoop loop() {
        return engine.loop();
    }

    @Override
    public final SocketEngine engine() {
        return engine;
    }

    @Override
    public final Inbound inbound() {
        return inbound;
    }

    @Override
    public final Outcome outcome() {
        return outcome;
    }

    @Override
    public final @Nullable IOException failure() {
        return outcome.failure();
    }

    @Override
    public final void throwIfFailed() throws IOException {
        outcome.throwIfFailed();
    }

    @Override
    public final SocketAddress remoteAddress() {
        return Objects.requireNonNull(remoteAddress);
    }

    @Override
    public final SocketAddress localAddress() {
        return Objects.requireNonNull(localAddress);
    }

    @Override
    public final <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel().setOption(option, value);
    }

    @Override
    public final <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return channel().getOption(option);
    }

    @Override
    public final void wrapIn(ByteSink above) {
        layer = above;
    }

    @Override
    public final ByteSink top() {
        ByteSink above = layer;
        return above == null ? this : above.top();
    }

    @Override
    public final void onClosed(Runnable callback) {
        onClosed = callback;
        if (isClosed()) {
            callback.run();
        }
    }

    // ---- beginning

    @Override
    public final void onReleased(Runnable callback) {
        onReleased = callback;
    }

    @Override
    public final void watchAsClient(StreamOptions options) {
        watch = newWatch(options.firstByteTimeout(), options.idleTimeout());
    }

    private @Nullable IdleWatch newWatch(@Nullable Duration firstByte, @Nullable Duration idle) {
        return IdleWatch.of(engine.loop(), this::expireSoon, firstByte, idle);
    }

    /** Sets who is told when this is connected or cannot be. The opener, before anybody can settle it. */
    final void onSettled(Runnable callback) {
        onSettled = callback;
    }

    /**
     * The channel is connected. The opener, or whoever serves it.
     *
     * @return false when this was closed meanwhile
     */
    final boolean opened(SocketAddress local, SocketAddress remote) {
        localAddress = local;
        remoteAddress = remote;
        return STATE.compareAndSet(this, CONNECTING, OPEN);
    }

    /** It is served from now on, so deadlines begin. Whoever serves it. */
    final void begin() {
        if (watch != null) {
            watch.begin();
        }
        settled();
    }

    private void settled() {
        Runnable callback = onSettled;
        onSettled = () -> {};
        callback.run();
    }

    // ---- bytes and deadlines, whoever serves it

    final void noteReceived() {
        if (watch != null) {
            watch.received();
        }
    }

    /** Something was sent. Any thread. */
    public final void noteSent() {
        if (watch != null) {
            watch.sent();
        }
    }

    /** The peer has ended its output. */
    final void notePeerEnded() {
        peerEnded = true;
    }

    /** Counts what has arrived and is thrown away, and closes if it is too much. */
    final void discard(int count) {
        discarded += count;
        if (discarded >= DISCARD_AT_MOST) {
            closeNow();
        }
    }

    /** Closes if a deadline is over; who lingers has one of its own. */
    final void expire() {
        if (watch == null || lingering || isClosed()) {
            return;
        }
        IOException overdue = watch.overdue();
        if (overdue == null) {
            watch.rearm();
        } else {
            fail(overdue);
        }
    }

    // ---- the end is asked for, from any thread

    @Override
    public final void writeEof() {
        eofAsked = true;
        endSoon();
    }

    @Override
    public final boolean hold() {
        held = true; // before the look: who closes does these two the other way round
        if (isClosing()) {
            release();
            return false;
        }
        return true;
    }

    @Override
    public final void release() {
        held = false;
        endSoon();
    }

    @Override
    public final void close() {
        outcome.giveUp();
        if (STATE.compareAndSet(this, OPEN, CLOSING)) {
            endSoon();
        } else if (isClosed()) {
            outcome.reportLossSoon();
        }
    }

    @Override
    public final void abort() {
        outcome.abort();
        if (isClosed()) {
            outcome.reportLossSoon();
        } else {
            abandon();
        }
    }

    /** Closes without sending anything more. */
    final void abandon() {
        becomeClosing();
        abortSoon();
    }

    final void becomeClosing() {
        STATE.compareAndSet(this, OPEN, CLOSING);
    }

    @Override
    public final boolean isReleased() {
        return released;
    }

    @Override
    public final void awaitReleased() {
        waiters.await(loop(), () -> released);
    }

    // ---- the end, whoever serves it

    /** Does what was put off until everything is sent, if it is. */
    final void endOutput() {
        if (state == CLOSING) {
            stopReading();
            if (!held && outbound().endIfEmpty()) {
                closeOrLinger();
            }
        } else if (eofAsked && outbound().unsent() == 0) {
            sendEof();
        }
    }

    private void closeOrLinger() {
        boolean peerIsTold = outcome.failure() instanceof SSLException; // it may still have to read why
        if (peerEnded || (outcome.failure() != null && !peerIsTold)) {
            closeNow();
            return;
        }
        lingering = true;
        sendEof();
        if (!isClosed()) {
            linger();
        }
    }

    private void sendEof() {
        if (EOF_SENT.compareAndSet(this, false, true)) {
            try {
                shutdownOutput();
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    @Override
    public void fail(Throwable cause) {
        if (isClosed()) {
            return;
        }
        IOException failure = asIOException(cause);
        if (!lingering) { // else everything is sent, and what happens now is no failure
            outcome.fail(failure);
        }
        closeNow();
    }

    /** What to call a failure of a channel that was not closed here. */
    final IOException asIOException(Throwable cause) {
        if (cause instanceof IOException e && !(e instanceof ClosedChannelException)) {
            return e;
        }
        if (!channel().isOpen()) { // then a selector's keys throw what is no IOException
            return new SocketException("its channel was closed by others", cause);
        }
        engine.report(new ErrorContext("unexpected failure of " + this, cause));
        return new IOException(cause.toString(), cause);
    }

    void closeNow() {
        if (becomeClosed()) {
            closeChannel();
        }
    }

    /** Closes because the loop closes. Whoever serves it, or any thread when there is none any more. */
    public final void shutDown() {
        boolean cutOff = state == OPEN && !inbound.isEnded();
        if (state == CONNECTING || cutOff || outbound().unsent() != 0) {
            outcome.fail(new SocketException("the event loop was closed"));
        }
        if (becomeClosed()) {
            Poller.closeQuietly(channel());
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
        if (noteDropped()) {
            resetOnClose();
        }
        inbound.end();
        settled();
        onClosed.run();
        return true;
    }

    private boolean noteDropped() {
        long dropped = outbound().discard();
        if (dropped > 0) {
            outcome.noteDropped(dropped, this);
        }
        return dropped > 0;
    }

    /** A stream that was cut off must not look like one that ended: the peer gets a reset, where the channel knows of such a thing. */
    private void resetOnClose() {
        try {
            channel().setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException | UnsupportedOperationException e) {
            // The peer has gone already.
        }
    }

    /** A write came too late. Any thread. */
    final void noteDroppedLate() {
        if (noteDropped()) {
            outcome.reportLossSoon();
        }
    }

    /** The descriptor is free. */
    void released() {
        onReleased.run(); // before those who wait go on: they count on it
        released = true;
        waiters.wakeAll();
        outcome.reportLossSoon();
    }

    @Override
    public final String toString() {
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
