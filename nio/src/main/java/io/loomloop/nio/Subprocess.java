package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.EventLoop;
import io.loomloop.Task;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A program that was started, with its streams: asyncio's {@code create_subprocess_exec}, {@code create_subprocess_shell} and
 * {@code Process}.
 *
 * <p><b>Streams</b> are those of sockets: {@link #stdin} a {@link StreamWriter}, {@link #stdout} and {@link #stderr} a
 * {@link StreamReader}, each served by a thread of its own, because pipes block. A reader that is behind makes the program wait, so
 * somebody has to read each of them; {@link #communicate} does.
 *
 * <p><b>Return codes</b> are the JDK's, which are the shell's: 128 and the signal's number for a program that a signal has ended, for
 * example 143 after {@link #terminate}. asyncio has the negative number instead.
 *
 * <p><b>The end.</b> {@link #close} kills a program that runs on, and so does the loop when it closes; so with a
 * try-with-resources no program outlives the task, a cancelled one included. What a program has started itself is left alone. The
 * JDK takes notice of the end of each program, so none stays a zombie.
 *
 * <p><b>Threads.</b> The streams, {@code communicate} and {@code signal} are for the loop. The other methods may be called from any
 * thread.
 */
public final class Subprocess implements AutoCloseable {
    private static final Pattern SIGNAL = Pattern.compile("[A-Z][A-Z0-9+-]*");

    /** How a program ended, and what it printed until then. What was not a pipe is empty. */
    public static final class Output {
        private final int returnCode;
        private final byte[] stdout;
        private final byte[] stderr;

        Output(int returnCode, byte[] stdout, byte[] stderr) {
            this.returnCode = returnCode;
            this.stdout = stdout;
            this.stderr = stderr;
        }

        /** As {@link Subprocess#waitFor} returns it. */
        public int returnCode() {
            return returnCode;
        }

        /** What it printed. */
        public byte[] stdout() {
            return stdout;
        }

        /** What it printed as errors. */
        public byte[] stderr() {
            return stderr;
        }

        /** What it printed, as text in UTF-8. */
        public String stdoutText() {
            return new String(stdout, UTF_8);
        }

        /** What it printed as errors, as text in UTF-8. */
        public String stderrText() {
            return new String(stderr, UTF_8);
        }

        @Override
        public String toString() {
            return "Output[returnCode=" + returnCode + ", stdout=" + stdout.length + " bytes, stderr=" + stderr.length
                    + " bytes]";
        }
    }

    private final SocketEngine engine;
    private final Process process;
    private final String name;
    private final Waiters waiters = new Waiters();
    private final @Nullable PipeOutput input;
    private final @Nullable PipeInput output;
    private final @Nullable PipeInput errors;
    private final @Nullable StreamWriter stdin;
    private final @Nullable StreamReader stdout;
    private final @Nullable StreamReader stderr;
    // set by the JDK's thread that notices the end; before ended
    private int returnCode;
    private volatile boolean ended;

    private Subprocess(SocketEngine engine, Process process, String name, SubprocessOptions options) {
        this.engine = engine;
        this.process = process;
        this.name = name;
        StreamOptions streams = options.streams();
        long pid = process.pid();
        input = !options.stdinIsPipe()
                ? null
                : new PipeOutput(
                        engine, process.getOutputStream(), "stdin-" + pid, streams.lowWater(), streams.highWater());
        output = !options.stdoutIsPipe()
                ? null
                : new PipeInput(engine, process.getInputStream(), "stdout-" + pid, true, streams);
        errors = !options.stderrIsPipe()
                ? null
                : new PipeInput(engine, process.getErrorStream(), "stderr-" + pid, true, streams);
        stdin = input == null ? null : new StreamWriter(input);
        stdout = output == null ? null : new StreamReader(output);
        stderr = errors == null ? null : new StreamReader(errors);
    }

    // ---- starting

    /**
     * Starts a program with pipes for its three streams: asyncio's {@code create_subprocess_exec}.
     *
     * @see #exec(SubprocessOptions, List)
     */
    public static Subprocess exec(String... command) throws IOException {
        return exec(SubprocessOptions.DEFAULT, List.of(command));
    }

    /** As {@link #exec(SubprocessOptions, List)}. */
    public static Subprocess exec(SubprocessOptions options, String... command) throws IOException {
        return exec(options, List.of(command));
    }

    /**
     * Starts a program, on another thread. Runs on a loop; a cancellation point: one that is cancelled leaves no program behind.
     *
     * @param command the program and its arguments, which no shell sees
     * @throws IOException when it cannot be started: there is no such program, or directory
     * @throws IllegalArgumentException when the command is empty
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static Subprocess exec(SubprocessOptions options, List<String> command) throws IOException {
        Objects.requireNonNull(options, "options");
        List<String> words = List.copyOf(command);
        if (words.isEmpty()) {
            throw new IllegalArgumentException("a command has at least a program");
        }
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        Subprocesses registry = Subprocesses.of(engine.loop());
        return OffLoop.make(() -> registry.start(() -> start(engine, words, options)), Subprocess::close);
    }

    /** As {@link #shell(SubprocessOptions, String)}, with pipes for its three streams. */
    public static Subprocess shell(String command) throws IOException {
        return shell(SubprocessOptions.DEFAULT, command);
    }

    /**
     * Starts a command of the system's shell ({@code /bin/sh}, on Windows {@code cmd}): asyncio's {@code create_subprocess_shell}. Never
     * put words of others into it, the shell runs them; {@link #exec(String...)} is for those. {@link #kill} reaches the shell
     * alone, not what it has started.
     */
    public static Subprocess shell(SubprocessOptions options, String command) throws IOException {
        Objects.requireNonNull(command, "command");
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        return exec(options, windows ? List.of("cmd", "/c", command) : List.of("/bin/sh", "-c", command));
    }

    private static Subprocess start(SocketEngine engine, List<String> words, SubprocessOptions options)
            throws IOException {
        Process process = options.builder(words).start();
        try {
            Subprocess started = new Subprocess(engine, process, words.get(0), options);
            started.watch();
            return started;
        } catch (Throwable failure) { // no memory for a thread
            process.toHandle().destroyForcibly();
            throw failure;
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // it does not fail
    private void watch() {
        if (output != null) {
            output.start();
        }
        if (errors != null) {
            errors.start();
        }
        if (input != null) {
            input.start();
        }
        process.onExit().thenAccept(this::exited);
    }

    private void exited(Process exited) {
        returnCode = exited.exitValue();
        ended = true;
        waiters.wakeAll();
        if (input != null) {
            input.programEnded();
        }
    }

    // ---- streams

    /**
     * What the program reads.
     *
     * @throws IllegalStateException when that is no pipe
     */
    public StreamWriter stdin() {
        return requirePipe(stdin, "input");
    }

    /**
     * What the program prints.
     *
     * @throws IllegalStateException when that is no pipe
     */
    public StreamReader stdout() {
        return requirePipe(stdout, "output");
    }

    /**
     * What the program prints as errors.
     *
     * @throws IllegalStateException when that is no pipe, or goes where the output goes
     */
    public StreamReader stderr() {
        return requirePipe(stderr, "error output");
    }

    private <T> T requirePipe(@Nullable T stream, String what) {
        if (stream == null) {
            throw new IllegalStateException("the " + what + " of " + name + " is no pipe, its options say so");
        }
        return stream;
    }

    /** As {@link #communicate(byte[])}, without input. */
    public Output communicate() throws IOException {
        return communicate(null);
    }

    /**
     * Writes the input and ends it, reads all output meanwhile, and waits for the program's end: asyncio's {@code communicate}. A
     * program that does not read its input is no failure. A cancellation point; one that is cancelled leaves the program running,
     * and what was read may be lost.
     *
     * @param bytes the input; null for none, and then too the program finds the end of its input
     * @return the output, all of it in memory
     * @throws IllegalStateException when there is input but no pipe for it, or another task is reading the output
     */
    public Output communicate(byte @Nullable [] bytes) throws IOException {
        engine.ensureOnLoop("this program");
        if (bytes != null && stdin == null) {
            throw new IllegalStateException("the input of " + name + " is no pipe, nothing can be written to it");
        }
        Task<byte[]> printed = readAll(stdout, "stdout");
        Task<byte[]> complained = readAll(stderr, "stderr");
        try {
            feed(bytes);
            byte[] out = await(printed);
            byte[] err = await(complained);
            return new Output(waitFor(), out, err);
        } finally {
            printed.cancel();
            complained.cancel();
        }
    }

    private Task<byte[]> readAll(@Nullable StreamReader reader, String what) {
        return engine.loop()
                .createTask(
                        what + " of " + name + " " + pid(), () -> reader == null ? ReadBuffer.EMPTY : reader.readAll());
    }

    private void feed(byte @Nullable [] bytes) {
        StreamWriter writer = stdin;
        if (writer == null) {
            return;
        }
        try {
            int slice = 64 << 10;
            for (int sent = 0; bytes != null && sent < bytes.length && !writer.isClosing(); sent += slice) {
                writer.write(bytes, sent, Math.min(slice, bytes.length - sent));
                writer.drain();
            }
        } catch (IOException e) {
            // The program does not want it.
        }
        Objects.requireNonNull(input).closeWhateverHappens();
    }

    private static byte[] await(Task<byte[]> reading) throws IOException {
        try {
            return reading.await();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw e;
        }
    }

    // ---- the end

    /**
     * Waits until the program has ended, whatever its pipes do: asyncio's {@code wait}. With pipes that nobody reads that may be never.
     * A cancellation point, which does nothing to the program. Any number of tasks may wait.
     *
     * @return the return code
     */
    public int waitFor() {
        engine.checkpoint();
        waiters.await(engine.loop(), () -> ended);
        return returnCode;
    }

    /** The return code, or nothing while the program runs. */
    public OptionalInt returnCode() {
        return ended ? OptionalInt.of(returnCode) : OptionalInt.empty();
    }

    /** True while the program runs. */
    public boolean isAlive() {
        return !ended && process.isAlive();
    }

    /** The number of the process. */
    public long pid() {
        return process.pid();
    }

    /**
     * Sends a signal: asyncio's {@code send_signal}. Does nothing when the program has ended. The JDK knows but two signals, see
     * {@link #terminate} and {@link #kill}; others are sent with the system's own command, which takes a moment, and in that
     * moment a program could end and another one get its number. Runs on the loop; a cancellation point.
     *
     * @param signal its name, {@code HUP} or {@code SIGHUP} for example
     * @throws IllegalArgumentException when there is no such signal
     * @throws IOException when the system has no such command, as Windows
     */
    public void signal(String signal) throws IOException {
        String upper = signal.toUpperCase(Locale.ROOT);
        String plain = upper.startsWith("SIG") ? upper.substring(3) : upper;
        if (!SIGNAL.matcher(plain).matches()) {
            throw new IllegalArgumentException("not the name of a signal: " + signal);
        }
        engine.ensureOnLoop("this program");
        engine.checkpoint();
        if (plain.equals("TERM")) {
            terminate();
        } else if (plain.equals("KILL")) {
            kill();
        } else if (isAlive()) {
            SubprocessOptions quiet = SubprocessOptions.DEFAULT.withVariable("LC_ALL", "C");
            try (Subprocess sender =
                    exec(quiet, "/bin/sh", "-c", "kill -s \"$0\" \"$1\"", plain, String.valueOf(pid()))) {
                Output told = sender.communicate();
                if (told.returnCode() != 0 && isAlive()) {
                    throw new IllegalArgumentException(
                            "cannot send " + plain + ": " + told.stderrText().strip());
                }
            }
        }
    }

    /** Asks the program to end: {@code SIGTERM}. Does nothing when it has ended. Never waits. */
    public void terminate() {
        if (isAlive()) {
            process.toHandle().destroy(); // Process.destroy would close the pipes too, and lose what is in them
        }
    }

    /** Ends the program: {@code SIGKILL}. Does nothing when it has ended. Never waits. */
    public void kill() {
        if (isAlive()) {
            process.toHandle().destroyForcibly();
        }
    }

    /**
     * Ends all: kills the program if it runs, drops what it has not read, and ends the readers. Never waits: {@link #waitFor} does. Does
     * nothing the second time.
     */
    @Override
    public void close() {
        kill();
        if (input != null) {
            input.abort();
        }
        if (output != null) {
            output.close();
        }
        if (errors != null) {
            errors.close();
        }
    }

    /** True when the program has ended, and the threads of its pipes have. */
    boolean isOver() {
        return ended
                && (input == null || input.isOver())
                && (output == null || output.isOver())
                && (errors == null || errors.isOver());
    }

    /** Waits a moment for the threads of the pipes; the program was killed. */
    void joinPumps(long millis) throws InterruptedException {
        if (input != null) {
            input.join(millis);
        }
        if (output != null) {
            output.join(millis);
        }
        if (errors != null) {
            errors.join(millis);
        }
    }

    @Override
    public String toString() {
        return "Subprocess[" + name + ", pid " + pid() + (ended ? ", returned " + returnCode + "]" : ", running]");
    }
}
