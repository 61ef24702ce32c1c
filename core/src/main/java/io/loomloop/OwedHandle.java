package io.loomloop;

import org.jspecify.annotations.Nullable;

/** A callback that somebody outside of the loop waits for: a loop that closes first does not cancel it, it runs elsewhere. */
final class OwedHandle extends Handle {
    OwedHandle(EventLoop loop, Runnable callback, @Nullable Object context) {
        super(loop, callback, context);
    }
}
