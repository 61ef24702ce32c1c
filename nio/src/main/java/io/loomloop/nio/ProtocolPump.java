package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * The task of a transport: it waits for what happens and calls the protocol back, one callback at a time.
 *
 * <pre>
 *  connectionMade, then again and again, until it is stopped or lost
 *     unsent above the high mark       pauseWriting      (also inside a write, see {@link #pauseIfDue})
 *     unsent at the low mark or below  resumeWriting
 *     input, as the kind of socket has it
 *  what is unsent is sent, resumeWriting if it was paused
 *  the descriptor is free, whatever has happened: connectionLost
 * </pre>
 */
abstract class ProtocolPump<P extends BaseProtocol> {
    final SocketEngine engine;
    final Callbacks callbacks;

    // any thread sets: the user wants no more
    volatile boolean stopped;
    // loop thread writes, any thread reads
    volatile P protocol;

    private final Object socket;
    // done when connectionMade has returned, or is not going to be called
    private final LoopFuture<@Nullable Void> made;
    private final Waiters closers = new Waiters();
    // the pump sets: connectionLost has returned
    private volatile boolean ended;
    // both loop thread only
    private @Nullable Throwable failure; // what a callback has thrown, or the cancellation
    private boolean writingPaused;

    /** Over a socket, which is here for its name alone. */
    ProtocolPump(SocketEngine engine, Object socket, P protocol) {
        this.engine = engine;
        this.socket = socket;
        this.protocol = protocol;
        this.callbacks = new Callbacks(engine.loop(), this::fail, this::wake);
        this.made = engine.loop().createFuture();
    }

    // ---- what differs, in the task

    abstract void connectionMade() throws Exception;

    /** Calls back while it {@link #goesOn}, until the socket is lost. */
    abstract void serve();

    /** The user wants no more, or the socket is lost: sends what was written before, and closes the socket. */
    abstract void flush();

    /** Waits until the descriptor is free. */
    abstract void awaitReleased();

    /** Why the socket was lost, or null; no callback has failed. */
    abstract @Nullable Throwable loss();

    // ---- what differs, on any thread

    /** Has {@link #serve} look again. */
    abstract void wake();

    abstract void close();

    abstract void abort();

    abstract boolean isClosing();

    /** True when nothing more is sent. */
    abstract boolean isLost();

    abstract WaterMarks marks();

    // ---- the task

    /** Runs this in a task of its own, and returns when {@code connectionMade} has. A cancellation point. */
    void start() throws SocketException {
        try {
            Task<@Nullable Void> task = engine.loop().createTask("transport " + socket, () -> run());
            task.addDoneCallback(done -> taskEnded());
            made.await();
            if (!callbacks.hasBegun()) {
                throw new SocketException("the task of the transport was cancelled before it began");
            }
        } catch (Throwable thrown) {
            abort();
            throw thrown;
        }
    }

    /** Runs from {@code connectionMade} to {@code connectionLost}. */
    void run() {
        Task<?> task = Async.currentTask();
        callbacks.belongTo(task);
        try {
            live();
        } finally {
            end();
        }
        if (failure instanceof CancelledException cancelled && task.cancelling() > 0) {
            throw cancelled;
        }
    }

    private void live() {
        try {
            callbacks.call("connectionMade", this::connectionMade);
            made.trySetResult(null);
            serve();
            flush();
        } catch (CancelledException e) {
            fail(e);
        } catch (Throwable e) { // no memory is left, for example
            callbacks.failed("the task", e);
        }
        made.trySetResult(null);
        awaitFree();
    }

    /** Whatever happens: a cancellation aborts the socket, which does not take long then. */
    private void awaitFree() {
        for (boolean free = false; !free; ) {
            try {
                awaitReleased();
                callbacks.awaitFree();
                free = true;
            } catch (CancelledException e) {
                fail(e);
                free = engine.loop().isClosed(); // then every wait ends like this
            }
        }
    }

    private void end() {
        try {
            Throwable cause = failure == null ? loss() : failure;
            callbacks.call("connectionLost", () -> protocol.connectionLost(cause));
        } finally {
            markEnded();
        }
    }

    private void markEnded() {
        ended = true;
        closers.wakeAll();
        made.trySetResult(null);
    }

    /** The task is done, maybe without having begun. */
    private void taskEnded() {
        if (!ended) {
            abort();
            markEnded();
        }
    }

    /** True until the user wants no more. Waits while another task is in a callback: what is found out next still holds in ours. */
    boolean goesOn() {
        callbacks.awaitFree();
        if (Async.currentTask().cancelling() > 0) {
            throw new CancelledException("a callback of " + socket + " has ignored the cancellation");
        }
        return !stopped;
    }

    /** Ends the socket; the first cause counts. */
    void fail(@Nullable Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        abort();
    }

    // ---- the water marks

    boolean isPauseDue() {
        return !writingPaused && !isClosing() && marks().isAboveHigh();
    }

    boolean isResumeDue() {
        return writingPaused && !isLost() && marks().isAtLow();
    }

    boolean isWritingPaused() {
        return writingPaused;
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

    /** Calls back if a mark was passed; false when none was. In the task. */
    boolean pausesOrResumes() {
        if (isPauseDue()) {
            callbacks.call("pauseWriting", this::pause);
            return true;
        }
        return resumes();
    }

    boolean resumes() {
        boolean due = isResumeDue();
        if (due) {
            callbacks.call("resumeWriting", this::resume);
        }
        return due;
    }

    /**
     * Something was written: pauses at once, before the caller writes more, unless another task is in a callback; then the pump does it
     * right after that.
     */
    void pauseIfDue() {
        if (isPauseDue()) {
            callbacks.callNow("pauseWriting", this::pause);
            wake(); // to wait for the low mark
        }
    }

    void setLimits(int low, int high) {
        engine.ensureOnLoop("this transport");
        marks().setWaterMarks(low, high);
        pauseIfDue();
        wake();
    }

    // ---- asking and ending, see BaseTransport

    void setProtocol(P next) {
        engine.ensureOnLoop("this transport");
        protocol = next;
    }

    /** Waits for the end. A cancellation point. */
    void awaitEnd() {
        if (engine.loop().isCurrent() && callbacks.isInside()) {
            throw new IllegalStateException("a callback of " + socket + " would wait for its own end");
        }
        engine.checkpoint();
        closers.await(engine.loop(), () -> ended);
    }
}
