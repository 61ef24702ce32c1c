package io.loomloop.nio;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * What a {@link FaultProxy} does to the bytes of one direction of one connection.
 *
 * @param latencyNanos how much later every byte arrives
 * @param jitterNanos up to how much later than that, chunk by chunk; the order stays
 * @param slice how many bytes travel together at the most
 * @param bytesPerSecond how fast they travel
 * @param resetAfter after how many bytes both ends get a reset; {@link #NEVER}
 * @param endAfter after how many bytes the receiver reads the end, while the rest is swallowed and the other direction goes on;
 *     {@link #NEVER}
 */
record Faults(long latencyNanos, long jitterNanos, int slice, long bytesPerSecond, long resetAfter, long endAfter) {
    static final long NEVER = Long.MAX_VALUE;
    static final Faults NONE = new Faults(0, 0, Integer.MAX_VALUE, NEVER, NEVER, NEVER);

    /** Delay, slices and a limit that together make a stream of {@code size} bytes take no more than about a second. */
    static Faults slow(Random random, int size) {
        long latency = random.nextBoolean() ? 0 : TimeUnit.MILLISECONDS.toNanos(random.nextInt(100));
        long jitter = random.nextBoolean() ? 0 : TimeUnit.MILLISECONDS.toNanos(1 + random.nextInt(20));
        int slice = random.nextInt(3) == 0 ? Integer.MAX_VALUE : 1 + size / (1 + random.nextInt(20));
        long rate = random.nextBoolean() ? NEVER : 2L * size + random.nextInt(1 << 20);
        return new Faults(latency, jitter, slice, rate, NEVER, NEVER);
    }

    Faults withResetAfter(long bytes) {
        return new Faults(latencyNanos, jitterNanos, slice, bytesPerSecond, bytes, endAfter);
    }

    Faults withEndAfter(long bytes) {
        return new Faults(latencyNanos, jitterNanos, slice, bytesPerSecond, resetAfter, bytes);
    }
}
