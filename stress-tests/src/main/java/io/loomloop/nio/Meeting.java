package io.loomloop.nio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where two actors meet, if both come in time: as they begin, so that neither runs ahead; and in a broken twin between two steps that
 * must be one. So they race in a short run, on a busy machine, and with a single processor too.
 */
final class Meeting {
    private static final int ROUNDS = 10;
    private static final int SPINS = 50;

    // either actor
    private final AtomicInteger here = new AtomicInteger();

    /** Between the two steps: lets the other actor, who {@link #meet}s, act. */
    void pass() {
        meet();
        spin();
    }

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
