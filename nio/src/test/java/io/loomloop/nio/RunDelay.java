package io.loomloop.nio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** How long a thread has stood in line for a processor, as Linux counts it; elsewhere, and where it does not count, always 0. */
final class RunDelay {
    private static final Path THREADS = Path.of("/proc/self/task");
    private static final int NAME_LENGTH = 15; // the system knows no more of a thread's name

    private final Path statistics;

    private RunDelay(Path statistics) {
        this.statistics = statistics;
    }

    /** Of the platform thread with this name. */
    static RunDelay of(String thread) {
        String name = thread.substring(0, Math.min(NAME_LENGTH, thread.length()));
        if (Files.isDirectory(THREADS)) {
            try (DirectoryStream<Path> all = Files.newDirectoryStream(THREADS)) {
                for (Path one : all) {
                    if (read(one.resolve("comm")).equals(name)) {
                        return new RunDelay(one.resolve("schedstat"));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new RunDelay(THREADS);
    }

    long nanos() {
        String[] numbers = read(statistics).split(" ", -1);
        return numbers.length == 3 ? Long.parseLong(numbers[1]) : 0;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return ""; // it has ended, or the system does not count
        }
    }
}
