package io.loomloop.nio;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * A callback of the loop that any thread asks for, and that runs once for whatever has happened before it begins.
 *
 * <pre>
 *  scheduled:  false --schedule, any thread (CAS)--> true --the callback begins--> false
 * </pre>
 *
 * Something happens, then it is asked for; the callback clears {@code scheduled}, then looks what has happened. So nothing is missed.
 */
final class Nudge {
    private final Predicate<Runnable> callSoon;
    private final Runnable callback;
    // any thread, CAS
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Through {@code callSoon}, which is false when the loop is closed. */
    Nudge(Predicate<Runnable> callSoon, Runnable callback) {
        this.callSoon = callSoon;
        this.callback = callback;
    }

    /** Asks for it; false when the loop is closed. Any thread. */
    boolean schedule() {
        return !scheduled.compareAndSet(false, true) || callSoon.test(this::run);
    }

    private void run() {
        scheduled.set(false);
        callback.run();
    }
}
