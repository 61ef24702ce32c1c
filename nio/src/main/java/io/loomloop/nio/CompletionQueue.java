package io.loomloop.nio;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be sent by a {@link CompletionSocket}. One write is under way at a time: the task that finds nothing unsent starts it, and
 * its completion starts the next.
 */
final class CompletionQueue extends Unsent {
    private static final int PIECES_AT_ONCE = 64;
    private static final int BYTES_AT_ONCE = 64 << 10;

    private final CompletionSocket socket;

    CompletionQueue(CompletionSocket socket, int low, int high) {
        super(socket, low, high);
        this.socket = socket;
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
        if (isAtLow()) {
            drainers.wakeAll();
        }
        return left > 0;
    }
}
