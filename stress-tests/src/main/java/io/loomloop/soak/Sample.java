package io.loomloop.soak;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What the JVM holds at a moment when no program runs.
 *
 * @param heap bytes that are in use after a garbage collection
 * @param threads live platform threads, without those of pools that have a limit
 * @param virtual live virtual threads
 * @param descriptors open file descriptors; 0 where they cannot be counted
 * @param direct bytes of direct buffers
 */
record Sample(long heap, long threads, long virtual, long descriptors, long direct) {
    private static final int COLLECTIONS = 6;
    private static final long ENOUGH = 64 << 10;

    /**
     * Threads of pools that have a limit, and let their threads come and go below it: those of workers, of resolvers, of the JDK. They say
     * nothing about a leak; whether a closed loop has left a worker is looked at elsewhere.
     */
    private static final Pattern OF_POOLS = Pattern.compile(".*(-worker-|resolver-)[0-9]+");

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
        return new Sample(heap, countPlatform(), countVirtual(), countDescriptors(), countDirect());
    }

    private static long used() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static long countPlatform() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !OF_POOLS.matcher(thread.getName()).matches())
                .count();
    }

    /** Live virtual threads have no counter, but the dump has them. */
    private static long countVirtual() throws IOException {
        return dump().lines()
                .filter(line -> line.startsWith("#") && line.contains("\" virtual"))
                .count();
    }

    /** The names of all threads, with their numbers left out, and how many there are of each. */
    static Map<String, Long> threadNames() throws IOException {
        return dump().lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceAll("[0-9]+|\\s[A-Z_]+ .*$", ""))
                .collect(Collectors.groupingBy(line -> line, TreeMap::new, Collectors.counting()));
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

    private static long countDirect() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "heap %.1f MB, direct %.1f MB, %d threads, %d virtual threads, %d descriptors",
                heap / 1e6,
                direct / 1e6,
                threads,
                virtual,
                descriptors);
    }
}
