package io.loomloop.spi;

/**
 * The one seam between an event loop and the world: what time it is, how to wait, and how to be woken.
 *
 * <p>The default parks the loop thread. A driver that polls a selector, or one whose time is virtual, takes its place with
 * {@link io.loomloop.EventLoop.Builder#driver}. A driver serves one loop.
 *
 * <p>No method may throw, and none but {@link #await} may block: a failure in {@link #wakeup} would surface in JDK threads that
 * serve the whole JVM.
 */
public interface LoopDriver {
    /**
     * The time of the loop in nanoseconds. Only differences mean anything; it never goes back. Called from any thread.
     *
     * @return nanoseconds since an arbitrary origin
     */
    long nanoTime();

    /**
     * Waits for work. Called on the loop thread alone, once in each turn: with 0 when there is something to run, so that a driver
     * that polls gets to do so however busy the loop is. It returns when {@code nanos} have passed, or when {@link #wakeup} was called after the previous {@code await} returned, or earlier for no reason.
     *
     * @param nanos how long to wait at the most; {@link Long#MAX_VALUE} means without limit, 0 or less returns at once
     */
    void await(long nanos);

    /**
     * Whether the loop should call {@code await(0)} although it has nothing else to do. Asked each time a task lets others run and there
     * are none, on the loop thread and inside of that task, so it must not wait for a lock. While this is false such a task goes on in a
     * few nanoseconds; when it is true, which is the default, the loop takes a turn, in a few hundred, and a task that cannot leave the
     * loop thread gets a {@link io.loomloop.PinnedException}. A driver that never polls answers false; one whose look takes long, true
     * when the last one is long enough ago; one that wraps another asks that.
     */
    default boolean needsPoll() {
        return true;
    }

    /**
     * Ends the current {@link #await}, or makes the next one return at once. Called from any thread, and inside {@code await} by the loop
     * thread too: when what the driver does there gives the loop something to run, it must not go on to wait. Many calls count once.
     */
    void wakeup();

    /** Lets go of what the driver holds. Called once, on the loop thread, after the last {@link #await}. */
    void close();

    /** A new driver that parks the loop thread, which is the default, for drivers that wait in the same way and differ elsewhere. */
    static LoopDriver parking() {
        return new ParkingDriver();
    }
}
