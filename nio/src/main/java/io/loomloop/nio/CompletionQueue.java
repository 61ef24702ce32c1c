package io.loomloop.nio;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What was written to a {@link CompletionSocket} and not sent yet. One write is under way at a time; its completion starts the next.
 *
 * <pre>
 *  unsent:  0 --write--> n            the writing task starts a write of the channel
 *           n --another write--> n + m
 *           n --a completion--> less, and the next write of the channel is started
 *           n --the last completion--> 0
 *           0 --endIfEmpty--> CLOSED, any --discard--> CLOSED    nothing is sent any more
 * </pre>
 *
 * A piece is queued before it is counted, and no more is sent than was counted. CLOSED is far below 0.
 */
final class CompletionQueue implements SendQueue {
    /** What a queued piece takes besides its bytes, so that a peer that does not read gets no more memory from small writes. */
    private static final int PIECE_OVERHEAD = 96;

    private static final int PIECES_AT_ONCE = 64;
    private static final int BYTES_AT_ONCE = 64 << 10;
    private static final long CLOSED = Long.MIN_VALUE / 2;

    private final CompletionSocket socket;
    private final Waiters drainers = new Waiters();

    // loop thread adds, the completion takes
    private final Queue<ByteBuffer> queue = new ConcurrentLinkedQueue<>();
    // loop thread adds, the completion subtracts: how many pieces are in the queue
    private final AtomicInteger queued = new AtomicInteger();
    // see above
    private final AtomicLong unsent = new AtomicLong();
    // loop thread writes, any thread reads
    private volatile int high;
    private volatile int low;

    CompletionQueue(CompletionSocket socket, int low, int high) {
        this.socket = socket;
        this.low = low;
        this.high = high;
    }

    @Override
    public long unsent() {
        return Math.max(0, unsent.get()); // less than 0 when closed
    }

    /** What is measured by the water marks; far below 0 when closed. */
    private long held() {
        return unsent.get() + (long) queued.get() * PIECE_OVERHEAD;
    }

    // ---- loop thread

    @Override
    public void write(long size, ByteBuffer... pieces) {
        for (ByteBuffer piece : pieces) {
            for (int left = piece.remaining(); left > 0; left = piece.remaining()) {
                queued.incrementAndGet();
                queue.add(copyOf(piece, Math.min(left, BYTES_AT_ONCE)));
            }
        }
        long before = unsent.getAndAdd(size);
        if (before == 0) {
            socket.send();
        } else if (before < 0) {
            socket.noteDroppedLate();
        }
    }

    private static ByteBuffer copyOf(ByteBuffer data, int size) {
        ByteBuffer copy = ByteBuffer.allocate(size).put(0, data, data.position(), size);
        data.position(data.position() + size);
        return copy;
    }

    @Override
    public void awaitLow() {
        drainers.await(socket.engine().loop(), () -> held() <= low || socket.isClosed());
    }

    @Override
    public boolean isAboveHigh() {
        return held() > high;
    }

    @Override
    public boolean isAtLow() {
        return held() <= low;
    }

    @Override
    public int low() {
        return low;
    }

    @Override
    public int high() {
        return high;
    }

    @Override
    public void setWaterMarks(int newLow, int newHigh) {
        low = newLow;
        high = newHigh;
        drainers.wakeAll();
    }

    // ---- whoever may start the next write

    /** What to send next; nothing when it was dropped meanwhile. */
    ByteBuffer[] next() {
        long counted = Math.min(unsent.get(), BYTES_AT_ONCE);
        List<ByteBuffer> pieces = new ArrayList<>();
        for (ByteBuffer piece : queue) {
            counted -= piece.remaining();
            if (counted < 0 || pieces.size() == PIECES_AT_ONCE) {
                break;
            }
            pieces.add(piece);
        }
        return pieces.toArray(ByteBuffer[]::new);
    }

    /**
     * The system has taken some of {@link #next}.
     *
     * @return whether there is more to send
     */
    boolean sent(long bytes) {
        for (ByteBuffer piece = queue.peek(); piece != null && !piece.hasRemaining(); piece = queue.peek()) {
            queue.poll(); // not remove: discard may have been faster
            queued.decrementAndGet();
        }
        long left = unsent.addAndGet(-bytes);
        if (held() <= low) {
            drainers.wakeAll();
        }
        return left > 0;
    }

    // ---- the end

    /**
     * Drops everything, and wakes whoever waits; the connection is closed.
     *
     * @return how many bytes were dropped
     */
    long discard() {
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
    boolean endIfEmpty() {
        return unsent.compareAndSet(0, CLOSED);
    }
}
