package io.loomloop;

/**
 * Thrown by a wait that cannot let go of the loop thread, because a frame that pins the virtual thread is on its stack: a
 * {@code synchronized} block on JDK 21 to 23, a native method or a static initialiser on every JDK.
 *
 * <p>Waiting there would stop every task of the loop, possibly for ever, so the wait fails at once instead and nothing has been
 * awaited. Use a {@link java.util.concurrent.locks.ReentrantLock} instead of {@code synchronized}, or move the wait out of the
 * initialiser.
 */
public final class PinnedException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * A wait was refused.
     *
     * @param message says what pins, where that is known
     */
    public PinnedException(String message) {
        super(message);
    }
}
