package io.loomloop;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Watches one loop from a platform thread of its own, and says so while a step holds the loop: which task it is, and the stack
 * that holds it. Nothing on the loop could say it, because nothing on the loop runs.
 *
 * <p>It samples instead of measuring, so a step costs no look at the clock: the same step number twice, with something mounted, is
 * the same step. It reports at the threshold and then each time the time has doubled.
 *
 * <p>While the loop sleeps, so does the watchdog: it says that it rests, looks once more whether the loop is asleep, and parks; the
 * loop clears its own flag when it wakes, looks whether the watchdog rests, and wakes it. Both flags are volatile, so at least one
 * of the two sees the other.
 */
final class Watchdog extends Thread {
    private static final System.Logger LOG = System.getLogger("io.loomloop");

    private static final int FRAMES = 64;

    private final LoopThread watched;
    private final long thresholdNanos;

    // any thread sets
    private volatile boolean ended;
    // watchdog sets, watchdog and loop thread clear
    private volatile boolean resting;
    // watchdog writes, statistics read
    private final AtomicLong slowSteps = new AtomicLong();

    Watchdog(LoopThread watched, long thresholdNanos) {
        super(null, null, watched.getName() + "-watchdog", 0, false);
        setDaemon(true);
        this.watched = watched;
        this.thresholdNanos = thresholdNanos;
    }

    long slowSteps() {
        return slowSteps.get();
    }

    void end() {
        ended = true;
        LockSupport.unpark(this);
    }

    /** Loop thread only, each time it has slept. */
    void loopWokeUp() {
        if (resting) {
            resting = false;
            LockSupport.unpark(this);
        }
    }

    /** True while the watchdog waits for the loop to wake up. */
    boolean isResting() {
        return resting;
    }

    @Override
    public void run() {
        long step = -1;
        long since = 0;
        long reportAt = thresholdNanos;
        while (!ended) {
            long now = System.nanoTime();
            Object running = watched.running();
            long seen = watched.steps();
            if (running == null || seen != step) {
                if (seen == step) {
                    rest();
                    now = System.nanoTime();
                }
                step = seen;
                since = now;
                reportAt = thresholdNanos;
            } else if (now - since >= reportAt) {
                if (reportAt == thresholdNanos) {
                    slowSteps.incrementAndGet();
                }
                try {
                    report(running, now - since);
                } catch (Throwable unlogged) {
                    // A logger that fails must not end the watch; the step is counted all the same.
                }
                reportAt *= 2;
            }
            LockSupport.parkNanos(this, thresholdNanos / 2);
        }
    }

    /** Nothing has run since the last look. */
    private void rest() {
        beginRest();
        while (mayPark()) {
            LockSupport.park(this);
        }
        resting = false;
    }

    /** Says that the watchdog rests, which comes before it looks whether it may. */
    void beginRest() {
        resting = true;
    }

    /** True as long as the loop sleeps, and wakes the watchdog when it does no longer. */
    boolean mayPark() {
        return resting && !ended && watched.ready.isAsleep();
    }

    private void report(Object running, long nanos) {
        StringBuilder text = new StringBuilder(describe(running))
                .append(" holds the event loop '")
                .append(watched.getName())
                .append("' for ")
                .append(nanos / 1_000_000)
                .append(" ms, nothing else runs there; it is at");
        StackTraceElement[] stack = stackOf(running);
        for (int i = 0; i < Math.min(stack.length, FRAMES); i++) {
            text.append("\n\tat ").append(stack[i]);
        }
        if (stack.length > FRAMES) {
            text.append("\n\t... ").append(stack.length - FRAMES).append(" more");
        }
        LOG.log(System.Logger.Level.WARNING, text);
    }

    static String describe(@Nullable Object running) {
        if (running instanceof Adopted adopted) {
            if (adopted.creator() instanceof FactoryThread made && made.isContinuation(adopted.continuation())) {
                return made.toString();
            }
            return "a thread started inside " + describe(adopted.creator());
        }
        return running instanceof TaskThread<?> task ? "task '" + task.name() + "'" : String.valueOf(running);
    }

    private StackTraceElement[] stackOf(Object running) {
        if (running instanceof TaskThread<?> task) {
            return task.stack();
        }
        if (running instanceof Adopted adopted
                && adopted.creator() instanceof FactoryThread made
                && made.isContinuation(adopted.continuation())) {
            return made.thread().getStackTrace();
        }
        return running instanceof CallbackRunner runner ? runner.thread().getStackTrace() : watched.getStackTrace();
    }
}
