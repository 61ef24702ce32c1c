package io.loomloop;

/** What a broken twin needs between its look and its step: time for another thread to come between. */
public final class Moment {
    private static final int SPINS = 50;

    private Moment() {}

    /** Lets a moment pass. */
    public static void pass() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
        }
    }
}
