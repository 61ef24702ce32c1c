package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A callback that was given to a loop, and the means to take it back: asyncio's {@code Handle}.
 *
 * <p>A callback runs at most once. Cancelling is safe from any thread: whoever comes first, the canceller or the loop, wins.
 */
public sealed class Handle permits TimerHandle, OwedHandle {
    private static final VarHandle CALLBACK;
    private static final VarHandle CONTEXT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CALLBACK = lookup.findVarHandle(Handle.class, "callback", Runnable.class);
            CONTEXT = lookup.findVarHandle(Handle.class, "context", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** In place of the callback that was taken back. */
    private enum Mark implements Runnable {
        CANCELLED;

        @Override
        public void run() {}
    }

    final EventLoop loop;

    /** Runs on the raw loop thread instead of in the callback runner; for steps of the engine, never for user code. */
    final boolean internal;

    // any thread, taken by CAS: null from when it runs, CANCELLED if that was never; nothing it captured is kept alive
    private volatile @Nullable Runnable callback;

    /** What the callback runs in, see {@link ContextHolder}. Any thread, CAS. */
    volatile @Nullable Object context;

    /** A callback of the engine's, which has no context. */
    Handle(EventLoop loop, Runnable callback, boolean internal) {
        this.loop = loop;
        this.callback = callback;
        this.internal = internal;
        if (!internal && loop.isDebug()) {
            loop.debugMode().made(this);
        }
    }

    /** A user's callback, and what it runs in. */
    Handle(EventLoop loop, Runnable callback, @Nullable Object context) {
        this(loop, callback, false);
        if (context != null) { // spares those without variables a volatile write
            this.context = context;
        }
    }

    /**
     * Takes the callback back. Does nothing when it has begun, has run or was cancelled before.
     *
     * @return true when this call made sure that the callback never runs
     */
    public boolean cancel() {
        Runnable waiting = callback;
        return waiting != null && waiting != Mark.CANCELLED && CALLBACK.compareAndSet(this, waiting, Mark.CANCELLED);
    }

    /** True when the callback was taken back before it began. */
    public final boolean isCancelled() {
        return callback == Mark.CANCELLED;
    }

    /** The loop that runs the callback. */
    public final EventLoop loop() {
        return loop;
    }

    /** The context the callback runs in: asyncio's {@code get_context}. */
    public final Context context() {
        for (; ; ) {
            Object held = context;
            if (held instanceof Context made) {
                return made;
            }
            Context made = new Context((Bindings) held);
            if (replaceContext(held, made)) {
                return made;
            }
        }
    }

    final boolean replaceContext(@Nullable Object before, @Nullable Object after) {
        return CONTEXT.compareAndSet(this, before, after);
    }

    /** Takes the callback to run it; null when it was taken back. */
    final @Nullable Runnable take() {
        Runnable waiting = callback;
        return waiting != Mark.CANCELLED && CALLBACK.compareAndSet(this, waiting, null) ? waiting : null;
    }

    /** Runs the callback unless it was taken back; what it throws goes to the caller. */
    final void run() {
        Runnable mine = take();
        if (mine != null) {
            mine.run();
        }
    }

    @Override
    public String toString() {
        Runnable waiting = callback;
        String state =
                waiting == null ? "has run" : waiting == Mark.CANCELLED ? "cancelled" : Failures.describe(waiting);
        return getClass().getSimpleName() + "[" + state + loop.debugMode().suffix(this) + "]";
    }
}
