package io.loomloop.nio;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Settings of programs that are started: {@link #DEFAULT}, and variations of it. Immutable, so safe from any thread.
 *
 * <p>Each {@code with} method returns a copy with one thing changed. Where the standard streams lead is said by the JDK's own
 * {@link Redirect}: {@code PIPE}, {@code INHERIT}, {@code DISCARD}, {@code from(file)}, {@code to(file)}, {@code appendTo(file)}.
 */
public final class SubprocessOptions {
    /** All three streams are pipes, the directory and the environment are ours, readers have a limit of 64 KiB. */
    public static final SubprocessOptions DEFAULT = new SubprocessOptions(
            Redirect.PIPE, Redirect.PIPE, Redirect.PIPE, false, null, null, Map.of(), StreamOptions.DEFAULT);

    private final Redirect stdin;
    private final Redirect stdout;
    private final Redirect stderr;
    private final boolean merged;
    private final @Nullable Path directory;
    private final @Nullable Map<String, String> environment;
    private final Map<String, String> variables;
    private final StreamOptions streams;

    @SuppressWarnings("TooManyParameters") // private
    private SubprocessOptions(
            Redirect stdin,
            Redirect stdout,
            Redirect stderr,
            boolean merged,
            @Nullable Path directory,
            @Nullable Map<String, String> environment,
            Map<String, String> variables,
            StreamOptions streams) {
        this.stdin = stdin;
        this.stdout = stdout;
        this.stderr = stderr;
        this.merged = merged;
        this.directory = directory;
        this.environment = environment;
        this.variables = variables;
        this.streams = streams;
    }

    /**
     * Where the program reads from. With {@link Redirect#PIPE} it is {@link Subprocess#stdin}.
     *
     * @throws IllegalArgumentException when it is for output
     */
    public SubprocessOptions withStdin(Redirect source) {
        requireKind(source, Redirect.Type.READ);
        return new SubprocessOptions(source, stdout, stderr, merged, directory, environment, variables, streams);
    }

    /**
     * Where the program prints to. With {@link Redirect#PIPE} it is {@link Subprocess#stdout}, which somebody has to read, or the
     * program stops when the pipe is full.
     *
     * @throws IllegalArgumentException when it is for input
     */
    public SubprocessOptions withStdout(Redirect target) {
        requireKind(target, Redirect.Type.WRITE);
        return new SubprocessOptions(stdin, target, stderr, merged, directory, environment, variables, streams);
    }

    /**
     * Where the program prints its errors to, as {@link #withStdout}.
     *
     * @throws IllegalArgumentException when it is for input
     */
    public SubprocessOptions withStderr(Redirect target) {
        requireKind(target, Redirect.Type.WRITE);
        return new SubprocessOptions(stdin, stdout, target, false, directory, environment, variables, streams);
    }

    /** Has the program print its errors where its output goes: asyncio's {@code stderr=STDOUT}. */
    public SubprocessOptions withMergedStderr() {
        return new SubprocessOptions(stdin, stdout, stderr, true, directory, environment, variables, streams);
    }

    /** Where the program runs: asyncio's {@code cwd}. */
    public SubprocessOptions withDirectory(Path path) {
        Objects.requireNonNull(path, "path");
        return new SubprocessOptions(stdin, stdout, stderr, merged, path, environment, variables, streams);
    }

    /** The whole environment of the program, in place of ours: asyncio's {@code env}. */
    public SubprocessOptions withEnvironment(Map<String, String> all) {
        return new SubprocessOptions(stdin, stdout, stderr, merged, directory, Map.copyOf(all), Map.of(), streams);
    }

    /** One more variable in the environment of the program. */
    public SubprocessOptions withVariable(String name, String value) {
        Map<String, String> more = new LinkedHashMap<>(variables);
        more.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value"));
        return new SubprocessOptions(stdin, stdout, stderr, merged, directory, environment, more, streams);
    }

    /**
     * The limit of the readers, in bytes, see {@link StreamOptions#withLimit}: asyncio's {@code limit}.
     *
     * @throws IllegalArgumentException when not positive
     */
    public SubprocessOptions withLimit(int bytes) {
        return new SubprocessOptions(
                stdin, stdout, stderr, merged, directory, environment, variables, streams.withLimit(bytes));
    }

    private static void requireKind(Redirect redirect, Redirect.Type kind) {
        Redirect.Type type = redirect.type();
        boolean general = type == Redirect.Type.PIPE || type == Redirect.Type.INHERIT;
        boolean append = type == Redirect.Type.APPEND && kind == Redirect.Type.WRITE;
        if (!general && !append && type != kind) {
            throw new IllegalArgumentException("a program cannot "
                    + (kind == Redirect.Type.READ ? "read from" : "print to") + " what is for the opposite: "
                    + redirect);
        }
    }

    boolean stdinIsPipe() {
        return stdin == Redirect.PIPE;
    }

    boolean stdoutIsPipe() {
        return stdout == Redirect.PIPE;
    }

    boolean stderrIsPipe() {
        return stderr == Redirect.PIPE && !merged;
    }

    StreamOptions streams() {
        return streams;
    }

    ProcessBuilder builder(List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(stdin)
                .redirectOutput(stdout)
                .redirectErrorStream(merged);
        if (!merged) {
            builder.redirectError(stderr);
        }
        if (directory != null) {
            builder.directory(directory.toFile());
        }
        if (environment != null) {
            builder.environment().clear();
            builder.environment().putAll(environment);
        }
        builder.environment().putAll(variables);
        return builder;
    }

    @Override
    public String toString() {
        return "SubprocessOptions[stdin=" + stdin + ", stdout=" + stdout + ", stderr=" + (merged ? "merged" : stderr)
                + ", directory=" + directory + ", limit=" + streams.limit() + "]";
    }
}
