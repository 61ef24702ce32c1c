package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * How long a thread has stood in line for a processor, as Linux counts it; elsewhere, and where it does not count, always 0. Keeps the
 * file open, because there may be no descriptor left when it is asked.
 */
final class RunDelay implements AutoCloseable {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final int NAME_LENGTH =
            15; // the system knows no more of a thread's name, and the JVM says which part

    private final RandomAccessFile statistics; // null where nothing is counted

    private RunDelay(RandomAccessFile statistics) {
        this.statistics = statistics;
    }

    /** Of the platform thread with this name. */
    static RunDelay of(String thread) {
        List<String> names =
                List.of(thread.substring(0, Math.min(NAME_LENGTH, thread.length())), withoutMiddle(thread));
        RunDelay found = null;
        while (found == null && Files.isDirectory(THREADS) && isAlive(thread)) {
            found = find(names); // a thread gives itself its name, once it has a processor
        }
        return found == null ? new RunDelay(null) : found;
    }

    private static boolean isAlive(String thread) {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(one -> one.getName().equals(thread));
    }

    private static RunDelay find(List<String> names) {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(THREADS)) {
            for (Path one : all) {
                if (isNamed(one, names)) {
                    return new RunDelay(open(one.resolve("schedstat")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return null;
    }

    /** How JDK 26 and newer shorten it. */
    private static String withoutMiddle(String name) {
        return name.length() <= NAME_LENGTH ? name : name.substring(0, 7) + ".." + name.substring(name.length() - 6);
    }

    private static boolean isNamed(Path thread, List<String> names) {
        try {
            return names.contains(Files.readString(thread.resolve("comm")).strip());
        } catch (IOException e) {
            return false; // it has ended
        }
    }

    private static RandomAccessFile open(Path file) {
        try {
            return new RandomAccessFile(file.toFile(), "r");
        } catch (IOException e) {
            return null; // it has ended, or the system does not count
        }
    }

    long nanos() {
        if (statistics == null) {
            return 0;
        }
        byte[] text = new byte[100];
        try {
            statistics.seek(0);
            int length = statistics.read(text);
            return Long.parseLong(new String(text, 0, length, US_ASCII).split(" ", -1)[1]);
        } catch (IOException e) {
            return 0; // it has ended
        }
    }

    @Override
    public void close() throws IOException {
        if (statistics != null) {
            statistics.close();
        }
    }
}
