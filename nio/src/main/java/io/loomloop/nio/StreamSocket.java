package io.loomloop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A connection that the I/O thread looks after, which reads and writes when the channel is ready. Tasks write to the channel
 * themselves if they can, see {@link Outbound}, and read from it what the I/O thread leaves them, see {@link Inbound}; for anything else
 * they ask the I/O thread, which alone moves {@link SocketLife} on.
 */
final class StreamSocket extends SocketLife implements OutputOwner {
    // what can be requested
    static final int START = 1;
    static final int RESUME = 2;
    static final int FLUSH = 4;
    static final int END = 8;
    static final int ABORT = 16;
    static final int EXPIRE = 32;

    private static final int DISCARDS_PER_ROUND = 16;

    /** What the I/O thread knows of the socket. */
    private final class Watched extends Registration {
        Watched(SocketEngine engine) {
            super(engine);
        }

        @Override
        void attend(int bits) throws IOException {
            StreamSocket.this.attend(bits);
        }

        @Override
        void ready(SelectionKey ready, int ops) throws IOException {
            StreamSocket.this.ready(ready, ops);
        }

        @Override
        void fail(Throwable failure) {
            StreamSocket.this.fail(failure);
        }

        @Override
        void released() {
            StreamSocket.this.released();
        }

        @Override
        void shutDown() {
            StreamSocket.this.shutDown();
        }
    }

    private final SocketChannel channel;
    private final Outbound outbound;
    private final Registration registration;
    // I/O thread only
    private @Nullable SelectionKey key;

    /** A channel in non-blocking mode that is connected, or connects. */
    StreamSocket(SocketEngine engine, SocketChannel channel, StreamOptions options) throws IOException {
        super(engine, options);
        this.channel = channel;
        this.outbound = new Outbound(this, options.lowWater(), options.highWater());
        this.registration = new Watched(engine);
        if (channel.isConnected()) {
            opened(channel.getLocalAddress(), channel.getRemoteAddress());
        }
    }

    @Override
    public SocketChannel channel() {
        return channel;
    }

    @Override
    public Outbound outbound() {
        return outbound;
    }

    // ---- asking the I/O thread, from any thread

    /** Has the I/O thread do something soon. */
    void request(int bits) {
        registration.request(bits);
    }

    /** What was asked for since the last time. I/O thread. */
    int takeRequests() {
        return registration.takeRequests();
    }

    /** Has the I/O thread begin to look after this, and tell when the channel is connected or cannot be. */
    void start(Runnable whenSettled) {
        onSettled(whenSettled);
        request(START);
    }

    @Override
    public void startSoon() {
        request(START);
    }

    @Override
    public void resumeReading() {
        request(RESUME);
    }

    @Override
    public void flushSoon() {
        request(FLUSH);
    }

    @Override
    void endSoon() {
        request(END);
    }

    @Override
    void abortSoon() {
        request(ABORT);
    }

    @Override
    void expireSoon() {
        request(EXPIRE);
    }

    /** A write failed: the connection is of no use any more. That the channel was closed here is no failure, but was asked for. */
    @Override
    public void lose(IOException cause) {
        if (!isClosed() || !(cause instanceof ClosedChannelException)) {
            outcome.fail(asIOException(cause));
        }
        abandon();
    }

    /** Everything written has been sent by the task itself: what was put off until then can happen. */
    @Override
    public void outputIsFree() {
        if (isEofAsked() || state() == CLOSING) {
            request(END);
        }
    }

    // ---- reading what was left, a task

    /**
     * The first call of a virtual thread makes the JDK take the channel's monitor. Now nobody else has it. Later it may be busy, and on
     * JDK 24 and newer the task would lose the loop while it holds the channel's lock for reading, for which the I/O thread, the
     * loop's own, would then wait for ever.
     */
    @Override
    public void enterTasks() {
        try {
            int unused = channel.read(ByteBuffer.allocate(0));
        } catch (IOException e) {
            // Whoever reads next finds out as well.
        }
    }

    @Override
    public boolean leavesBytes() {
        return engine.pollsOnLoop();
    }

