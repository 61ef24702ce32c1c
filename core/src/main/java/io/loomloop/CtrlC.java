package io.loomloop;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What SIGINT does while a program runs: the first one cancels its main task, so that it can clean up, the second one ends the JVM,
 * as SIGINT always does.
 *
 * <p>There is one terminal and one handler for the whole JVM, so of several programs that run at once the first is asked. Nothing is
 * taken from a program that has a handler of its own, or from a JVM that may not touch the signal ({@code -Xrs}, {@code nohup}).
 */
final class CtrlC {
    static final String MESSAGE = "interrupted by Ctrl-C (SIGINT)";

    // any thread, CAS
    private static final AtomicReference<@Nullable CtrlC> OWNER = new AtomicReference<>();

    private final Task<?> main;
    private final AtomicInteger signals = new AtomicInteger();
    // the running thread only
    private @Nullable ProcessSignals taken;

    private CtrlC(Task<?> main) {
        this.main = main;
    }

    /** Takes the signal for the time that {@code main} runs; null when it is not to be had. */
    static @Nullable CtrlC take(Task<?> main) {
        CtrlC taker = new CtrlC(main);
        if (!OWNER.compareAndSet(null, taker)) {
            return null;
        }
        try {
            ProcessSignals taken = ProcessSignals.take("INT", taker::signalled);
            if (taken.replacedDefault()) {
                taker.taken = taken;
                return taker;
            }
            taken.release();
        } catch (RuntimeException | LinkageError unavailable) {
            // The program runs all the same, and Ctrl-C does what it did before.
        }
        OWNER.set(null);
        return null;
    }

    /** Gives the signal back. */
    void release() {
        ProcessSignals mine = taken;
        if (mine != null) {
            mine.release();
            OWNER.set(null);
        }
    }

    /** The signal has come. Any thread. */
    void signalled() {
        boolean asked = signals.incrementAndGet() == 1 && main.cancel(MESSAGE);
        if (!asked) { // the second time, or too late for main to hear of it
            Runtime.getRuntime().exit(KeyboardInterruptException.EXIT_CODE);
        }
    }

    /** True when the main task, which was cancelled, would not have been without the signal: nobody else's request is left. */
    boolean wasSoleCanceller() {
        return signals.get() > 0 && main.cancelling() <= 1;
    }
}
