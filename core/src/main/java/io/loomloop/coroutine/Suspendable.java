package io.loomloop.coroutine;

import org.jspecify.annotations.Nullable;

/** A continuation of the JVM, as {@link Continuations} makes them. */
interface Suspendable {
    /** Starts it, or goes on with it, until it suspends or ends. */
    void run();

    /** True when it ran to its end. */
    boolean isDone();

    /** Why the last attempt to suspend failed: the name of a constant of the JDK's {@code Continuation.Pinned}. */
    @Nullable
    Object takePinned();
}
