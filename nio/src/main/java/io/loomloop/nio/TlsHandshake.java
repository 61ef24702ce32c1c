package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.TimerHandle;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * The handshake that makes a {@link TlsStream}, done step by step by the task that waits for it. What takes long, keys and certificates,
 * is done by threads of the executor meanwhile; nobody else knows the engine yet, so one at a time uses it.
 *
 * <p>However it fails, the connection is closed: at once when it took too long or the task was cancelled, otherwise after the peer was
 * told why.
 */
final class TlsHandshake {
    private static final int STEPS_PER_TURN = 16;

    private final ByteSource source;
    private final ByteSink sink;
    private final Tls tls;
    private final EventLoop loop;
    private final RecordBuffer records = new RecordBuffer();
    private final Waiters waiters = new Waiters();
    // loop thread only
    private @Nullable TlsEngine engine;
    private boolean tooLate;

    private TlsHandshake(ByteSource source, ByteSink sink, Tls tls) {
        this.source = source;
        this.sink = sink;
        this.tls = tls;
        this.loop = source.engine().loop();
    }

    /**
     * Secures a connection.
     *
     * @param received what was read already and belongs to TLS
     * @param host the name of the server, for a client
     */
    static TlsStream run(ByteSource source, ByteSink sink, Tls tls, byte[] received, @Nullable String host, int port)
            throws IOException {
        TlsHandshake handshake = new TlsHandshake(source, sink, tls);
        handshake.records.append(received);
        return handshake.run(host, port);
    }

    private TlsStream run(@Nullable String host, int port) throws IOException {
        TimerHandle timer = null;
        try {
            timer = loop.callLater(tls.handshakeTimeout(), this::giveUp);
            TlsEngine begun = begin(host, port);
            engine = begun;
            shakeHands(begun);
            TlsStream stream = new TlsStream(begun, source, sink, tls.shutdownTimeout());
            stream.start();
            return stream;
        } catch (CancelledException e) {
            abortBelow();
            throw e;
        } catch (SSLException e) {
            throw end(e);
        } catch (IOException e) {
            abortBelow();
            throw tooLate ? tooLate() : e;
        } catch (RuntimeException e) { // from a trust manager, for example; a setting the context does not know
            if (engine == null) {
                abortBelow();
                throw e;
            }
            throw end(new SSLHandshakeException("the handshake failed; the cause says why", e));
        } catch (Error e) {
            abortBelow();
            throw e;
        } finally {
            if (timer != null) {
                timer.cancel();
            }
        }
    }

    private void giveUp() {
        tooLate = true;
        sink.outcome().failAndTell(tooLate());
        abortBelow();
        source.inbound().wake(); // it may have not ended yet
        waiters.wakeAll();
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

    private IOException tooLate() {
        IOException noted = sink.outcome().failure();
        return noted instanceof SSLException
                ? noted
                : new SSLHandshakeException("the handshake took longer than " + tls.handshakeTimeout());
    }

    private IOException end(SSLException failure) {
        if (tooLate) {
            return tooLate();
        }
        sink.outcome().failAndTell(failure);
        TlsEngine begun = engine;
        if (begun != null && !source.inbound().isEnded()) {
            begun.wrapAlert();
        }
        closeSoon();
        return failure;
    }

    /** Lets the peer read why, but not for long. */
    private void closeSoon() {
        try {
            TimerHandle timer = loop.callLater(tls.shutdownTimeout(), this::abortBelow);
            sink.onClosed(() -> {
                timer.cancel();
                abortSource();
            });
        } catch (LoopClosedException e) {
            // The loop takes the connection with it.
        }
        sink.close();
    }

    // ---- steps

    private TlsEngine begin(@Nullable String host, int port) throws IOException {
        String name = null;
        if (tls.choosesContexts()) {
            while (!ClientHello.isComplete(records.bytes())) {
                records.append(next());
            }
            name = ClientHello.serverName(records.bytes());
        }
        SSLContext context = tls.contextFor(name);
        return offLoop(() -> {
            TlsEngine made = new TlsEngine(tls.newEngine(context, host, port), records, source, sink);
            made.ssl().beginHandshake(); // makes keys
            return made;
        });
    }

    private void shakeHands(TlsEngine begun) throws IOException {
        for (int step = 1; ; step++) {
            if (step % STEPS_PER_TURN == 0) { // a peer can send more than a handshake needs, without an end
                Async.yieldNow();
            }
            if (tooLate) {
                throw tooLate();
            }
            HandshakeStatus status = begun.status();
            switch (status) {
                case NEED_TASK -> {
                    begun.flush();
                    offLoop(() -> runTasks(begun));
                }
                case NEED_WRAP -> requireOpen(begun.wrapNothing());
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    begun.flush();
                    receive(begun);
                }
                default -> {
                    begun.flush();
                    begun.rest();
                    return;
                }
            }
        }
    }

    private static @Nullable Void runTasks(TlsEngine begun) {
        for (Runnable task = begun.ssl().getDelegatedTask();
                task != null;
                task = begun.ssl().getDelegatedTask()) {
            task.run();
        }
        return null;
    }

    private void receive(TlsEngine begun) throws IOException {
        if (!begun.hasRecords()) {
            begun.rest(); // the peer may take its time
            records.append(next());
        }
        SSLEngineResult result = begun.unwrap();
        if (result.getStatus() == Status.BUFFER_UNDERFLOW) {
            records.append(next());
        } else {
            requireOpen(result);
            if (begun.takePlain().length > 0) {
                throw new SSLHandshakeException("the peer sends data in the middle of the handshake");
            }
        }
    }

    private static void requireOpen(SSLEngineResult result) throws SSLHandshakeException {
        if (result.getStatus() == Status.CLOSED) {
            throw new SSLHandshakeException("the peer has ended the handshake");
        }
    }

    /** Waits for bytes. */
    private byte[] next() throws IOException {
        for (; ; ) {
            byte[] chunk = source.inbound().poll();
            if (chunk != null) {
                return chunk;
            }
            if (source.inbound().isAtEnd()) {
                throw theEnd();
            }
            if (tooLate) {
                throw tooLate();
            }
            source.inbound().await(() -> source.inbound().hasNews() || tooLate);
        }
    }

    private IOException theEnd() throws IOException {
        if (tooLate) {
            return tooLate();
        }
        source.throwIfFailed();
        if (sink.isClosing()) {
            return new SocketException("the connection was closed during the handshake");
        }
        return new SSLHandshakeException(
                "the peer has ended the connection during the handshake", new EOFException("end of the stream"));
    }

    private <T extends @Nullable Object> T offLoop(Body<T, IOException> work) throws IOException {
        LoopFuture<T> result = loop.runInExecutor(work);
        result.addDoneCallback(done -> waiters.wakeAll());
        try {
            waiters.await(loop, () -> result.isDone() || tooLate);
        } catch (CancelledException e) {
            result.cancel();
            throw e;
        }
        if (tooLate) {
            result.cancel();
            throw tooLate();
        }
        try {
            return result.await();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
