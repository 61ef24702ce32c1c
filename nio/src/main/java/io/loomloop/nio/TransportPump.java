package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The task of a {@link Transport}: it waits for what happens on a connection and calls the protocol back, one callback at a time.
 *
 * <pre>
 *  connectionMade, then again and again
 *     unsent above the high mark       pauseWriting      (also inside a write, see {@link #pauseIfDue})
 *     unsent at the low mark or below  resumeWriting
 *     reading, and a chunk is there    dataReceived, or getBuffer and bufferUpdated
 *     reading, and the input is over   eofReceived, once
 *  until it is stopped or lost, then
 *     what is unsent is sent, resumeWriting if it was paused
 *     the descriptor is free           connectionLost
 * </pre>
 *
 * It sits above {@link ByteSource} and {@link ByteSink}, so it does not know what kind of connection it has, and waits in
 * {@link Inbound#await}: whatever it waits for besides bytes wakes the inbound. A task beside it, while writing is paused, waits for
 * the low mark, because that is waited for elsewhere.
 */
final class TransportPump {
    private final ByteSource source;
    private final ByteSink sink;
    private final Inbound inbound;
    private final SendQueue outbound;
    private final Transport transport;
    private final Callbacks callbacks;
    // done when connectionMade has returned, or is not going to be called
    private final LoopFuture<@Nullable Void> made;
    private final Waiters closers = new Waiters();

    // any thread sets: the user wants no more
    private volatile boolean stopped;
    // the pump sets: the peer has ended
    private volatile boolean inputOver;
    // the pump sets: connectionLost has returned
    private volatile boolean ended;
    // loop thread writes, any thread reads
    private volatile boolean reading = true;
    private volatile Protocol protocol;

    // all loop thread only
    private byte @Nullable [] pending; // what was taken from the inbound and not delivered, or in part
    private int delivered; // of that
    private @Nullable Task<?> lowWatch;
    private @Nullable Throwable failure; // what a callback has thrown, or the cancellation
    private boolean writingPaused;
    private long takenInARow;

    TransportPump(StreamReader reader, StreamWriter writer, Protocol protocol) {
        byte[] leftover = reader.handOver();
        this.source = reader.source();
        this.sink = writer.sink();
        this.inbound = source.inbound();
        this.outbound = sink.outbound();
        this.protocol = protocol;
        this.transport = new Transport(this, writer);
        this.callbacks = new Callbacks(loop(), this::fail, inbound::wake);
        this.made = loop().createFuture();
        this.pending = leftover.length == 0 ? null : leftover;
    }

    Transport transport() {
        return transport;
    }

    /** Waits until {@code connectionMade} has returned. A cancellation point. */
    void awaitMade() throws SocketException {
        made.await();
        if (!callbacks.hasBegun()) {
            throw new SocketException("the task of the connection was cancelled before it began");
        }
    }

    // ---- the task

    /** Runs from {@code connectionMade} to {@code connectionLost}. */
    void run() {
        Task<?> task = Async.currentTask();
        callbacks.belongTo(task);
        try {
            callbacks.call("connectionMade", () -> protocol.connectionMade(transport));
            made.trySetResult(null);
            serve();
            flush();
        } catch (CancelledException e) {
            fail(e);
        }
        made.trySetResult(null);
        awaitReleased();
        end();
        if (failure instanceof CancelledException cancelled && task.cancelling() > 0) {
            throw cancelled;
        }
    }

    /** The task is done, maybe without having begun. */
    void taskEnded() {
        if (!ended) {
            abort();
            ended = true;
            closers.wakeAll();
        }
        made.trySetResult(null);
    }

    private void serve() {
        for (callbacks.awaitFree();
                !stopped;
                callbacks.awaitFree()) { // what is found out now still holds in the callback
            if (isPauseDue()) {
                callbacks.call("pauseWriting", this::pause);
            } else if (isResumeDue()) {
                callbacks.call("resumeWriting", this::resume);
            } else if (wantsInput() && takeChunk()) {
                deliver();
            } else if (wantsInput() && inbound.isAtEnd() && source.failure() == null && !sink.isClosing()) {
                inputOver = true;
                callbacks.call("eofReceived", this::endInput);
            } else if (wantsInput() ? inbound.isAtEnd() : sink.isClosing()) {
                return;
            } else {
                takenInARow = 0;
                watchLow();
                inbound.await(this::hasWork);
            }
        }
    }

    /** True when {@link #serve} has something to do; it would be in vain to look while somebody else is in a callback. */
    private boolean hasWork() {
        return callbacks.isFree()
                && (stopped
                        || isPauseDue()
                        || isResumeDue()
                        || (wantsInput() ? pending != null || inbound.hasNews() : sink.isClosing()));
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

    // ---- the water marks

    private boolean isPauseDue() {
        return !writingPaused && !sink.isClosing() && outbound.isAboveHigh();
    }

    private boolean isResumeDue() {
        return writingPaused && outbound.isAtLow() && !isLost();
    }

    private boolean isLost() {
        return sink.outcome().failure() != null || sink.outcome().isAborted();
    }

    /** Conditions are asked again, because there may have been a wait for the turn. */
    private void pause() throws Exception {
        if (isPauseDue()) {
            writingPaused = true;
            protocol.pauseWriting();
        }
    }

    private void resume() throws Exception {
        if (isResumeDue()) {
            writingPaused = false;
            protocol.resumeWriting();
        }
    }

    /**
     * Something was written: pauses at once, before the caller writes more, unless another task is in a callback; then the pump does it
     * right after that.
     */
    void pauseIfDue() {
        if (isPauseDue() && !stopped) {
            callbacks.callNow("pauseWriting", this::pause);
            inbound.wake(); // to wait for the low mark
        }
    }

    void limitsChanged() {
        pauseIfDue();
        inbound.wake();
    }

    private void watchLow() {
        if (writingPaused && (lowWatch == null || lowWatch.isDone())) {
            lowWatch = loop().createTask("low-water mark of " + sink, () -> {
                outbound.awaitLow();
                inbound.wake();
            });
        }
    }

    private void fail(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        }
        abort();
    }

    // ---- the end, in the task

    /** What was written before the close is being sent: the protocol may still have to be told to go on. */
    private void flush() {
        if (writingPaused) {
            outbound.awaitLow();
            callbacks.call("resumeWriting", this::resume);
        }
    }

    /** Whatever happens: a cancellation aborts the connection, which does not take long then. */
    private void awaitReleased() {
        if (failure == null && !sink.isClosing()) {
            failure = lossOrNull(); // of the input alone: the output is of no use without it
            sink.abort();
        }
        for (boolean released = false; !released; ) {
            try {
                sink.awaitReleased();
                callbacks.awaitFree();
                released = true;
            } catch (CancelledException e) {
                fail(e);
            }
        }
    }

    private void end() {
        Throwable cause = failure == null && !sink.outcome().isAborted() ? lossOrNull() : failure;
        callbacks.call("connectionLost", () -> protocol.connectionLost(cause));
        ended = true;
        closers.wakeAll();
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

    // ---- asking and ending, see Transport

    private EventLoop loop() {
        return sink.engine().loop();
    }

    void close() {
        stopped = true;
        sink.close();
        inbound.wake();
    }

    void abort() {
        stopped = true;
        sink.abort();
        inbound.wake();
    }

    boolean isClosing() {
        return stopped || sink.isClosing();
    }

    void setReading(boolean on) {
        sink.engine().ensureOnLoop("this transport");
        reading = on;
        inbound.wake();
    }

    boolean isReading() {
        return wantsInput() && !isClosing();
    }

    boolean isPaused() {
        return !reading;
    }

    Protocol protocol() {
        return protocol;
    }

    void setProtocol(Protocol next) {
        sink.engine().ensureOnLoop("this transport");
        protocol = next;
    }

    void awaitEnd() {
        if (loop().isCurrent() && callbacks.isInside()) {
            throw new IllegalStateException("a callback of " + sink + " would wait for its own end");
        }
        sink.engine().checkpoint();
        closers.await(loop(), () -> ended);
    }
}
