package io.loomloop;

import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Between a task that starts a child in a {@link TaskGroup} and the child, until the child says that it is ready. */
final class Handshake<V extends @Nullable Object> implements Consumer<V> {
    // cancelled when the task that waits is, and when the child ends cancelled
    private final LoopFuture<V> ready;

    Handshake(EventLoop loop) {
        this.ready = loop.createFuture();
    }

    /** Called by the child. Any thread. */
    @Override
    public void accept(V value) {
        if (!ready.trySetResult(value) && !ready.isCancelled()) {
            throw new InvalidStateException("a child says once that it has started, and before it ends");
        }
    }

    private boolean isReady() {
        return ready.state() == Future.State.SUCCESS;
    }

    /**
     * Has the end of the child end the wait.
     *
     * @return false when the child had said before that it is ready
     */
    boolean endedEarly(TaskThread<?> child) {
        if (!isReady()) {
            Throwable end = child.failure();
            if (end instanceof CancelledException) {
                ready.cancel(end.getMessage());
            } else {
                ready.failWith(
                        end != null
                                ? end
                                : new IllegalStateException(
                                        "the child ended without having called started, which it must do once: "
                                                + child));
            }
        }
        return !isReady();
    }

    /**
     * Waits until the child is ready; if the waiting task is cancelled before, until the child has ended.
     *
     * @param told whether the group has cancelled the child, which is done once: it may be cleaning up
     */
    <X extends Exception> V await(TaskThread<?> child, BooleanSupplier told) throws X {
        try {
            Parking.await(ready);
            return ready.<X>resultOfBody();
        } catch (CancelledException e) {
            if (isReady()) {
                throw e;
            }
            ready.markRetrieved();
            if (!told.getAsBoolean()) {
                child.cancel(e.getMessage());
            }
            awaitEnd(child);
            if (child.state() == Future.State.FAILED) {
                child.<X>resultOfBody(); // throws its failure
            }
            throw e;
        }
    }

    /** Not to be cancelled, and does not cancel the child again: it may be cleaning up. */
    private static void awaitEnd(TaskThread<?> child) {
        while (!child.isDone()) {
            LoopFuture<@Nullable Void> ended = child.loop().createFuture();
            LoopFuture.Hook hook = () -> ended.completeWith(null);
            if (child.addWaiter(hook)) {
                try {
                    Parking.await(ended);
                } catch (CancelledException again) {
                    if (child.loop().isClosed()) {
                        throw again;
                    }
                }
            }
        }
    }
}
