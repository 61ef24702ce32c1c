package io.loomloop.nio;

import java.lang.management.ManagementFactory;

/** Counts the open file descriptors of this JVM; on Windows there is nothing to count, so every check holds. */
final class Descriptors {
    private Descriptors() {}

    static long open() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    static void awaitAtMost(long count) {
        LoopCheck.awaitTrue("no more than " + count + " descriptors", () -> open() <= count);
    }
}
