package io.loomloop.nio;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * An {@link SSLEngine} with its buffers between a {@link ByteSource} and a {@link ByteSink}. Loop thread only, and one caller at a time:
 * a call may lose the loop inside the engine, which takes locks.
 *
 * <p>Each call makes progress, waits for bytes, or fails: an engine that consumes nothing, produces nothing and stays what it is would
 * otherwise be asked for ever.
 */
final class TlsEngine {
    private static final int OUTPUT = 64 << 10;
    /** The JDK's limit of a record is 33,093 bytes. */
    private static final int LARGEST = 40 << 10;

    private static final ByteBuffer[] NOTHING = {ByteBuffer.allocate(0)};
    private static final int ALERTS = 8;

    private final SSLEngine engine;
    private final RecordBuffer records;
    private final ByteSource source;
    private final ByteSink sink;

    // loop thread only: held while there is something to do, because most connections are idle
    private @Nullable ByteBuffer plain;
    private @Nullable ByteBuffer output;
    // loop thread only: the engine itself has failed, so it has an alert to send
    private boolean failed;
    // loop thread only, but for the beginning: how much of what was encrypted last carries nothing of the user's
    private long expendable;

    TlsEngine(SSLEngine engine, RecordBuffer records, ByteSource source, ByteSink sink) {
        this.engine = engine;
        this.records = records;
        this.source = source;
        this.sink = sink;
    }

    SSLEngine ssl() {
        return engine;
    }

    HandshakeStatus status() {
        return engine.getHandshakeStatus();
    }

    // ---- in

    /** Takes what has arrived next; false when there is nothing. */
    boolean pull() {
        byte[] chunk = source.inbound().poll();
        if (chunk == null) {
            return false;
        }
        records.append(chunk);
        return true;
    }

    /** Decrypts one record, whose content is then in {@link #takePlain}. The status is OK, CLOSED, or BUFFER_UNDERFLOW. */
    SSLEngineResult unwrap() throws SSLException {
        HandshakeStatus before = status();
        for (; ; ) {
            ByteBuffer into = plain();
            SSLEngineResult result = call(() -> engine.unwrap(records.bytes(), into));
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                plain = larger(into, engine.getSession().getApplicationBufferSize());
                continue;
            }
            if (result.getStatus() == Status.OK && isStalled(result, before)) {
                throw new SSLException("the TLS engine makes no progress with what was received: " + result);
            }
            return result;
        }
    }

    private ByteBuffer plain() {
        ByteBuffer into = plain;
        if (into == null) {
            into = ByteBuffer.allocate(Math.min(LARGEST, engine.getSession().getApplicationBufferSize()));
            plain = into;
        }
        return into;
    }

    /** What was decrypted. */
    byte[] takePlain() {
        ByteBuffer from = plain().flip();
        byte[] taken = new byte[from.remaining()];
        from.get(taken);
        from.clear();
        return taken;
    }

    // ---- out

    /** Encrypts one record at most, which is sent by {@link #flush} at the latest. The status is OK or CLOSED. */
    SSLEngineResult wrap(ByteBuffer[] pieces, int from, int count) throws SSLException {
        HandshakeStatus before = status();
        for (; ; ) {
            ByteBuffer into = output();
            SSLEngineResult result = call(() -> engine.wrap(pieces, from, count, into));
            if (result.getStatus() == Status.BUFFER_OVERFLOW) {
                if (into.position() > 0) {
                    flush();
                } else {
                    output = larger(into, engine.getSession().getPacketBufferSize());
                }
                continue;
            }
            if (result.getStatus() == Status.OK && isStalled(result, before)) {
                throw new SSLException("the TLS engine makes no progress with what is to be sent: " + result);
            }
            expendable = result.bytesConsumed() > 0 ? 0 : expendable + result.bytesProduced();
            return result;
        }
    }

    /** As {@link #wrap(ByteBuffer[], int, int)}, for what the engine itself has to say. */
    SSLEngineResult wrapNothing() throws SSLException {
        return wrap(NOTHING, 0, 1);
    }

    /** Sends what the engine itself has to say, if anything. */
    void wrapControl() throws SSLException {
        while (status() == HandshakeStatus.NEED_WRAP && wrapNothing().getStatus() == Status.OK) {}
        flush();
    }

    /** Sends the last of all records, a close_notify. */
    void wrapEnd() throws SSLException {
        engine.closeOutbound();
        wrapControl();
    }

    /** As {@link #wrapControl}, when the engine has failed already: the peer is told if that is possible. */
    void wrapAlert() {
        try {
            engine.closeOutbound();
            for (int i = 0; i < ALERTS && !engine.isOutboundDone(); i++) {
                wrapNothing();
            }
            flush();
        } catch (SSLException | RuntimeException e) {
            // The peer sees the end of the connection.
        }
    }

    /** Sends what was encrypted. */
    void flush() {
        ByteBuffer from = output;
        if (from == null || from.position() == 0) {
            return;
        }
        from.flip();
        if (sink.isClosing()) {
            drop(from.remaining());
        } else {
            send(from);
        }
        from.clear();
    }

    /** Nothing that is dropped meanwhile may be taken for our own because of what is not there yet. */
    private void send(ByteBuffer records) {
        Outcome outcome = sink.outcome();
        boolean nothingElse = sink.outbound().unsent() <= outcome.expendable();
        if (nothingElse || expendable == 0) {
            outcome.noteExpendable(expendable);
        }
        sink.outbound().write(records.remaining(), records);
        outcome.noteExpendable(expendable);
    }

    private void drop(long bytes) {
        Outcome outcome = sink.outcome();
        if (bytes > expendable && outcome.noteLost(bytes, sink) && sink.isReleased()) {
            outcome.reportLossSoon(); // else the sink does, when those who wait for that were told
        }
    }

    private ByteBuffer output() {
        ByteBuffer into = output;
        if (into == null) {
            into = ByteBuffer.allocate(OUTPUT);
            output = into;
        }
        return into;
    }

    // ---- both

    private interface Call {
        SSLEngineResult run() throws SSLException;
    }

    private SSLEngineResult call(Call call) throws SSLException {
        try {
            return call.run();
        } catch (SSLException e) {
            failed = true;
            throw e;
        }
    }

    /** True when the engine has failed by itself, and not somebody around it. */
    boolean hasFailed() {
        return failed;
    }

    /** Lets go of buffers that are empty. */
    void rest() {
        plain = null;
        output = null;
        records.trim();
    }

    boolean hasRecords() {
        return !records.isEmpty();
    }

    private boolean isStalled(SSLEngineResult result, HandshakeStatus before) {
        return result.bytesConsumed() == 0
                && result.bytesProduced() == 0
                && result.getHandshakeStatus() == before
                && status() == before;
    }

    private static ByteBuffer larger(ByteBuffer full, int wanted) throws SSLException {
        if (wanted <= full.capacity() || wanted > LARGEST) {
            throw new SSLException("a TLS record of " + wanted + " bytes does not fit into a buffer");
        }
        return ByteBuffer.allocate(wanted);
    }
}
