package io.loomloop.nio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The moment between two steps of a broken twin that must be one. The other actor is let in there if it comes in time, so that they meet
 * in a short run, on a busy machine, and with a single processor too.
 */
final class Moment {
    private static final int ROUNDS = 10;
    private static final int SPINS = 50;

    // either actor
    private final AtomicInteger here = new AtomicInteger();

    /** Between the two steps. */
    void pass() {
        meet();
        spin();
    }

    /** The other actor, before it acts. */
    void meet() {
        here.incrementAndGet();
        for (int i = 0; i < ROUNDS && here.get() < 2; i++) {
            spin();
            if (here.get() < 2) {
                Thread.yield();
            }
        }
    }

    private static void spin() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
        }
    }
}
