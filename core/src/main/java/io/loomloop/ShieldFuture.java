package io.loomloop;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A future that ends as another one does, but does not pass a cancellation on to it: what {@link Async#shield} returns. */
final class ShieldFuture<T extends @Nullable Object> extends LoopFuture<T> {
    private final LoopFuture<T> inner;
    // set before anybody sees this future; null when the inner one was done by then
    private @Nullable Waiter place;

    private ShieldFuture(LoopFuture<T> inner) {
        super(inner.loop());
        this.inner = inner;
    }

    static <T extends @Nullable Object> LoopFuture<T> of(LoopFuture<T> inner) {
        if (Objects.requireNonNull(inner, "future").isDone()) {
            return inner;
        }
        ShieldFuture<T> outer = new ShieldFuture<>(inner);
        outer.place = inner.addHook(new Link<>(outer));
        return outer.place == null ? inner : outer;
    }

    /** As with {@link GatherFuture}, the outer future follows in a step of its own. */
    private record Link<T extends @Nullable Object>(ShieldFuture<T> outer) implements Hook, Runnable {
        @Override
        public void completed() {
            if (!outer.loop().thread().schedule(this)) {
                run();
            }
        }

        @Override
        public void run() {
            outer.inner.passTo(outer);
        }

        @Override
        public @Nullable LoopFuture<?> awaitedBy() {
            return outer.isDone() ? null : outer;
        }
    }

    @Override
    public boolean cancel(@Nullable String message) {
        boolean cancelled = super.cancel(message);
        Waiter link = place;
        if (cancelled && link != null) {
            inner.removeHook(link);
        }
        return cancelled;
    }

    @Override
    String label() {
        return "shield@" + Integer.toHexString(System.identityHashCode(this));
    }
}
