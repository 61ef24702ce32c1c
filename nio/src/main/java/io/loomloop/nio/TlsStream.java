package io.loomloop.nio;

import io.loomloop.LoopClosedException;
import io.loomloop.TimerHandle;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection secured by TLS, above another one, once the {@link TlsHandshake} is done.
 *
 * <pre>
 *  output:  OPEN --writeEof, close--> ENDING --all is encrypted: close_notify--> ENDED
 *           with TLS 1.2 also OPEN --close_notify of the peer--> ENDED, and the stream is closed
 *  input:   OPEN --close_notify of the peer--> ENDED
 *           OPEN --the end without close_notify, a bad record, close--> ENDED
 *  stream:  OPEN --close, a failure--> CLOSING --output ENDED--> the sink is closed, which sends what it has
 *           CLOSING --the shutdown timeout--> the sink is aborted
 *           any --the sink is closed, for whatever reason--> CLOSED
 * </pre>
 *
 * All of it happens on the loop thread, in turns. A turn is a callback, asked for when something has arrived or the stream is to be
 * closed, or part of a write. It may lose the loop inside the engine, so there is one at a time ({@code busy}); who comes meanwhile leaves
 * its bytes in {@code pending} and has the turn repeated. What is encrypted goes to the sink at once, whose queue and marks are those of
 * this stream too. How the connection ended is noted in the sink's {@link Outcome}, which is that of the whole connection.
 */
final class TlsStream implements ByteSource, ByteSink, SendQueue {
    private static final int RECORDS_PER_TURN = 16;
    private static final int ENCRYPT_PER_TURN = 64 << 10;
    private static final int PIECES_PER_RECORD = 64;
    private static final int RECORD = 16 << 10;
    private static final int ANSWERS = 1000;

    private final TlsEngine engine;
    private final ByteSource source;
    private final ByteSink sink;
    private final SocketEngine sockets;
    private final Inbound inbound;
    private final Outcome outcome;
    private final Duration shutdownTimeout;
    private final SSLSession session;
    private final boolean halfCloses;
    private final @Nullable String applicationProtocol;
    private final Waiters drainers = new Waiters();

    private final Nudge nextTurn;
    // any thread sets
    private volatile boolean closing;
    // any thread sets, before closing: whoever closes this does so because the loop closes, maybe in the middle of
    // something
    private volatile boolean cutsOff;
    private volatile @Nullable ByteSink layer;
    private volatile Runnable onClosed = () -> {};
    // loop thread writes, any thread reads
    private volatile long pendingBytes;
    private volatile boolean eofAsked;
    private volatile boolean closed;
    // all loop thread only
    private final Deque<ByteBuffer> pending = new ArrayDeque<>();
    // the last of pending while it has room and the engine has not seen it
    private @Nullable ByteBuffer tail;
    // what the peer has made the engine say since the output was low
    private int answers;
    private boolean busy;
    private boolean again;
    private boolean outputEnded;
    // a file is being copied here, the end waits for it
    private boolean held;
    // some of that was written since the timer was set, so the peer has taken what was written before
    private boolean progress;
    private @Nullable TimerHandle timer;

    /** For an engine whose handshake is done. */
    TlsStream(TlsEngine engine, ByteSource source, ByteSink sink, Duration shutdownTimeout) {
        this.engine = engine;
        this.source = source;
        this.sink = sink;
        this.sockets = source.engine();
        this.inbound = new Inbound(this, source.inbound());
        this.nextTurn = new Nudge(sockets::callSoon, this::takeTurn);
        this.outcome = sink.outcome();
        this.shutdownTimeout = shutdownTimeout;
        this.session = engine.ssl().getSession();
        this.halfCloses = session.getProtocol().equals("TLSv1.3");
        String chosen = engine.ssl().getApplicationProtocol();
        this.applicationProtocol = chosen == null || chosen.isEmpty() ? null : chosen;
    }

    /** Takes the connection over. Loop thread. */
    void start() {
        sink.wrapIn(this);
        sink.onClosed(this::sinkClosed);
        source.inbound().listen(this::schedule);
        schedule(); // for what has come with the end of the handshake
    }

    // ---- asking, from any thread

