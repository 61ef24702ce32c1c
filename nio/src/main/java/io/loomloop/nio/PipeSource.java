package io.loomloop.nio;

import io.loomloop.ErrorContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * The reading end of a pipe: the I/O thread reads ahead of the task, as from a socket, and closes the channel at the end. A user who
 * closes it before ends the reader.
 */
final class PipeSource extends Registration implements ByteSource, Guest {
    // what can be requested
    static final int START = 1;
    private static final int RESUME = 2;
    private static final int ABORT = 4;

    private final Pipe.SourceChannel channel;
    private final Inbound inbound;
    // I/O thread sets, before the end
    private volatile @Nullable IOException failure;
    // I/O thread only
    private @Nullable SelectionKey key;
    private boolean closed;

    PipeSource(SocketEngine engine, Pipe.SourceChannel channel, StreamOptions options) {
        super(engine);
        this.channel = channel;
        this.inbound = new Inbound(this, options);
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
    public @Nullable IOException failure() {
        return failure;
    }

    @Override
    public void resumeReading() {
        request(RESUME);
    }

    @Override
    public void abort() {
        request(ABORT);
    }

    // ---- I/O thread

    @Override
    void attend(int bits) throws IOException {
        if (closed) {
            return;
        }
        if ((bits & ABORT) != 0) {
            closeNow();
            return;
        }
        if ((bits & START) != 0) {
            key = engine.poller().register(channel, SelectionKey.OP_READ, this);
            engine.poller().addGuest(this);
        }
        SelectionKey registered = key;
        if ((bits & RESUME) != 0 && registered != null) {
            registered.interestOpsOr(SelectionKey.OP_READ);
        }
    }

    @Override
    void ready(SelectionKey ready, int ops) throws IOException {
        ByteBuffer buffer = engine.poller().buffer();
        int count = channel.read(buffer);
        engine.poller().countRead(count);
        if (count < 0) {
            closeNow();
        } else if (count > 0) {
            byte[] chunk = new byte[buffer.flip().remaining()];
            buffer.get(chunk);
            if (!inbound.feed(chunk)) {
                ready.interestOpsAnd(~SelectionKey.OP_READ);
            }
        }
    }

    @Override
    void fail(Throwable cause) {
        if (!closed && channel.isOpen() && !(cause instanceof ClosedChannelException)) {
            failure = cause instanceof IOException e ? e : new IOException(cause.toString(), cause);
            if (failure != cause) {
                engine.report(new ErrorContext("unexpected failure of " + this, cause));
            }
        }
        closeNow();
    }

    @Override
    public boolean isChannelOpen() {
        return channel.isOpen();
    }

    @Override
    public void channelClosed() {
        closeNow();
    }

    private void closeNow() {
        if (!closed) {
            closed = true;
            engine.poller().removeGuest(this);
            inbound.end();
            engine.poller().release(this, channel);
        }
    }

    @Override
    void shutDown() {
        if (!closed) {
            closed = true;
            failure = new IOException("the event loop was closed");
            inbound.end();
            Poller.closeQuietly(channel);
            released();
        }
    }

    @Override
    void released() {
        engine.watches().disown(channel);
    }

    @Override
    public String toString() {
        return "pipe " + channel;
    }
}
