package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a {@link ProactorDriver}. It has the life of a {@link StreamSocket}, but no thread of its own to ask: whoever
 * changes something does what follows from it.
 *
 * <pre>
 *  CONNECTING --the channel is connected--> OPEN --close()--> CLOSING --the last byte is sent, the peer has ended--> CLOSED
 *      any --abort(), a failure, the loop closes--> CLOSED
 *
 *  reading:  false --startReading (CAS)--> true --a completion, before it feeds--> false
 * </pre>
 *
 * Completions run one at a time, on the thread of the channel's group. Tasks and completions write and read crosswise: who asks for
 * an end ({@code state}, {@code eofAsked}) then looks whether everything is sent; the completion that has sent the last byte then
 * looks whether an end was asked for. Both may find so; what may happen once is decided by CAS.
 */
final class CompletionSocket implements SocketStream, CompletionEngine.Member {
    private static final int CONNECTING = 0;
    private static final int OPEN = 1;
    private static final int CLOSING = 2;
    private static final int CLOSED = 3;

    private static final int SMALLEST_BUFFER = 2 << 10;
    private static final int LARGEST_BUFFER = 64 << 10;
    private static final int DISCARD_AT_MOST = 4 << 20;
    private static final Duration TIME_TO_FAIL = Duration.ofSeconds(1);
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final Duration SECOND_LOOK = Duration.ofMillis(10);

    private static final VarHandle STATE;
    private static final VarHandle READING;
    private static final VarHandle EOF_SENT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(CompletionSocket.class, "state", int.class);
            READING = lookup.findVarHandle(CompletionSocket.class, "reading", boolean.class);
            EOF_SENT = lookup.findVarHandle(CompletionSocket.class, "eofSent", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final SocketEngine engine;
    private final CompletionEngine completions;
    private final AsynchronousSocketChannel channel;
    private final Inbound inbound;
    private final CompletionQueue outbound;
    private final Outcome outcome;
    private final Waiters waiters = new Waiters();
    // who has set reading uses it, until the completion has taken its bytes. Not shared, as a read that waits needs one
    private ByteBuffer buffer = ByteBuffer.allocate(SMALLEST_BUFFER);

    private final Completion<Integer> readCompletion = new Completion<>() {
        @Override
        void succeeded(Integer count) {
            arrived(count);
        }
    };
    private final Completion<Long> writeCompletion = new Completion<>() {
        @Override
        void succeeded(Long count) {
            sent(count);
        }

        @Override
        void failed(Throwable failure) {
            hearOut(failure);
        }
    };

    // any thread, CAS; see above
    private volatile int state;
    private volatile boolean reading;
    private volatile boolean eofSent;
    // loop thread sets: nothing will be written after what is unsent
    private volatile boolean eofAsked;
    // loop thread sets: a file is being copied here, the end waits for it
    private volatile boolean held;
    // completions set
    private volatile boolean peerEnded;
    // who has ended the output sets: everything is sent, input is thrown away until the peer ends
    private volatile boolean lingering;
    // a completion sets: nothing can be sent any more, but there may be an answer that says why
    private volatile boolean hearsOut;
    // who lingers, hears out, or puts the end off sets, and then looks whether this is closed; who closes this cancels
    private volatile @Nullable TimerHandle timer;
    // completions only
    private int discarded;
    // who closes the channel sets
    private volatile boolean released;
    // set before OPEN
    private @Nullable SocketAddress localAddress;
    private @Nullable SocketAddress remoteAddress;
    // set before this can be closed by anybody else
    private Runnable onReleased = () -> {};
    // set before this is started; null when there are no deadlines
    private @Nullable IdleWatch watch;
    // set before this can be closed by anybody else; who settles it runs and then drops it, maybe twice
    private volatile Runnable onSettled = () -> {};
    // loop thread sets, any thread reads
    private volatile Runnable onClosed = () -> {};
    private volatile @Nullable ByteSink layer;

    /** A channel that is connected, or about to be. */
    CompletionSocket(SocketEngine engine, AsynchronousSocketChannel channel, StreamOptions options) {
        this.engine = engine;
        this.completions = Objects.requireNonNull(engine.completions());
        this.channel = channel;
        this.outcome = new Outcome(engine);
        this.inbound = new Inbound(this, options);
        this.outbound = new CompletionQueue(this, options.lowWater(), options.highWater());
        this.watch = newWatch(null, options.idleTimeout());
    }

    // ---- beginning

    /** Connects, in the background, and then has {@code whenSettled} run, also if that cannot be. */
    void connect(SocketAddress address, Runnable whenSettled) {
        onSettled = whenSettled;
        completions.add(this);
        try {
            channel.connect(address, null, new Completion<@Nullable Void>() {
                @Override
                void succeeded(@Nullable Void nothing) throws IOException {
                    opened();
                }
            });
        } catch (ShutdownChannelGroupException e) {
            shutDown();
        } catch (RuntimeException e) {
            completions.remove(this);
            throw e;
        }
    }

    @Override
    public void start() throws IOException {
        completions.add(this);
        opened();
    }

    private void opened() throws IOException {
        localAddress = channel.getLocalAddress();
        remoteAddress = channel.getRemoteAddress();
        if (STATE.compareAndSet(this, CONNECTING, OPEN)) {
            if (watch != null) {
                watch.begin();
            }
            settled();
            startReading();
        }
    }

    private void settled() {
        Runnable callback = onSettled;
        onSettled = () -> {};
        callback.run();
    }

    @Override
    public boolean isSettled() {
        return state != CONNECTING;
    }

    @Override
    public void onReleased(Runnable callback) {
        onReleased = callback;
    }

    // ---- deadlines

    @Override
    public void watchAsClient(StreamOptions options) {
        watch = newWatch(options.firstByteTimeout(), options.idleTimeout());
    }

    /** What has arrived in time may be on its way through the completions' thread, as after a pause of the whole JVM. */
    private @Nullable IdleWatch newWatch(@Nullable Duration firstByte, @Nullable Duration idle) {
        return IdleWatch.of(loop(), () -> loop().callLater(SECOND_LOOK, this::expire), firstByte, idle);
    }

    private void expire() {
        IdleWatch deadlines = watch;
        if (deadlines == null || lingering || state == CLOSED) {
            return;
        }
        IOException overdue = deadlines.overdue();
        if (overdue == null) {
            deadlines.rearm();
        } else {
            fail(overdue);
        }
    }

    // ---- what it is made of

    private EventLoop loop() {
        return engine.loop();
    }

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public CompletionQueue outbound() {
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
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        channel.setOption(option, value);
    }

    @Override
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return channel.getOption(option);
    }