    @Override
    public SocketEngine engine() {
        return sockets;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public SendQueue outbound() {
        return this;
    }

    @Override
    public Outcome outcome() {
        return outcome;
    }

    @Override
    public @Nullable IOException failure() {
        return outcome.failure();
    }

    @Override
    public void throwIfFailed() throws IOException {
        outcome.throwIfFailed();
    }

    @Override
    public boolean isClosing() {
        return closing || sink.isClosing();
    }

    @Override
    public boolean isClosed() {
        return sink.isClosed();
    }

    @Override
    public boolean isEofAsked() {
        return eofAsked;
    }

    @Override
    public long unsent() {
        return pendingBytes + sink.outbound().unsent();
    }

    @Override
    public int high() {
        return sink.outbound().high();
    }

    @Override
    public SocketAddress localAddress() {
        return sink.localAddress();
    }

    @Override
    public SocketAddress remoteAddress() {
        return sink.remoteAddress();
    }

    @Override
    public TlsStream tls() {
        return this;
    }

    SSLSession session() {
        return session;
    }

    @Nullable
    String applicationProtocol() {
        return applicationProtocol;
    }

    List<Certificate> peerCertificates() {
        try {
            return List.of(session.getPeerCertificates());
        } catch (SSLPeerUnverifiedException e) {
            return List.of();
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
    public void onClosed(Runnable callback) {
        onClosed = callback;
        if (closed) {
            callback.run();
        }
    }

    // ---- ending, from any thread

    @Override
    public void close() {
        outcome.giveUp();
        if (!closing && sockets.loop().isClosing()) {
            cutsOff = true;
        }
        closing = true;
        if (!schedule() || sink.isClosed()) {
            sink.close(); // nobody takes turns any more
        }
    }

    @Override
    public void abort() {
        outcome.abort(); // first: no turn may say any more that all was sent
        closing = true;
        abortBelow();
    }

    private void abortBelow() {
        sink.abort();
        abortSource();
    }

    /** Of two pipes each ends by itself. */
    private void abortSource() {
        if ((Object) source != sink) {
            source.abort();
        }
    }

    @Override
    public boolean isReleased() {
        return sink.isReleased();
    }

    @Override
    public void awaitReleased() {
        sink.awaitReleased();
    }

    // ---- the user's side, loop thread

    @Override
    public void resumeReading() {
        schedule();
    }

    @Override
    public void write(long size, ByteBuffer... pieces) {
        progress = true;
        if (busy || !pending.isEmpty()) {
            keep(pieces);
            again = true;
        } else if (pieces.length > PIECES_PER_RECORD) {
            keep(pieces);
            take(() -> {});
        } else {
            take(() -> {
                if (encrypt(pieces) < size) {
                    keepFirst(pieces);
                    schedule();
                }
            });
        }
    }

    /** Small pieces share buffers, so that many of them cost little more than their bytes. */
    private void keep(ByteBuffer[] pieces) {
        long bytes = pendingBytes;
        for (ByteBuffer piece : pieces) {
            int size = piece.remaining();
            if (size == 0) {
                continue;
            }
            ByteBuffer last = tail;
            if (last == null || last.capacity() - last.limit() < size) {
                last = ByteBuffer.allocate(Math.max(size, RECORD)).limit(0);
                pending.add(last);
                tail = last;
            }
            int end = last.limit();
            last.limit(end + size).put(end, piece, piece.position(), size);
            piece.position(piece.limit());
            bytes += size;
        }
        pendingBytes = bytes;
    }

    /** Keeps the rest of a write in front of what others have written while the engine was busy with it. */
    private void keepFirst(ByteBuffer[] pieces) {
        long bytes = pendingBytes;
        for (int i = pieces.length - 1; i >= 0; i--) {
            ByteBuffer piece = pieces[i];
            if (piece.hasRemaining()) {
                bytes += piece.remaining();
                pending.addFirst(
                        ByteBuffer.allocate(piece.remaining()).put(piece).flip());
            }
        }
        pendingBytes = bytes;
    }

    @Override
    public void awaitLow() {
        drainers.await(sockets.loop(), () -> pendingBytes == 0 || sink.isClosed());
        sink.outbound().awaitLow();
    }

    @Override
    public boolean isAboveHigh() {
        return unsent() > high() || sink.outbound().isAboveHigh();
    }

    @Override
    public boolean isAtLow() {
        return unsent() <= low() && sink.outbound().isAtLow();
    }

    @Override
    public int low() {
        return sink.outbound().low();
    }

    @Override
    public void setWaterMarks(int newLow, int newHigh) {
        sink.outbound().setWaterMarks(newLow, newHigh);
    }

    @Override
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        sink.setOption(option, value);
    }

    @Override
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return sink.option(option);
    }

    /** With TLS 1.2 the end of the output is that of the connection. */
    @Override
    public boolean canWriteEof() {
        return halfCloses;
    }

    @Override
    public void writeEof() {
        eofAsked = true;
        schedule();
    }

    @Override
    public boolean hold() {
        held = !isClosing();
        return held;
    }

    @Override
    public void release() {
        held = false;
        TimerHandle waiting = timer;
        if (waiting != null && !closed) {
            waiting.cancel();
            setTimer(); // for what is unsent
        }
        schedule();
    }

    // ---- turns, loop thread but for schedule

    /** Asks for a turn; false when the loop is closed. Any thread, the raw loop thread too. */
    private boolean schedule() {
        return nextTurn.schedule();
    }

    /** Any thread. Before the sink is released, so that it reports what is lost here too. */
    private void sinkClosed() {
        outcome.noteLost(pendingBytes, this);
        schedule();
    }

    private void takeTurn() {
        take(() -> {});
    }

    private interface Step {
        void run() throws SSLException;
    }

    private void take(Step first) {
        again = true;
        if (busy) {
            return;
        }
        busy = true;
        try {
            first.run();
            while (again) {
                again = false;
                turn();
            }
        } catch (SSLException e) {
            fail(e);
        } catch (RuntimeException | Error e) { // from a trust manager, for example, or no memory is left
            fail(new SSLException("TLS failed: " + e, e));
            if (e instanceof Error error) {
                throw error;
            }
        } finally {
            engine.rest();
            busy = false;
        }
    }

    private void turn() throws SSLException {
        if (sink.isClosed()) {
            end();
        } else if (closing) {
            beginClose();
        }
        decrypt();
        if (closed) {
            return;
        }
        encryptPending();
        if (pending.isEmpty() && (eofAsked || closing) && !held && !outputEnded && !outcome.isAborted()) {
            outputEnded = true;
            if (eofAsked || !cutsOff) {
                engine.wrapEnd();
            }
        }
        if (closing && outputEnded && !sink.isClosing()) {
            sink.close();
        }
    }

    private void decrypt() throws SSLException {
        for (int i = 0; !inbound.isEnded() && !inbound.isPaused() && !closing; i++) {
            if (i == RECORDS_PER_TURN) {
                schedule();
                return;
            }
            if (!engine.hasRecords() && !pull()) {
                return;
            }
            SSLEngineResult result = engine.unwrap();
            if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
                if (!pull()) {
                    return;
                }
                continue;
            }
            byte[] plain = engine.takePlain();
            if (plain.length > 0) {
                inbound.feed(plain);
            }
            attend(result);
        }
    }

