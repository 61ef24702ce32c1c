package io.loomloop.nio;

import java.io.IOException;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * What is written into a program, on its way from a {@link StreamWriter} to a pipe. A thread of its own writes to the pipe, because
 * that blocks whatever thread does it.
 *
 * <pre>
 *  ending:   false --writeEof, close, abort, a failure--> true      the thread sends what is queued, closes the pipe, and ends
 *  aborted:  false --abort, a failure--> true                       the thread sends nothing more
 *  released: false --the thread, after the pipe is closed--> true
 * </pre>
 *
 * A writer adds to the queue, then wakes the thread; who ends the output sets {@code ending}, then wakes the thread; the thread reads
 * {@code ending}, then looks at the queue once more.
 */
final class PipeOutput implements ByteSink, SendQueue, Runnable {
    private static final int SLICE = 64 << 10;
    /** What a queued piece takes besides its bytes, so that a program that does not read gets no more memory from small writes. */
    private static final int PIECE_OVERHEAD = 64;

    private final SocketEngine engine;
    private final OutputStream pipe;
    private final Outcome outcome;
    private final Thread pump;
    private final Waiters drainers = new Waiters();
    private final Waiters closers = new Waiters();

    // loop thread adds, the pump takes
    private final Queue<byte[]> queue = new ConcurrentLinkedQueue<>();
    // loop thread adds, the pump subtracts
    private final AtomicLong unsent = new AtomicLong();
    // loop thread adds, the pump subtracts: the pieces in the queue
    private final AtomicInteger queued = new AtomicInteger();
    // see above
    private volatile boolean ending;
    private volatile boolean aborted;
    private volatile boolean released;
    // any thread sets: closed, aborted or lost, not merely ended
    private volatile boolean closing;
    // loop thread sets
    private volatile boolean eofAsked;
    // loop thread sets: a file is being copied here, its end is still to come
    private volatile boolean held;
    // loop thread sets, any thread reads
    private volatile Runnable onClosed = () -> {};
    // loop thread writes, the pump reads
    private volatile int low;
    private volatile int high;

    PipeOutput(SocketEngine engine, OutputStream pipe, String name, int low, int high) {
        this.engine = engine;
        this.pipe = pipe;
        this.outcome = new Outcome(engine);
        this.low = low;
        this.high = high;
        this.pump = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name(engine.loop().name() + "-" + name)
                .unstarted(this);
    }

    void start() {
        pump.start();
    }

    /** True when the thread has ended. */
    boolean isOver() {
        return !pump.isAlive();
    }

    /** Waits a moment for the thread to end; the process has. */
    void join(long millis) throws InterruptedException {
        pump.join(millis);
    }

    // ---- asking

    @Override
    public SocketEngine engine() {
        return engine;
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
    public boolean isClosing() {
        return closing;
    }

    @Override
    public boolean isClosed() {
        return released;
    }

    @Override
    public void onClosed(Runnable callback) {
        onClosed = callback;
        if (released) {
            callback.run();
        }
    }

    @Override
    public boolean isEofAsked() {
        return eofAsked;
    }

    @Override
    public long unsent() {
        return unsent.get();
    }

    @Override
    public int high() {
        return high;
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
    public void write(long size, ByteBuffer... pieces) {
        unsent.addAndGet(size);
        for (ByteBuffer piece : pieces) {
            byte[] copy = new byte[piece.remaining()];
            piece.get(copy);
            queued.incrementAndGet();
            queue.add(copy);
        }
        LockSupport.unpark(pump);
        if (released) {
            dropQueue();
        }
    }

    @Override
    public void awaitLow() {
        drainers.await(engine.loop(), () -> isAtLow() || aborted);
    }

    @Override
    public boolean isAboveHigh() {
        return held() > high;
    }

    @Override
    public boolean isAtLow() {
        return held() <= low;
    }

    /** What is measured by the water marks. */
    private long held() {
        return unsent.get() + (long) queued.get() * PIECE_OVERHEAD;
    }

    @Override
    public int low() {
        return low;
    }

    @Override
    public void setWaterMarks(int newLow, int newHigh) {
        low = newLow;
        high = newHigh;
        drainers.wakeAll();
    }

    @Override
    public void writeEof() {
        eofAsked = true;
        end();
    }

    @Override
    public boolean hold() {
        held = true; // before the look: who closes does these two the other way round
        if (closing) {
            release();
            return false;
        }
        return true;
    }

    @Override
    public void release() {
        held = false;
        LockSupport.unpark(pump);
    }

    @Override
    public boolean isReleased() {
        return released;
    }

    @Override
    public void awaitReleased() {
        closers.await(engine.loop(), () -> released);
    }

    // ---- any thread

    @Override
    public void close() {
        closing = true;
        outcome.giveUp();
        end();
        if (released) {
            outcome.reportLossSoon();
        }
    }

    /** A write that blocks in the system goes on until the program reads, or has ended. */
    @Override
    public void abort() {
        aborted = true;
        closeWhateverHappens();
        drainers.wakeAll();
    }

    /** As {@link #close}, but that something is not read is no failure. */
    void closeWhateverHappens() {
        closing = true;
        outcome.abort();
        try {
            outcome.throwIfFailed(); // marks a failure that was noted before as told
        } catch (IOException e) {
            // Nobody minds.
        }
        end();
    }

    /** The program has ended. What is queued may still be for those that it has started. */
    void programEnded() {
        closing = true;
        end();
    }

    private void end() {
        ending = true;
        LockSupport.unpark(pump);
    }

    // ---- the pump

    @Override
    public void run() {
        try {
            while (sendNext()) {}
        } catch (IOException e) {
            outcome.fail(e);
        } catch (Throwable e) {
            outcome.fail(new IOException("writing to " + this + " failed: " + e, e));
        } finally {
            aborted = true;
            if (outcome.failure() != null) {
                closing = true;
            }
            Poller.closeQuietly(pipe);
            released = true;
            dropQueue();
            closers.wakeAll();
            drainers.wakeAll();
            onClosed.run();
            outcome.reportLossSoon();
        }
    }

    /** Sends a piece, or waits for one; false at the end. */
    boolean sendNext() throws IOException {
        boolean last = ending && (!held || aborted);
        byte[] piece = aborted ? null : queue.poll();
        if (piece != null) {
            queued.decrementAndGet();
            for (int sent = 0; sent < piece.length && !aborted; sent += SLICE) {
                send(piece, sent, Math.min(SLICE, piece.length - sent));
            }
        } else if (last) {
            return false;
        } else {
            LockSupport.park(this);
        }
        return true;
    }

    private void send(byte[] piece, int from, int count) throws IOException {
        pipe.write(piece, from, count);
        pipe.flush();
        unsent.addAndGet(-count);
        if (isAtLow()) {
            drainers.wakeAll();
        }
    }

    /** What is left when the pipe is closed; a write that came too late does this too. */
    private void dropQueue() {
        queue.clear();
        queued.set(0);
        long dropped = unsent.getAndSet(0);
        if (dropped > 0 && !outcome.isAborted()) { // a failure may have been noted while the user gave up
            outcome.noteDropped(dropped, this);
            outcome.reportLossSoon();
        }
    }

    @Override
    public String toString() {
        return pump.getName();
    }
}
