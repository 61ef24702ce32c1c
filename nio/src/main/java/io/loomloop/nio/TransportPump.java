package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The pump of a connection. Its input:
 *
 * <pre>
 *  reading, and a chunk is there    dataReceived, or getBuffer and bufferUpdated
 *  reading, and the input is over   eofReceived, once
 * </pre>
 *
 * It sits above {@link ByteSource} and {@link ByteSink}, so it does not know what kind of connection it has, and waits in
 * {@link Inbound#await}: whatever it waits for besides bytes wakes the inbound. A task beside it, while writing is paused, waits for
 * the low mark, because that is waited for elsewhere.
 */
final class TransportPump extends ProtocolPump<Protocol> {
    private final @Nullable String host;
    private final Waiters turns = new Waiters();

    // loop thread writes, when the connection is upgraded; any thread reads
    private volatile ByteSource source;
    private volatile ByteSink sink;
    private volatile Inbound inbound;
    private volatile SendQueue outbound;
    private volatile Transport transport;
    // the pump sets: the peer has ended
    private volatile boolean inputOver;
    // loop thread writes, any thread reads
    private volatile boolean reading = true;

    // all loop thread only
    private byte @Nullable [] pending; // what was taken from the inbound and not delivered, or in part
    private int delivered; // of that
    private @Nullable Task<?> lowWatch;
    private long takenInARow;
    private boolean upgrading; // somebody makes this a secured connection, and the pump keeps away from it
    private boolean awaiting; // the pump waits in the inbound

    TransportPump(Connection connection, Protocol protocol) {
        this(connection.reader(), connection.writer(), protocol, connection.host());
    }

    TransportPump(StreamReader reader, StreamWriter writer, Protocol protocol) {
        this(reader, writer, protocol, null);
    }

    private TransportPump(StreamReader reader, StreamWriter writer, Protocol protocol, @Nullable String host) {
        this(reader.source(), reader.handOver(), writer, protocol, host);
    }

    /** Over a source of which {@code leftover} was taken already. */
    TransportPump(ByteSource source, byte[] leftover, StreamWriter writer, Protocol protocol, @Nullable String host) {
        super(writer.sink().engine(), writer.sink(), protocol);
        this.host = host;
        this.source = source;
        this.sink = writer.sink();
        this.inbound = source.inbound();
        this.outbound = sink.outbound();
        this.transport = new Transport(this, writer);
        this.pending = leftover.length == 0 ? null : leftover;
    }

    Transport transport() {
        return transport;
    }

    // ---- the task

    @Override
    void connectionMade() throws Exception {
        protocol.connectionMade(transport);
    }

    @Override
    void serve() {
        while (goesOn()) {
            if (upgrading) {
                awaitUpgrade();
            } else if (!pausesOrResumes() && !servesInput()) {
                return;
            }
        }
    }

    /** Delivers input, or waits for something to do; false when the connection is over. */
    private boolean servesInput() {
        if (wantsInput() && takeChunk()) {
            deliver();
        } else if (wantsInput() && inbound.isAtEnd() && source.failure() == null && !sink.isClosing()) {
            inputOver = true;
            callbacks.call("eofReceived", this::endInput);
        } else if (wantsInput() ? inbound.isAtEnd() : sink.isClosing()) {
            return false;
        } else {
            takenInARow = 0;
            watchLow();
            awaitWork();
        }
        return true;
    }

    private void awaitWork() {
        awaiting = true;
        try {
            inbound.await(this::hasWork);
        } finally {
            awaiting = false;
            turns.wakeAll();
        }
    }

    /** True when {@link #serve} has something to do; it would be in vain to look while somebody else is in a callback. */
    private boolean hasWork() {
        return upgrading || (callbacks.isFree() && hasCallback());
    }

    private boolean hasCallback() {
        return stopped
                || isPauseDue()
                || isResumeDue()
                || (wantsInput() ? pending != null || inbound.hasNews() : sink.isClosing());
    }

    private void watchLow() {
        if (isWritingPaused() && (lowWatch == null || lowWatch.isDone())) {
            Task<?> watch = engine.loop().createTask("low-water mark of " + sink, outbound::awaitLow);
            watch.addDoneCallback(done -> inbound.wake());
            lowWatch = watch;
        }
    }

    @Override
    void flush() {
        awaitUpgrade();
        if (!sink.isClosing()) {
            fail(lossOrNull()); // of the input alone: the output is of no use without it
        } else if (isWritingPaused()) {
            outbound.awaitLow();
            resumes();
        }
    }

    @Override
    void awaitReleased() {
        sink.awaitReleased();
    }

    @Override
    @Nullable
    Throwable loss() {
        return sink.outcome().isAborted() ? null : lossOrNull();
    }

    /** What has ended the connection; the protocol is being told, so nobody else has to be. */
    private @Nullable IOException lossOrNull() {
        try {
            source.throwIfFailed();
            sink.outcome().throwIfFailed();
            return null;
        } catch (IOException e) {
            return e;
        }
    }

    // ---- bytes

    /** While it does, a connection that is lost is left when all that has arrived is delivered. */
    private boolean wantsInput() {
        return reading && !inputOver;
    }

    private void endInput() throws Exception {
        if (!protocol.eofReceived()) {
            close();
        }
    }

    private boolean takeChunk() {
        if (pending == null) {
            pending = inbound.poll();
            delivered = 0;
        }
        return pending != null;
    }

    /** Hands over what is pending, or a part of it, then lets others run if it is time. */
    private void deliver() {
        byte[] chunk = Objects.requireNonNull(pending);
        int from = delivered;
        if (protocol instanceof BufferedProtocol buffered) {
            callbacks.call("getBuffer or bufferUpdated", () -> fill(buffered, chunk));
        } else {
            delivered = chunk.length;
            byte[] rest = from == 0 ? chunk : Arrays.copyOfRange(chunk, from, chunk.length);
            callbacks.call("dataReceived", () -> protocol.dataReceived(rest));
        }
        if (delivered == chunk.length) {
            pending = null;
        }
        takenInARow += delivered - from;
        if (takenInARow > 2L * inbound.limit()) {
            takenInARow = 0;
            Async.yieldNow();
        }
    }

    private void fill(BufferedProtocol buffered, byte[] chunk) throws Exception {
        ByteBuffer target = buffered.getBuffer(chunk.length - delivered);
        int count = Math.min(chunk.length - delivered, target.remaining());
        if (count == 0) {
            throw new IllegalStateException("getBuffer() has returned a buffer without room");
        }
        target.put(chunk, delivered, count);
        delivered += count;
        buffered.bufferUpdated(count);
    }

    // ---- TLS, in any task

    /** The pump gets out of the way first, because one at a time can wait for bytes. */
    Transport upgradeToTls(StreamWriter writer, Tls tls) throws IOException {
        writer.requireWritable();
        TlsUpgrade.requireName(tls, host);
        if (upgrading) {
            throw new IllegalStateException("this connection is being upgraded already");
        }
        upgrading = true;
        inbound.wake();
        try {
            turns.await(engine.loop(), () -> !awaiting);
            writer.drain();
            writer.requireWritable();
            byte[] unread = takeUnread();
            pending = unread.length == 0 ? null : unread;
            TlsUpgrade.requireNothingUnread(unread, tls);
            secure(writer, unread, tls);
            return transport;
        } finally {
            upgrading = false;
            turns.wakeAll();
        }
    }

    private byte[] takeUnread() {
        ByteArrayOutputStream unread = new ByteArrayOutputStream();
        while (takeChunk()) {
            byte[] chunk = Objects.requireNonNull(pending);
            unread.write(chunk, delivered, chunk.length - delivered);
            pending = null;
        }
        delivered = 0;
        return unread.toByteArray();
    }

    private void secure(StreamWriter writer, byte[] unread, Tls tls) throws IOException {
        boolean done = false;
        pending = null;
        try {
            Connection secured = TlsUpgrade.secure(source, writer, unread, tls, host);
            TlsStream stream = Objects.requireNonNull(secured.writer().sink().tls());
            source = stream;
            sink = stream;
            inbound = stream.inbound();
            outbound = stream;
            transport = new Transport(this, secured.writer());
            done = true;
        } finally {
            if (!done) {
                stopped = true; // what comes now is not for the protocol
            }
        }
        if (stopped) {
            sink.close(); // by who has closed what is below
        }
    }

    private void awaitUpgrade() {
        turns.await(engine.loop(), () -> !upgrading);
    }

    // ---- asking and ending, see Transport

    @Override
    void wake() {
        inbound.wake();
    }

    /** The sink comes first: the pump, which may run meanwhile, takes one that is open for lost when it is stopped. */
    @Override
    void close() {
        sink.close();
        stopped = true;
        wake();
    }

    @Override
    void abort() {
        sink.abort();
        stopped = true;
        wake();
    }

    @Override
    boolean isClosing() {
        return stopped || sink.isClosing();
    }

    @Override
    boolean isLost() {
        return sink.outcome().failure() != null || sink.outcome().isAborted();
    }

    @Override
    WaterMarks marks() {
        return outbound;
    }

    void setReading(boolean on) {
        engine.ensureOnLoop("this transport");
        reading = on;
        wake();
    }

    boolean isReading() {
        return wantsInput() && !isClosing();
    }

    boolean isPaused() {
        return !reading;
    }
}