    /** Takes what has arrived; false when there is nothing. At the end of the source nothing more will come. */
    private boolean pull() throws SSLException {
        boolean ended = source.inbound().isEnded(); // before the look, because the last chunk comes before the end
        if (engine.pull()) {
            return true;
        }
        if (ended) {
            IOException lost = source.failure();
            if (lost != null) {
                outcome.fail(lost);
                inbound.end();
            } else if (!sink.isClosing()) {
                throw new SSLException(
                        "the peer has ended the connection without close_notify, so maybe something is missing");
            } else {
                inbound.end();
            }
        }
        return false;
    }

    /** What a record was besides data. */
    private void attend(SSLEngineResult result) throws SSLException {
        HandshakeStatus status = engine.status();
        if (result.getStatus() == Status.CLOSED || engine.ssl().isInboundDone()) {
            inbound.end();
            engine.wrapControl();
            if (!halfCloses) { // the engine has answered and sends nothing more
                closing = true;
                again = true;
            }
        } else if (status == HandshakeStatus.NEED_TASK || (!halfCloses && status != HandshakeStatus.NOT_HANDSHAKING)) {
            throw new SSLException("the peer asks for a renegotiation, which is refused");
        } else {
            answer(status); // to a new key
        }
    }

    /** A peer that has the engine talk, but does not listen, may not fill the memory with that. */
    private void answer(HandshakeStatus status) throws SSLException {
        if (status != HandshakeStatus.NEED_WRAP) {
            return;
        }
        if (sink.outbound().isAtLow()) {
            answers = 0;
        } else if (++answers > ANSWERS) {
            throw new SSLException("the peer asks for new keys again and again and does not take the answers");
        }
        engine.wrapControl();
    }

