package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * Who runs in a context: a task, the callback that a runner runs, or any other thread.
 *
 * <p>It holds one of three things, so that those who use no variables pay for none: null, an empty context that nobody has asked
 * for yet; {@link Bindings}, a copy that nobody has asked for yet; or a {@link Context}, which others may hold as well.
 */
sealed interface ContextHolder permits TaskThread, CallbackRunner, ContextHolder.OfThread {
    /** What it holds now. Any thread. */
    @Nullable
    Object heldContext();

    /** Has it hold something else, unless it holds something else already. Any thread. */
    boolean replaceContext(@Nullable Object before, @Nullable Object after);

    /** A thread of its own: on no loop, or started inside a task. */
    final class OfThread implements ContextHolder {
        private static final ThreadLocal<@Nullable OfThread> OF_THREAD = new ThreadLocal<>();

        // its own thread only
        private @Nullable Object context;

        @Override
        public @Nullable Object heldContext() {
            return context;
        }

        @Override
        public boolean replaceContext(@Nullable Object before, @Nullable Object after) {
            if (context != before) {
                return false;
            }
            context = after;
            return true;
        }
    }

    /** The one that is the caller. */
    static ContextHolder current() {
        ContextHolder holder = currentOrNull();
        if (holder == null) {
            OfThread made = new OfThread();
            OfThread.OF_THREAD.set(made);
            return made;
        }
        return holder;
    }

    /** The one that is the caller, or null for a thread that has never had a context. */
    private static @Nullable ContextHolder currentOrNull() {
        LoopThread home = VirtualThreads.currentHome();
        return home != null && home.running() instanceof ContextHolder holder ? holder : OfThread.OF_THREAD.get();
    }

    /** The values that the caller sees. */
    static @Nullable Bindings currentBindings() {
        ContextHolder holder = currentOrNull();
        return holder == null ? null : bindings(holder.heldContext());
    }

    /** The values in what a holder holds. */
    static @Nullable Bindings bindings(@Nullable Object held) {
        return held instanceof Context context ? context.bindings() : (Bindings) held;
    }

    /** The context that is held, made if nobody has asked for it so far. Any thread. */
    default Context context() {
        for (; ; ) {
            Object held = heldContext();
            if (held instanceof Context context) {
                return context;
            }
            Context made = new Context((Bindings) held);
            if (replaceContext(held, made)) {
                return made;
            }
        }
    }

    /** Runs a body in what another holder held or holds. */
    static <T extends @Nullable Object, X extends Exception> T call(@Nullable Object held, Body<T, X> body) throws X {
        ContextHolder self = current();
        Object before = self.exchange(held);
        try {
            return body.call();
        } finally {
            self.exchange(before);
        }
    }

    private @Nullable Object exchange(@Nullable Object after) {
        Object before;
        do {
            before = heldContext();
        } while (!replaceContext(before, after));
        return before;
    }
}
