package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;

/** What the heap of this JVM holds. */
final class Heap {
    private static final int COLLECTIONS = 3;

    private Heap() {}

    /** Bytes in use after two collections: references that the first one clears may keep something until the second. */
    static long used() {
        System.gc();
        return usedAfterOne();
    }

    private static long usedAfterOne() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Fails if so much more is in use than before. */
    static void assertGrownByLessThan(long bytes, long before) {
        long grown = usedAfterOne() - before;
        for (int i = 1; i < COLLECTIONS && grown >= bytes; i++) {
            grown = usedAfterOne() - before;
        }
        assertThat(grown).as("bytes of the heap").isLessThan(bytes);
    }
}
