package io.loomloop;

/**
 * Thrown out of {@link EventLoop#run(Body)} and {@link Runner#run(Body)} when Ctrl-C (SIGINT) cancelled the main task: asyncio's
 * {@code KeyboardInterrupt}. By then the main task has ended, its cleanup included. The cause is its {@link CancelledException}.
 *
 * <p>It is not thrown when the main task ends in another way after the signal, nor when somebody else cancelled it as well: that
 * gives a {@link CancelledException}. A second Ctrl-C while the main task still runs does not wait: it ends the JVM with
 * {@link #EXIT_CODE}, after its shutdown hooks.
 *
 * <p>What follows is up to the program. To end as the shell expects it:
 *
 * <pre>{@code
 * try {
 *     EventLoop.run(() -> serve());
 * } catch (KeyboardInterruptException e) {
 *     System.exit(KeyboardInterruptException.EXIT_CODE);
 * }
 * }</pre>
 */
public final class KeyboardInterruptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The exit code of a process that SIGINT ended: 130. */
    public static final int EXIT_CODE = 128 + 2;

    KeyboardInterruptException(CancelledException cause) {
        super(CtrlC.MESSAGE, cause);
    }
}
