package io.loomloop.soak;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/** The thread of a program: round after round until the lap is over. */
final class Worker implements Runnable {
    final String name;
    private final Program program;
    private final long seed;

    // its thread writes, the watchdog reads: when the round under way began, 0 when there is none
    private volatile long began;
    // its thread writes, the runner reads
    private volatile long operations;
    // its thread, lap by lap
    private int lap;
    private volatile long until;
    private volatile @Nullable Field field;
    private volatile @Nullable Throwable failure;

    Worker(String name, Program program, long seed) {
        this.name = name;
        this.program = program;
        this.seed = seed;
    }

    /** Starts a lap, which ends with the first round that ends after a time. */
    Thread start(Field on, long untilNanos) {
        field = on;
        until = untilNanos;
        lap++;
        return Thread.ofPlatform().daemon().name("soak-" + name).start(this);
    }

    @Override
    public void run() {
        Field on = field;
        if (on == null) {
            return;
        }
        // Each lap begins with a seed of its own, so that it does not depend on how many rounds the one before had.
        Random random = new Random(seed * 31 + lap * 1_000_003L + name.hashCode());
        long done = operations;
        try {
            do {
                began = System.nanoTime() | 1;
                done += program.round(on, random);
                operations = done;
            } while (System.nanoTime() - until < 0);
        } catch (Throwable thrown) {
            failure = thrown;
        } finally {
            began = 0;
        }
    }

    long operations() {
        return operations;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    /** How long the round under way has taken so far, in nanoseconds. */
    long busy() {
        long since = began;
        return since == 0 ? 0 : System.nanoTime() - since;
    }
}
