package io.loomloop.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What the JVM holds at a moment when no program runs.
 *
 * @param heap bytes that are in use after a garbage collection
 * @param threads live platform threads
 * @param virtual live virtual threads
 * @param descriptors open file descriptors; 0 where they cannot be counted
 */
record Sample(long heap, long threads, long virtual, long descriptors) {
    private static final int COLLECTIONS = 6;
    private static final long ENOUGH = 64 << 10;

    /** Collects garbage and counts. */
    static Sample take() throws IOException {
        long heap = used();
        for (int i = 0; i < COLLECTIONS; i++) {
            // Cleaners and reference queues free more, in threads of their own.
            LockSupport.parkNanos(20_000_000);
            long now = used();
            boolean done = now > heap - ENOUGH;
            heap = Math.min(heap, now);
            if (done && i > 0) {
                break;
            }
        }
        return new Sample(
                heap, ManagementFactory.getThreadMXBean().getThreadCount(), countVirtual(), countDescriptors());
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Live virtual threads have no counter, but the dump has them. */
    private static long countVirtual() throws IOException {
        return dump().lines()
                .filter(line -> line.startsWith("#") && line.contains("\" virtual"))
                .count();
    }

    /** All threads, virtual ones included, and where they are. */
    static String dump() throws IOException {
        Path folder = Files.createTempDirectory("loomloop-soak");
        Path file = folder.resolve("threads");
        try {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(file.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            return Files.readString(file);
        } finally {
            Files.deleteIfExists(file);
            Files.delete(folder);
        }
    }

    private static long countDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "heap %.1f MB, %d threads, %d virtual threads, %d descriptors",
                heap / 1e6,
                threads,
                virtual,
                descriptors);
    }
}
