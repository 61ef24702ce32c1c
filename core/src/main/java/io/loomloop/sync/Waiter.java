package io.loomloop.sync;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import org.jspecify.annotations.Nullable;

/** One who stands in a {@link Line}. */
abstract class Waiter {
    // the line: loop thread only
    @Nullable
    Waiter earlier;

    @Nullable
    Waiter later;

    boolean inLine;

    /**
     * Tells the waiter, who has left the line, that it has its turn, or that it is turned away.
     *
     * @return false when the waiter has given up and nothing happened
     */
    abstract boolean wake(boolean turn);

    /** True when the waiter was cancelled and has not run since. */
    abstract boolean hasGivenUp();

    /** True when the waiter has to run before its turn is used; until then newcomers stay behind it. */
    abstract boolean takesTime();

    /** A caller that waits right here. */
    static class Parked extends Waiter {
        private final LoopFuture<Boolean> future;

        Parked(EventLoop loop) {
            this.future = loop.createFuture();
        }

        /** Waits to be woken; tells whether it has its turn. */
        final boolean await() {
            return future.await();
        }

        /** True when it was woken with its turn, whatever its wait ended with. */
        final boolean hasTurn() {
            return future.isDone() && !future.isCancelled() && future.result();
        }

        @Override
        final boolean wake(boolean turn) {
            return future.trySetResult(turn);
        }

        @Override
        final boolean hasGivenUp() {
            return future.isCancelled();
        }

        @Override
        final boolean takesTime() {
            return true;
        }
    }
}