    // ---- reading

    private void startReading() {
        if (!peerEnded && state != CLOSED && READING.compareAndSet(this, false, true)) {
            try {
                channel.read(buffer.clear(), null, readCompletion);
            } catch (RuntimeException e) {
                fail(e);
            }
        }
    }

    @Override
    public void resumeReading() {
        startReading();
    }

    /** A completion. The next read may be started elsewhere as soon as {@code reading} is false, so the bytes are taken out before. */
    private void arrived(int count) {
        if (watch != null) {
            watch.received();
        }
        byte[] chunk = new byte[Math.max(0, count)];
        buffer.flip().get(chunk);
        if (count == buffer.capacity() && count < LARGEST_BUFFER) {
            buffer = ByteBuffer.allocate(2 * count);
        }
        peerEnded = count < 0;
        reading = false;
        if (count < 0) {
            endInput();
        } else if (lingering) {
            discarded += count;
            if (discarded >= DISCARD_AT_MOST) {
                closeNow();
            } else {
                startReading();
            }
        } else if (state == OPEN || hearsOut) {
            if (inbound.feed(chunk)) {
                startReading();
            }
        } else if (lingering) {
            startReading(); // that began in between, and found this read under way
        }
    }

    /**
     * The peer has ended; or has reset the connection, and a write that is under way has got that from the system, which tells it once.
     * Then the failure is on its way, and has to be there before the end is.
     */
    private void endInput() {
        if (lingering || hearsOut) {
            closeNow();
        } else if (outbound.unsent() == 0 || !later(TIME_TO_FAIL, inbound::end)) {
            inbound.end();
        }
    }

    @Override
    public @Nullable IOException failure() {
        return outcome.failure();
    }

    @Override
    public void throwIfFailed() throws IOException {
        outcome.throwIfFailed();
    }

    // ---- writing

    /** Sends what is next; no other write is under way. */
    void send() {
        ByteBuffer[] pieces = outbound.next();
        if (pieces.length > 0) {
            try {
                channel.write(pieces, 0, pieces.length, 0, TimeUnit.MILLISECONDS, null, writeCompletion);
            } catch (RuntimeException e) {
                fail(e);
            }
        }
    }

    private void sent(long count) {
        if (watch != null) {
            watch.sent();
        }
        if (outbound.sent(count)) {
            send();
        } else {
            endOutput();
            if (peerEnded) {
                cancelTimer();
                inbound.end(); // see endInput: no failure is on its way
            }
        }
    }

    @Override
    public void writeEof() {
        eofAsked = true;
        endOutput();
    }

    @Override
    public boolean isEofAsked() {
        return eofAsked;
    }

    @Override
    public boolean hold() {
        held = true; // before the look: who closes does these two the other way round
        if (isClosing()) {
            release();
            return false;
        }
        return true;
    }

    @Override
    public void release() {
        held = false;
        endOutput();
    }

    /** Does what was put off until everything is sent, if it is. */
    private void endOutput() {
        if (state == CLOSING) {
            if (!held && outbound.endIfEmpty()) {
                closeOrLinger();
            }
        } else if (eofAsked && outbound.unsent() == 0) {
            sendEof();
        }
    }

