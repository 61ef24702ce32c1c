package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a condition, each with a future of its own, because the cancellation of one must not reach the others.
 *
 * <p>A waiter adds its future, then reads the condition; whoever makes the condition true does so first and wakes then. With both
 * volatile at least one sees the other.
 */
final class Waiters {
    // any thread
    private final Queue<LoopFuture<@Nullable Void>> queue = new ConcurrentLinkedQueue<>();

    /** Waits until {@code condition}, which any thread may ask, holds. A cancellation point only if it has to wait. */
    void await(EventLoop loop, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LoopFuture<@Nullable Void> woken = loop.createFuture();
            queue.add(woken);
            try {
                if (!condition.getAsBoolean()) {
                    woken.await();
                }
            } finally {
                queue.remove(woken);
            }
        }
    }

    /** Has everyone look at the condition again, in the order in which they came. Any thread. */
    void wakeAll() {
        for (LoopFuture<@Nullable Void> woken = queue.poll(); woken != null; woken = queue.poll()) {
            woken.trySetResult(null);
        }
    }
}
