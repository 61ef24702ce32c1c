package io.loomloop.nio;

/**
 * The time between two steps of a broken twin that must be one. The other actor takes as long and acts in the middle, so that neither
 * runs ahead, and they meet in a short run too.
 */
final class Moment {
    private static final int SPINS = 40;

    private Moment() {}

    static void pass() {
        half();
        half();
    }

    static void half() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
        }
    }
}
