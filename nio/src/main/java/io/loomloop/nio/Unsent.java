package io.loomloop.nio;

import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * What is queued to be sent on a channel, and how much that may be. Who sends is up to the subclass.
 *
 * <pre>
 *  unsent:  0 --write--> n            whoever writes sends
 *           n --another write--> n + m
 *           n --some was sent--> less
 *           n --the last byte was sent--> 0     nobody sends
 *
 *           0 --endIfEmpty--> CLOSED, any --discard--> CLOSED      nothing is sent any more
 * </pre>
 *
 * A piece is queued before it is counted, and no more is sent than was counted, so nobody has to wait for a piece. CLOSED is far below
 * 0: what a task that came too late queues and counts is dropped, so nothing is sent after a gap.
 */
abstract class Unsent implements SendQueue {
    /** What a queued piece takes besides its bytes, so that a peer that does not read gets no more memory from small writes. */
    private static final int PIECE_OVERHEAD = 96;

    private static final long CLOSED = Long.MIN_VALUE / 2;

    final Waiters drainers = new Waiters();
    // loop thread adds, whoever sends takes
    final Deque<ByteBuffer> queue = new ConcurrentLinkedDeque<>();
    // loop thread adds, whoever sends subtracts: how many pieces are in the queue
    final AtomicInteger queued = new AtomicInteger();
    // see above
    final AtomicLong unsent = new AtomicLong();

    private final ByteSink sink;
    // loop thread writes, any thread reads
    private volatile int high;
    private volatile int low;

    Unsent(ByteSink sink, int low, int high) {
        this.sink = sink;
        this.low = low;
        this.high = high;
    }

    @Override
    public final long unsent() {
        return Math.max(0, unsent.get()); // less than 0 when closed
    }

    /** What is measured by the water marks; far below 0 when closed. */
    private long held() {
        return unsent.get() + (long) queued.get() * PIECE_OVERHEAD;
    }

    @Override
    public final boolean isAboveHigh() {
        return held() > high;
    }

    @Override
    public final boolean isAtLow() {
        return held() <= low;
    }

    @Override
    public final int low() {
        return low;
    }

    @Override
    public final int high() {
        return high;
    }

    // ---- loop thread

    @Override
    public final void awaitLow() {
        await(() -> isAtLow() || sink.isClosed());
    }

    /** Waits until {@code condition} holds. Whoever makes it true wakes the drainers after that. */
    final void await(BooleanSupplier condition) {
        drainers.await(sink.engine().loop(), condition);
    }

    @Override
    public final void setWaterMarks(int newLow, int newHigh) {
        low = newLow;
        high = newHigh;
        drainers.wakeAll();
    }

    // ---- the end, any thread

    /**
     * Drops everything, and wakes whoever waits; the connection is closed.
     *
     * @return how many bytes were dropped
     */
    final long discard() {
        long before = unsent.getAndSet(CLOSED);
        queue.clear();
        drainers.wakeAll();
        return before >= 0 ? before : Math.max(0, before - CLOSED);
    }

    /**
     * Ends the output for good if everything is sent.
     *
     * @return whether it is ended, by this call
     */
    final boolean endIfEmpty() {
        return unsent.compareAndSet(0, CLOSED);
    }
}