    private void sendEof() {
        if (EOF_SENT.compareAndSet(this, false, true)) {
            try {
                channel.shutdownOutput();
            } catch (ClosedChannelException e) {
                // Nobody is left who could miss the end.
            } catch (IOException e) {
                fail(e);
            }
        }
    }

    // ---- ending, from any thread

    @Override
    public boolean isClosing() {
        return state >= CLOSING;
    }

    @Override
    public boolean isClosed() {
        return state == CLOSED;
    }

    @Override
    public void onClosed(Runnable callback) {
        onClosed = callback;
        if (isClosed()) {
            callback.run();
        }
    }

    @Override
    public void close() {
        outcome.giveUp();
        if (STATE.compareAndSet(this, OPEN, CLOSING)) {
            inbound.end();
            endOutput();
        } else if (state == CLOSED) {
            outcome.reportLossSoon();
        }
    }

    @Override
    public void abort() {
        outcome.abort();
        closeNow();
        outcome.reportLossSoon();
    }

    @Override
    public boolean isReleased() {
        return released;
    }

    @Override
    public void awaitReleased() {
        waiters.await(loop(), () -> released);
    }

    /** See {@link StreamSocket}: a socket that is closed with unread input takes back what it has not delivered. */
    private void closeOrLinger() {
        boolean peerIsTold = outcome.failure() instanceof SSLException; // it may still have to read why
        if (peerEnded || (outcome.failure() != null && !peerIsTold)) {
            closeNow();
            return;
        }
        lingering = true;
        sendEof();
        readTheRest();
    }

    /** A write has failed. What has arrived is worth reading; then comes the peer's end, or the failure once more. */
    private void hearOut(Throwable failure) {
        if (failure instanceof IOException cause && state == OPEN && !peerEnded) {
            outcome.fail(cause);
            hearsOut = true;
            STATE.compareAndSet(this, OPEN, CLOSING);
            readTheRest();
        } else {
            fail(failure);
        }
    }

    private void readTheRest() {
        if (!later(LINGER, this::closeNow) || peerEnded) {
            closeNow();
        } else {
            startReading();
        }
    }

    /** False when the loop is closed. */
    private boolean later(Duration delay, Runnable what) {
        try {
            timer = loop().callLater(delay, what);
        } catch (LoopClosedException e) {
            return false;
        }
        if (state == CLOSED) {
            cancelTimer();
        }
        return true;
    }

    private void cancelTimer() {
        TimerHandle set = timer;
        if (set != null) {
            set.cancel();
        }
    }

    @Override
    public void fail(Throwable cause) {
        if (cause instanceof ShutdownChannelGroupException) {
            shutDown();
            return;
        }
        if (cause instanceof AsynchronousCloseException || cause instanceof ClosedChannelException || state == CLOSED) {
            return; // it was closed on purpose
        }
        if (!lingering) { // else everything is sent, and what happens now is no failure
            if (!(cause instanceof IOException)) {
                engine.report(new ErrorContext("unexpected failure of " + this, cause));
            }
            outcome.fail(cause instanceof IOException e ? e : new IOException(cause.toString(), cause));
        }
        closeNow();
    }

    @Override
    public void shutDown() {
        boolean cutOff = state == OPEN && !inbound.isEnded();
        if (state == CONNECTING || cutOff || outbound.unsent() != 0) {
            outcome.fail(new SocketException("the event loop was closed"));
        }
        closeNow();
    }

    private void closeNow() {
        if ((int) STATE.getAndSet(this, CLOSED) == CLOSED) {
            return;
        }
        noteDropped();
        cancelTimer();
        if (watch != null) {
            watch.end();
        }
        inbound.end();
        settled();
        onClosed.run();
        Poller.closeQuietly(channel);
        completions.remove(this);
        onReleased.run(); // first, those who wait count on it
        released = true;
        waiters.wakeAll();
        outcome.reportLossSoon();
    }

    private boolean noteDropped() {
        long dropped = outbound.discard();
        if (dropped > 0) {
            outcome.noteDropped(dropped, this);
        }
        return dropped > 0;
    }

    /** A write came too late. */
    void noteDroppedLate() {
        if (noteDropped()) {
            outcome.reportLossSoon();
        }
    }

    /** What is to be done when the system is done. On the thread of the group; whatever goes wrong ends the connection. */
    private abstract class Completion<V extends @Nullable Object> implements CompletionHandler<V, @Nullable Void> {
        abstract void succeeded(V result) throws Exception;

        void failed(Throwable failure) {
            fail(failure);
        }

        @Override
        public final void completed(V result, @Nullable Void nothing) {
            try {
                succeeded(result);
            } catch (Throwable failure) {
                fail(failure);
            }
        }

        @Override
        public final void failed(Throwable failure, @Nullable Void nothing) {
            failed(failure);
        }
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
