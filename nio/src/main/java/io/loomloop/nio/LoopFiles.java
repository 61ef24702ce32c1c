package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.CopyOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * {@link Files} for tasks: the same operations, on the loop's workers, because files hold whatever thread asks for them. Each method
 * waits for its operation and throws what that throws.
 *
 * <p>Each runs on a loop, elsewhere it fails with {@link IllegalStateException}, and is a cancellation point. When the caller is
 * cancelled, one that reads is interrupted; one that changes something is brought to its end first, so it is never left half done.
 *
 * <p>For more than one thing at a time, or for what is missing here, {@link io.loomloop.EventLoop#runInExecutor} runs anything.
 */
public final class LoopFiles {
    private static final int LONGEST_LINE = 1 << 20;

    private LoopFiles() {}

    /**
     * Opens a file, to read it if there are no options.
     *
     * @throws IOException when that is not possible, for example {@link java.nio.file.NoSuchFileException}
     */
    public static LoopFile open(Path path, OpenOption... options) throws IOException {
        return LoopFile.open(Objects.requireNonNull(path, "path"), options.clone());
    }

    // ---- reading whole files

    /** All bytes of a file. */
    public static byte[] readAllBytes(Path path) throws IOException {
        Objects.requireNonNull(path, "path");
        return OffLoop.call(() -> Files.readAllBytes(path));
    }

    /** A file as text in UTF-8. */
    public static String readString(Path path) throws IOException {
        return readString(path, UTF_8);
    }

    /**
     * A file as text.
     *
     * @throws java.nio.charset.CharacterCodingException when it is not in that encoding
     */
    public static String readString(Path path, Charset charset) throws IOException {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(charset, "charset");
        return OffLoop.call(() -> Files.readString(path, charset));
    }

    /** The lines of a file in UTF-8, without their ends. */
    public static List<String> readAllLines(Path path) throws IOException {
        return readAllLines(path, UTF_8);
    }

    /** The lines of a file, without their ends. */
    public static List<String> readAllLines(Path path, Charset charset) throws IOException {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(charset, "charset");
        return OffLoop.call(() -> Files.readAllLines(path, charset));
    }

    /**
     * Gives each line of a file in UTF-8, without its end, to {@code line}, in the calling task, and holds no more of the file than a
     * few. What is not UTF-8 is replaced. The file may change meanwhile.
     *
     * @throws LimitOverrunException when a line has more than 1 MiB
     */
    public static void forEachLine(Path path, Consumer<String> line) throws IOException {
        Objects.requireNonNull(line, "line");
        try (LoopFile file = open(path)) {
            StreamReader reader = file.reader(0, LONGEST_LINE);
            for (byte[] next = reader.readLine(); next.length > 0; next = reader.readLine()) {
                line.accept(new String(next, 0, lengthOf(next), UTF_8));
            }
        }
    }

    private static int lengthOf(byte[] line) {
        int length = line.length;
        if (line[length - 1] == '\n') {
            length--;
            if (length > 0 && line[length - 1] == '\r') {
                length--;
            }
        }
        return length;
    }

    // ---- writing whole files

    /** Writes a file anew, or as the options say, see {@link Files#write(Path, byte[], OpenOption...)}. */
    public static void write(Path path, byte[] bytes, OpenOption... options) throws IOException {
        Objects.requireNonNull(path, "path");
        Objects.requireNonNull(bytes, "bytes");
        OpenOption[] how = options.clone();
        OffLoop.finish(() -> Files.write(path, bytes, how));
    }

    /** As {@link #write}, for text in UTF-8. */
    public static void writeString(Path path, CharSequence text, OpenOption... options) throws IOException {
        write(path, text.toString().getBytes(UTF_8), options);
    }

    /** As {@link #write}, for lines in UTF-8, to each of which the system's line end is added. */
    public static void writeLines(Path path, Iterable<? extends CharSequence> lines, OpenOption... options)
            throws IOException {
        StringBuilder text = new StringBuilder();
        for (CharSequence line : lines) {
            text.append(line).append(System.lineSeparator());
        }
        writeString(path, text, options);
    }

    // ---- files and folders

    /** What is in a folder, in no order. */
    public static List<Path> list(Path folder) throws IOException {
        Objects.requireNonNull(folder, "folder");
        return OffLoop.call(() -> {
            try (Stream<Path> entries = Files.list(folder)) {
                return entries.toList();
            }
        });
    }

    /** A folder, and all that is below it, each folder before what is in it. Does not follow links. */
    public static List<Path> walk(Path folder) throws IOException {
        return walk(folder, Integer.MAX_VALUE);
    }

    /**
     * As {@link #walk(Path)}, down to a depth.
     *
     * @throws IllegalArgumentException when negative
     */
    public static List<Path> walk(Path folder, int depth) throws IOException {
        Objects.requireNonNull(folder, "folder");
        return OffLoop.call(() -> {
            try (Stream<Path> entries = Files.walk(folder, depth)) {
                return entries.toList();
            }
        });
    }

    /** Copies a file, see {@link Files#copy(Path, Path, CopyOption...)}. */
    public static void copy(Path from, Path to, CopyOption... options) throws IOException {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        CopyOption[] how = options.clone();
        OffLoop.finish(() -> Files.copy(from, to, how));
    }

    /** Moves or renames a file, see {@link Files#move}. */
    public static void move(Path from, Path to, CopyOption... options) throws IOException {
        Objects.requireNonNull(from, "from");
        Objects.requireNonNull(to, "to");
        CopyOption[] how = options.clone();
        OffLoop.finish(() -> Files.move(from, to, how));
    }

    /**
     * Deletes a file, or a folder that is empty.
     *
     * @throws java.nio.file.NoSuchFileException when there is none
     */
    public static void delete(Path path) throws IOException {
        Objects.requireNonNull(path, "path");
        OffLoop.finish(() -> Files.delete(path));
    }

    /** As {@link #delete}, but returns false when there is none. */
    public static boolean deleteIfExists(Path path) throws IOException {
        Objects.requireNonNull(path, "path");
        return OffLoop.<Boolean>finish(() -> Files.deleteIfExists(path));
    }

    /** Makes a folder, and those above it that are missing. */
    public static void createDirectories(Path folder) throws IOException {
        Objects.requireNonNull(folder, "folder");
        OffLoop.finish(() -> Files.createDirectories(folder));
    }

    /** Makes an empty file of a new name in the system's folder for such; it stays until somebody deletes it. */
    public static Path createTempFile(String prefix, String suffix) throws IOException {
        Objects.requireNonNull(prefix, "prefix");
        Objects.requireNonNull(suffix, "suffix");
        return OffLoop.make(() -> Files.createTempFile(prefix, suffix), LoopFiles::deleteQuietly);
    }

    /** Makes an empty folder of a new name in the system's folder for such; it stays until somebody deletes it. */
    public static Path createTempDirectory(String prefix) throws IOException {
        Objects.requireNonNull(prefix, "prefix");
        return OffLoop.make(() -> Files.createTempDirectory(prefix), LoopFiles::deleteQuietly);
    }

    private static void deleteQuietly(Path made) {
        Poller.closeQuietly(() -> Files.deleteIfExists(made));
    }

    /** True when there is such a file, folder or other thing. */
    public static boolean exists(Path path, LinkOption... options) throws IOException {
        Objects.requireNonNull(path, "path");
        LinkOption[] how = options.clone();
        return OffLoop.<Boolean>call(() -> Files.exists(path, how));
    }

    /** How many bytes a file has. */
    public static long size(Path path) throws IOException {
        Objects.requireNonNull(path, "path");
        return OffLoop.<Long>call(() -> Files.size(path));
    }

    /** What the system knows about a file: size, times, kind. */
    public static BasicFileAttributes attributes(Path path, LinkOption... options) throws IOException {
        Objects.requireNonNull(path, "path");
        LinkOption[] how = options.clone();
        return OffLoop.call(() -> Files.readAttributes(path, BasicFileAttributes.class, how));
    }
}