    /** Encrypts a fair share of what is kept. */
    private void encryptPending() throws SSLException {
        if (pending.isEmpty()) {
            return;
        }
        for (int encrypted = 0; !pending.isEmpty() && encrypted < ENCRYPT_PER_TURN; ) {
            ByteBuffer[] pieces = nextPieces();
            int consumed = wrap(pieces, 0, pieces.length);
            encrypted += consumed;
            long left = pendingBytes - consumed;
            pendingBytes = left;
            while (!pending.isEmpty() && !pending.getFirst().hasRemaining()) {
                pending.removeFirst();
            }
        }
        engine.wrapControl();
        if (pending.isEmpty()) {
            drainers.wakeAll();
        } else {
            schedule();
        }
    }

    /** For one record. The engine may be slow, and others write meanwhile: not into these. */
    private ByteBuffer[] nextPieces() {
        List<ByteBuffer> pieces = new ArrayList<>();
        int bytes = 0;
        for (ByteBuffer piece : pending) {
            if (bytes >= RECORD || pieces.size() == PIECES_PER_RECORD) {
                break;
            }
            pieces.add(piece);
            bytes += piece.remaining();
            if (piece == tail) {
                tail = null;
            }
        }
        return pieces.toArray(ByteBuffer[]::new);
    }

    /** Encrypts a fair share and has it sent. */
    private int encrypt(ByteBuffer[] pieces) throws SSLException {
        int encrypted = 0;
        int first = 0;
        while (first < pieces.length && encrypted < ENCRYPT_PER_TURN) {
            if (!pieces[first].hasRemaining()) {
                first++;
                continue;
            }
            encrypted += wrap(pieces, first, pieces.length - first);
        }
        engine.wrapControl();
        return encrypted;
    }

    private int wrap(ByteBuffer[] pieces, int first, int count) throws SSLException {
        SSLEngineResult result = engine.wrap(pieces, first, count);
        if (result.getStatus() == Status.CLOSED) {
            throw new SSLException("the output has ended");
        }
        return result.bytesConsumed();
    }

    // ---- the end, loop thread

    private void beginClose() {
        inbound.end();
        if (timer == null && !closed) {
            setTimer();
        }
    }

    private void setTimer() {
        progress = false;
        try {
            timer = sockets.loop().callLater(shutdownTimeout, this::cutOff);
        } catch (LoopClosedException e) {
            sink.close();
        }
    }

    /** The peer does not take what it is sent; but with a file it may take its time, as long as it takes some. */
    private void cutOff() {
        if (held && progress) {
            setTimer();
            return;
        }
        if (held || unsent() > 0) {
            outcome.fail(new SSLException("the shutdown took longer than " + shutdownTimeout));
        }
        abortBelow();
    }

    /** The peer is told, if it can be, and the connection ends. */
    private void fail(SSLException failure) {
        outcome.fail(failure);
        closing = true;
        outputEnded = true;
        if (engine.hasFailed() && !source.inbound().isEnded()) {
            engine.wrapAlert(); // never for a failure of ours: a close_notify would say that all was sent
        }
        beginClose();
        dropPending();
        sink.close();
    }

    private void dropPending() {
        long dropped = pendingBytes;
        pending.clear();
        tail = null;
        pendingBytes = 0;
        if (outcome.noteLost(dropped, this) && sink.isReleased()) {
            outcome.reportLossSoon(); // else the sink does, when those who wait for that were told
        }
        drainers.wakeAll();
    }

    /** The sink is closed. Unless this is why, what has arrived before can still be read. */
    private void end() {
        if (closing) {
            inbound.end();
            abortSource();
        }
        if (!closed) {
            closed = true;
            TimerHandle waiting = timer;
            if (waiting != null) {
                waiting.cancel();
            }
            dropPending();
            onClosed.run();
        }
    }

    @Override
    public String toString() {
        return session.getProtocol() + " " + sink;
    }
}
