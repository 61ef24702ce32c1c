package io.loomloop.nio;

import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a {@link ProactorDriver}. There is no thread to ask: whoever changes something in {@link SocketLife} does what follows
 * from it. Completions run one at a time, on the thread of the channel's group.
 *
 * <pre>
 *  reading:  false --startReading (CAS)--> true --a completion, before it feeds--> false
 * </pre>
 */
final class CompletionSocket extends SocketLife implements CompletionEngine.Member {
    private static final int SMALLEST_BUFFER = 2 << 10;
    private static final int LARGEST_BUFFER = 64 << 10;
    private static final Duration TIME_TO_FAIL = Duration.ofSeconds(1);
    private static final Duration LINGER = Duration.ofSeconds(2);
    private static final Duration SECOND_LOOK = Duration.ofMillis(10);

    private static final VarHandle READING;

    static {
        try {
            READING = MethodHandles.lookup().findVarHandle(CompletionSocket.class, "reading", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final CompletionEngine completions;
    private final AsynchronousSocketChannel channel;
    private final CompletionQueue outbound;
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
    private volatile boolean reading;
    // a completion sets: nothing can be sent any more, but there may be an answer that says why
    private volatile boolean hearsOut;
    // who puts the end off sets, and then looks whether this is closed; who closes cancels
    private volatile @Nullable TimerHandle timer;

    /** A channel that is connected, or about to be. */
    CompletionSocket(SocketEngine engine, AsynchronousSocketChannel channel, StreamOptions options) {
        super(engine, options);
        this.completions = Objects.requireNonNull(engine.completions());
        this.channel = channel;
        this.outbound = new CompletionQueue(this, options.lowWater(), options.highWater());
    }

    @Override
    AsynchronousSocketChannel channel() {
        return channel;
    }

    @Override
    public CompletionQueue outbound() {
        return outbound;
    }

    // ---- beginning

    /** Connects, in the background, and then has {@code whenSettled} run, also if that cannot be. */
    void connect(SocketAddress address, Runnable whenSettled) {
        onSettled(whenSettled);
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
        if (opened(channel.getLocalAddress(), channel.getRemoteAddress())) {
            begin();
            startReading();
        }
    }

    // ---- reading

    private void startReading() {
        if (!isPeerEnded() && !isClosed() && READING.compareAndSet(this, false, true)) {
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
        noteReceived();
        byte[] chunk = new byte[Math.max(0, count)];
        buffer.flip().get(chunk);
        if (count == buffer.capacity() && count < LARGEST_BUFFER) {
            buffer = ByteBuffer.allocate(2 * count);
        }
        if (count < 0) {
            notePeerEnded();
        }
        reading = false;
        if (count < 0) {
            endInput();
        } else if (isLingering()) {
            discard(count);
            startReading();
        } else if (state() == OPEN || hearsOut) {
            if (inbound.feed(chunk)) {
                startReading();
            }
        } else if (isLingering()) {
            startReading(); // that began in between, and found this read under way
        }
    }

    /**
     * The peer has ended; or has reset the connection, and a write that is under way has got that from the system, which tells it once.
     * Then the failure is on its way, and has to be there before the end is.
     */
    private void endInput() {
        if (isLingering() || hearsOut) {
            closeNow();
        } else if (outbound.unsent() == 0 || !later(TIME_TO_FAIL, inbound::end)) {
            inbound.end();
        }
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
        noteSent();
        if (outbound.sent(count)) {
            send();
        } else {
            endOutput();
            if (isPeerEnded()) {
                cancelTimer();
                inbound.end(); // see endInput: no failure is on its way
            }
        }
    }

    /** A write has failed. What has arrived is worth reading; then comes the peer's end, or the failure once more. */
    private void hearOut(Throwable failure) {
        if (failure instanceof IOException cause && state() == OPEN && !isPeerEnded()) {
            outcome.fail(cause);
            hearsOut = true;
            becomeClosing();
            readTheRest();
        } else {
            fail(failure);
        }
    }

    // ---- deadlines

    /** What has arrived in time may be on its way through the completions' thread, as after a pause of the whole JVM. */
    @Override
    void expireSoon() {
        loop().callLater(SECOND_LOOK, this::expire);
    }

    /** False when the loop is closed. */
    private boolean later(Duration delay, Runnable what) {
        try {
            timer = loop().callLater(delay, what);
        } catch (LoopClosedException e) {
            return false;
        }
        if (isClosed()) {
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

    // ---- the end, any thread

    @Override
    void endSoon() {
        endOutput();
    }

    @Override
    void abortSoon() {
        closeNow();
    }

    @Override
    void stopReading() {
        if (!hearsOut) {
            inbound.end();
        }
    }

    @Override
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    void linger() {
        readTheRest();
    }

    private void readTheRest() {
        if (!later(LINGER, this::closeNow) || isPeerEnded()) {
            closeNow();
        } else {
            startReading();
        }
    }

    /** That the channel is closed is no failure, but was asked for. */
    @Override
    public void fail(Throwable cause) {
        if (cause instanceof ShutdownChannelGroupException) {
            shutDown();
        } else if (!(cause instanceof ClosedChannelException)) {
            super.fail(cause);
        }
    }

    @Override
    void closeChannel() {
        Poller.closeQuietly(channel);
        released();
    }

    @Override
    void released() {
        cancelTimer();
        completions.remove(this);
        super.released();
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
}
