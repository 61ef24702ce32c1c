package io.loomloop.nio;

import io.loomloop.Context;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.SelectableChannel;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The input or the output of a channel that a user has: it is used by one operation at a time, or watched by one callback.
 *
 * <pre>
 *  armed:  null --a task waits, a callback is to be called--> who
 *          who  --the I/O thread: ready, closed, failed (CAS); the task gave up, the callback was removed (CAS)--> null
 * </pre>
 *
 * Whoever takes {@code who} out wakes it, or sees to it that nobody does. So a callback is asked for once for each time it is armed,
 * and armed again after it has run: a channel that stays ready does not make the selector spin.
 */
final class WatchedSide implements AutoCloseable {
    /** Who waits for what. */
    private record Armed(int ops, Runnable wake) {}

    private final ChannelWatch watch;
    private final int sideOps;
    private final AtomicReference<@Nullable Armed> armed = new AtomicReference<>();

    // loop thread only: an operation is under way
    private boolean claimed;
    // loop thread sets, I/O thread reads
    private volatile @Nullable Callback callback;

    WatchedSide(ChannelWatch watch, int sideOps) {
        this.watch = watch;
        this.sideOps = sideOps;
    }

    // ---- operations, loop thread

    /** Begins an operation, which {@link #close} ends. */
    WatchedSide claim() {
        if (claimed) {
            throw new IllegalStateException("another task is waiting for this side of " + watch.channel()
                    + ": let one task at a time receive or accept, and one send");
        }
        if (callback != null) {
            throw new IllegalStateException("a callback watches this side of " + watch.channel()
                    + ": remove it first, or use the channel itself in the callback");
        }
        claimed = true;
        return this;
    }

    /** Waits until the channel is ready for {@code ops}, or closed, or for no reason. A cancellation point. */
    void await(int ops) throws IOException {
        LoopFuture<@Nullable Void> ready = watch.engine.loop().createFuture();
        arm(ops, () -> ready.trySetResult(null));
        try {
            ready.await();
        } finally {
            disarm();
        }
        Throwable failure = watch.failure();
        if (failure != null) {
            throw new IOException("cannot wait for " + watch.channel() + ": " + failure, failure);
        }
        if (watch.engine.poller().isEnded()) {
            throw new SocketException("the sockets of " + watch.engine.loop().name() + " are closed");
        }
        Sockets.requireNonBlocking(watch.channel());
    }

    @Override
    public void close() {
        claimed = false;
        watch.engine.watches().leaveIfIdle(watch);
    }

    /** Has {@code wake} run, once, when the channel is ready for {@code ops}. */
    void arm(int ops, Runnable wake) {
        armed.set(new Armed(ops, wake));
        watch.update();
    }

    /** The opposite of {@link #arm}. */
    void disarm() {
        if (armed.getAndSet(null) != null) {
            watch.updateToLess();
        }
    }

    // ---- callbacks, loop thread

    /** Has a callback called whenever the channel is ready, in place of the one there was. */
    void install(Runnable user) {
        if (claimed) {
            throw new IllegalStateException("a task is waiting for this side of " + watch.channel()
                    + ": a callback can be added when it has ended");
        }
        Callback added = new Callback(Context.copyOfCurrent(), user);
        callback = added;
        added.arm();
    }

    /** Takes the callback away, or returns false when there is none. */
    boolean remove() {
        if (callback == null) {
            return false;
        }
        callback = null;
        disarm();
        watch.engine.watches().leaveIfIdle(watch);
        return true;
    }

    private final class Callback {
        private final Context context;
        private final Runnable user;

        Callback(Context context, Runnable user) {
            this.context = context;
            this.user = user;
        }

        void arm() {
            WatchedSide.this.arm(sideOps & watch.channel().validOps(), this::schedule);
        }

        /** I/O thread. */
        private void schedule() {
            try {
                watch.engine.loop().callSoon(context, this::run);
            } catch (LoopClosedException e) {
                // Nobody calls back any more.
            }
        }

        private void run() {
            if (callback != this) {
                return; // removed or replaced while this was on its way
            }
            if (isOver()) {
                remove();
                return;
            }
            try {
                user.run();
            } finally {
                if (callback == this) {
                    if (isOver()) {
                        remove();
                    } else {
                        arm();
                    }
                }
            }
        }

        private boolean isOver() {
            SelectableChannel channel = watch.channel();
            return !channel.isOpen()
                    || watch.failure() != null
                    || watch.engine.poller().isEnded();
        }
    }

    // ---- any thread

    /** True when neither an operation nor a callback is here. Loop thread. */
    boolean isFree() {
        return !claimed && callback == null;
    }

    boolean hasCallback() {
        return callback != null;
    }

    /** What the selector should look for; 0 for nothing. */
    int wanted() {
        Armed waiting = armed.get();
        return waiting == null ? 0 : waiting.ops;
    }

    /** Takes out who waits for one of {@code ops}, to be woken. I/O thread. */
    @Nullable
    Runnable take(int ops) {
        Armed waiting = armed.get();
        boolean taken = waiting != null && (waiting.ops & ops) != 0 && armed.compareAndSet(waiting, null);
        return taken && waiting != null ? waiting.wake : null;
    }

    /** The loop closes: operations end, callbacks are not called any more. */
    void shutDown() {
        Runnable waiting = take(-1);
        if (waiting != null && callback == null) {
            waiting.run();
        }
    }
}
