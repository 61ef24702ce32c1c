package io.loomloop;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Lets a limited number of children of a {@link TaskGroup} run at once; the others wait for their turn in the order in which they
 * came. A child that ends hands its turn to the next one directly, so that nobody can come in between. Loop thread only.
 */
final class Turns {
    private final EventLoop loop;
    private int free;
    // a turn is done when it was given away, or when the child that waits for it was cancelled
    private final Queue<LoopFuture<@Nullable Void>> waiting = new ArrayDeque<>();

    Turns(EventLoop loop, int limit) {
        this.loop = loop;
        this.free = limit;
    }

    /** The same work, in its turn. */
    <T extends @Nullable Object> Body<T, Exception> inTurn(Body<? extends T, ?> work) {
        return () -> {
            take();
            try {
                return work.call();
            } finally {
                release();
            }
        };
    }

    private void take() {
        if (free > 0) {
            free--;
            return;
        }
        LoopFuture<@Nullable Void> turn = loop.createFuture();
        waiting.add(turn);
        try {
            turn.await();
        } catch (Throwable e) {
            if (!turn.isCancelled() && !turn.cancel()) {
                release(); // it was given to us just before we were cancelled
            }
            throw e;
        }
    }

    private void release() {
        for (LoopFuture<@Nullable Void> turn = waiting.poll(); turn != null; turn = waiting.poll()) {
            if (turn.completeWith(null)) {
                return;
            }
        }
        free++;
    }
}
