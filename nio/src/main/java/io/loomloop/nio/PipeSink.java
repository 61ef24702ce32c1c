package io.loomloop.nio;

import io.loomloop.ErrorContext;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of a pipe: a write goes straight from the task to the pipe, what that does not take is sent by the I/O thread.
 *
 * <pre>
 *  OPEN --close, writeEof--> CLOSING --the last byte is sent--> CLOSED
 *   any --abort, a failure, the user closes the channel, the loop closes--> CLOSED
 * </pre>
 */
final class PipeSink extends Registration implements OutputOwner, Guest {
    // what can be requested
    static final int START = 1;
    private static final int FLUSH = 2;
    private static final int END = 4;
    private static final int ABORT = 8;

    private static final int OPEN = 0;
    private static final int CLOSING = 1;
    private static final int CLOSED = 2;

    private final Pipe.SinkChannel channel;
    private final Outbound outbound;
    private final Outcome outcome;
    private final Waiters closers = new Waiters();

    // any thread, CAS; see above
    private final AtomicInteger state = new AtomicInteger(OPEN);
    // loop thread sets
    private volatile boolean eofAsked;
    // I/O thread sets: the descriptor is free
    private volatile boolean released;
    // loop thread sets, any thread reads
    private volatile Runnable onClosed = () -> {};
    // I/O thread only
    private @Nullable SelectionKey key;

    PipeSink(SocketEngine engine, Pipe.SinkChannel channel, int low, int high) {
        super(engine);
        this.channel = channel;
        this.outcome = new Outcome(engine);
        this.outbound = new Outbound(this, low, high);
    }

    // ---- asking

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public Pipe.SinkChannel channel() {
        return channel;
    }

    @Override
    public SendQueue outbound() {
        return outbound;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public boolean isClosing() {
        return state.get() != OPEN;
    }

    @Override
    public boolean isClosed() {
        return state.get() == CLOSED;
    }

    @Override
    public void onClosed(Runnable callback) {
        onClosed = callback;
        if (isClosed()) {
            callback.run();
        }
    }

    @Override
    public boolean isEofAsked() {
        return eofAsked;
    }

    @Override
    public SocketAddress localAddress() {
        throw new UnsupportedOperationException("a pipe has no address: " + this);
    }

    @Override
    public SocketAddress remoteAddress() {
        throw new UnsupportedOperationException("a pipe has no address: " + this);
    }

    // ---- loop thread

    @Override
    public void writeEof() {
        eofAsked = true;
        request(END);
    }

    @Override
    public boolean isReleased() {
        return released;
    }

    @Override
    public void awaitReleased() {
        closers.await(engine.loop(), () -> released);
    }

    @Override
    public void flushSoon() {
        request(FLUSH);
    }

    @Override
    public void noteSent() {} // pipes have no deadlines

    @Override
    public void outputIsFree() {
        if (isClosing() || eofAsked) {
            request(END);
        }
    }

    @Override
    public void lose(IOException cause) {
        outcome.fail(
                cause instanceof ClosedChannelException
                        ? new SocketException("its channel was closed by others")
                        : cause);
        state.compareAndSet(OPEN, CLOSING);
        request(ABORT);
    }

    // ---- any thread

    @Override
    public void close() {
        outcome.giveUp();
        if (state.compareAndSet(OPEN, CLOSING)) {
            request(END);
        } else if (isClosed()) {
            outcome.reportLossSoon();
        }
    }

    @Override
    public void abort() {
        outcome.abort();
        state.compareAndSet(OPEN, CLOSING);
        request(ABORT);
    }

    // ---- I/O thread

    @Override
    void attend(int bits) throws IOException {
        if (isClosed()) {
            noteDropped();
        } else if ((bits & ABORT) != 0) {
            closeNow();
        } else {
            if ((bits & START) != 0) {
                key = engine.poller().register(channel, 0, this);
                engine.poller().addGuest(this);
            }
            SelectionKey registered = key;
            if ((bits & FLUSH) != 0 && registered != null) {
                registered.interestOps(SelectionKey.OP_WRITE);
            }
            if ((bits & END) != 0) {
                endIfSent();
            }
        }
    }

    @Override
    void ready(SelectionKey ready, int ops) throws IOException {
        if (outbound.flush(channel, engine.poller().buffer())) {
            ready.interestOps(0);
            endIfSent();
        }
    }

    private void endIfSent() {
        if ((isClosing() || eofAsked) && outbound.endIfEmpty()) {
            closeNow();
        }
    }

    @Override
    void fail(Throwable cause) {
        if (isClosed()) {
            return;
        }
        if (!channel.isOpen()) {
            channelClosed();
            return;
        }
        if (!(cause instanceof IOException)) {
            engine.report(new ErrorContext("unexpected failure of " + this, cause));
        }
        outcome.fail(cause instanceof IOException e ? e : new IOException(cause.toString(), cause));
        closeNow();
    }

    @Override
    public boolean isChannelOpen() {
        return channel.isOpen();
    }

    @Override
    public void channelClosed() {
        outcome.fail(new SocketException("its channel was closed by others"));
        closeNow();
    }

    private void closeNow() {
        if (becomeClosed()) {
            engine.poller().removeGuest(this);
            engine.poller().release(this, channel);
        }
    }

    private boolean becomeClosed() {
        if (state.getAndSet(CLOSED) == CLOSED) {
            return false;
        }
        noteDropped();
        onClosed.run();
        return true;
    }

    private void noteDropped() {
        long dropped = outbound.discard();
        if (dropped > 0) {
            outcome.noteDropped(dropped, this);
            outcome.reportLossSoon();
        }
    }

    @Override
    void shutDown() {
        if (!isClosed() && outbound.unsent() != 0) {
            outcome.fail(new SocketException("the event loop was closed"));
        }
        if (becomeClosed()) {
            Poller.closeQuietly(channel);
            released();
        }
    }

    @Override
    void released() {
        engine.watches().disown(channel);
        released = true;
        closers.wakeAll();
        outcome.reportLossSoon();
    }

    @Override
    public String toString() {
        return "pipe " + channel + (isClosed() ? " (closed)" : isClosing() ? " (closing)" : "");
    }
}
