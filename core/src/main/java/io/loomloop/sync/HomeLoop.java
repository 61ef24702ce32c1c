package io.loomloop.sync;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The loop that a primitive belongs to. It is found once and stays. */
final class HomeLoop {
    /** The loop, and a future of it that is done: to await it means to look for a cancellation, and nothing else. */
    private record Bound(EventLoop loop, LoopFuture<@Nullable Void> done) {}

    private final String type;
    // any thread, CAS from null
    private final AtomicReference<@Nullable Bound> bound = new AtomicReference<>();

    /** Binds to the loop that runs the caller, if one does. */
    HomeLoop(Class<?> type) {
        this.type = type.getSimpleName();
        EventLoop current = currentOrNull();
        if (current != null) {
            bindTo(current);
        }
    }

    /** Binds to {@code loop}; fails when bound to another one. */
    void bindTo(EventLoop loop) {
        EventLoop home = bind(loop).loop;
        if (home != loop) {
            throw new IllegalStateException("this " + type + " belongs to " + home + " already, not to " + loop);
        }
    }

    private Bound bind(EventLoop loop) {
        Bound before = bound.get();
        if (before != null) {
            return before;
        }
        LoopFuture<@Nullable Void> done = loop.createFuture();
        done.setResult(null);
        Bound mine = new Bound(loop, done);
        Bound first = bound.compareAndExchange(null, mine);
        return first == null ? mine : first;
    }

    /** Checks that the caller runs on the loop, and returns it. Binds to it at the first use. */
    EventLoop enter() {
        Bound home = bound.get();
        if (home == null) {
            home = bind(EventLoop.current());
        }
        if (!home.loop.isCurrent()) {
            throw new IllegalStateException("this " + type + " belongs to " + home.loop
                    + " and is used from " + callerName() + ": use it in tasks and callbacks of its loop only,"
                    + " from elsewhere through loop.callSoon or loop.createTask");
        }
        return home.loop;
    }

    /** The loop, for callers that need not run on it. */
    EventLoop requireLoop() {
        Bound home = bound.get();
        if (home != null) {
            return home.loop;
        }
        EventLoop current = currentOrNull();
        if (current == null) {
            throw new IllegalStateException(
                    "this " + type + " does not belong to a loop yet: make it on the loop, or call bindTo(loop) first");
        }
        return bind(current).loop;
    }

    /** Throws a cancellation that waits for the caller. After {@link #enter}. */
    void throwIfCancelled() {
        Bound home = bound.get();
        if (home != null) {
            home.done.await();
        }
    }

    private static String callerName() {
        EventLoop current = currentOrNull();
        return current == null ? "the thread " + Thread.currentThread().getName() : current.toString();
    }

    private static @Nullable EventLoop currentOrNull() {
        try {
            return EventLoop.current();
        } catch (IllegalStateException e) {
            return null;
        }
    }
}