    @Override
    public int readNow(ByteBuffer into) {
        int limit = into.limit();
        int room = Math.min(engine.poller().buffer().capacity(), into.remaining()); // no more at a time than for others
        try {
            int count = channel.read(into.limit(into.position() + room));
            if (count > 0) {
                noteReceived();
            }
            return count;
        } catch (IOException e) {
            outcome.fail(asIOException(e)); // not closed by us, for then nothing would have been left
            abandon();
            return 0;
        } finally {
            into.limit(limit);
        }
    }

    // ---- I/O thread

    private void attend(int bits) throws IOException {
        if (isClosed()) {
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
            if ((bits & FLUSH) != 0 && isLingering()) {
                noteDroppedLate();
            } else if ((bits & FLUSH) != 0) {
                key().interestOpsOr(SelectionKey.OP_WRITE);
            }
            if ((bits & END) != 0) {
                endOutput();
            }
            if ((bits & EXPIRE) != 0 && !isLingering() && !isClosed()) {
                readOnceMore();
                expire();
            }
        }
    }

    /** A loop that was busy may not have looked for a while. */
    private void readOnceMore() throws IOException {
        if ((key().interestOps() & SelectionKey.OP_READ) != 0) {
            read(key());
        }
    }

    /** Puts the channel under the selector's watch. */
    @Override
    public void start() throws IOException {
        boolean connected = isSettled();
        key = engine.poller()
                .register(channel, connected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, registration);
        if (connected) {
            begin();
        }
    }

    private SelectionKey key() {
        SelectionKey registered = key;
        if (registered == null) {
            throw new IllegalStateException("not registered: " + this);
        }
        return registered;
    }

    private void ready(SelectionKey ready, int ops) throws IOException {
        if (!isSettled()) {
            finishConnect(ready);
            return;
        }
        if (isLingering()) {
            discardInput();
            return;
        }
        if ((ops & SelectionKey.OP_READ) != 0) {
            if (inbound.leaveToTask()) {
                engine.poller().countLeft();
            } else {
                read(ready);
            }
        }
        if ((ops & SelectionKey.OP_WRITE) != 0
                && outbound.flush(channel, engine.poller().buffer())) {
            ready.interestOpsAnd(~SelectionKey.OP_WRITE);
            endOutput();
        }
    }

    private void finishConnect(SelectionKey ready) throws IOException {
        if (channel.finishConnect()) {
            ready.interestOps(SelectionKey.OP_READ);
            opened(channel.getLocalAddress(), channel.getRemoteAddress());
            begin();
        }
    }

    // ---- reading, I/O thread

    private void read(SelectionKey ready) throws IOException {
        ByteBuffer offered = inbound.claim();
        ByteBuffer buffer = engine.poller().buffer();
        int count = offered == null ? channel.read(buffer) : readInto(offered, buffer);
        engine.poller().countRead(count);
        if (count != 0) {
            noteReceived();
        }
        if (count < 0) {
            notePeerEnded();
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

    // ---- the end, I/O thread

    @Override
    void stopReading() {
        if (!inbound.isEnded()) {
            key().interestOpsAnd(~SelectionKey.OP_READ);
            inbound.end();
        }
    }

    @Override
    void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    void linger() {
        engine.poller().linger(this);
        key().interestOps(SelectionKey.OP_READ);
        discardInput();
    }

    private void discardInput() {
        try {
            for (int i = 0; i < DISCARDS_PER_ROUND && !isClosed(); i++) {
                int count = channel.read(engine.poller().buffer());
                if (count == 0) {
                    return;
                } else if (count < 0) {
                    closeNow();
                } else {
                    discard(count);
                }
            }
        } catch (IOException e) {
            fail(e);
        }
    }

    @Override
    void closeNow() {
        if (outcome.failure() != null && isSettled() && !isClosed()) {
            readLast();
        }
        engine.poller().lingerNoMore(this);
        super.closeNow();
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

    @Override
    void closeChannel() {
        engine.poller().release(registration, channel);
    }
}
