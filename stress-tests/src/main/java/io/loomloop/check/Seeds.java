package io.loomloop.check;

import java.util.Random;

/** The seed of this JVM's runs: {@code -Dseed=}, or one that is different each time; it is printed, so that it can be given again. */
public final class Seeds {
    private static final long SEED = Long.getLong("seed", System.nanoTime() & 0xff_ffff);

    private Seeds() {}

    /** The seed. */
    public static long seed() {
        return SEED;
    }

    /** Chance for somebody, which depends on the seed and the name alone. */
    public static Random random(String name) {
        System.out.println(name + ": seed " + SEED);
        return new Random(SEED * 31 + name.hashCode());
    }
}
