package io.loomloop.traps;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program in a JVM of its own, for what might hang or damage the whole JVM when it goes wrong.
 *
 * <p>The program is a class with a {@code main} method that throws when it finds something wrong. One that does not end in time
 * is killed, and the failure shows where its threads were.
 */
final class ChildJvm {
    static final String OPENS = "--add-opens=java.base/java.lang=ALL-UNNAMED";

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Class<?> program;
    private final List<String> jvmArguments = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    private final List<String> arguments = new ArrayList<>();
    private final List<String> launcher = new ArrayList<>();
    private boolean opened = true;

    private ChildJvm(Class<?> program) {
        this.program = program;
    }

    /** How a program ended, and what it printed. */
    record Result(int exitCode, String out, String err) {
        /** Fails unless the program ended well; shows what it printed. */
        Result succeeded() {
            assertThat(exitCode).as("exit code; it printed%n%s%n%s", out, err).isZero();
            return this;
        }
    }

    static ChildJvm of(Class<?> program) {
        return new ChildJvm(program);
    }

    /** Runs a program and fails unless it ends well. */
    static Result run(Class<?> program, String... arguments) {
        ChildJvm child = of(program);
        child.arguments.addAll(List.of(arguments));
        return child.run().succeeded();
    }

    ChildJvm jvmArguments(String... more) {
        jvmArguments.addAll(List.of(more));
        return this;
    }

    /** Leaves out the flag that opens the package java.lang. */
    ChildJvm withoutOpens() {
        opened = false;
        return this;
    }

    /** Lets SIGINT through even where the build runs in the background, whose processes ignore it. */
    ChildJvm interruptible() {
        launcher.addAll(List.of("env", "--default-signal=INT"));
        return this;
    }

    Result run() {
        try {
            Path folder = Files.createTempDirectory("loomloop-child");
            try {
                return run(folder.resolve("out"), folder.resolve("err"), folder.resolve("threads"));
            } finally {
                for (String file : List.of("out", "err", "threads")) {
                    Files.deleteIfExists(folder.resolve(file));
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted while " + program + " ran", e);
        }
    }

    private Result run(Path out, Path err, Path threads) throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command()).redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeAll(List.of("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS"));
        Process process = builder.start();
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError(program.getName() + " did not end within " + PATIENCE.toSeconds()
                        + " s; it printed\n" + Files.readString(out) + "\n" + Files.readString(err) + "\n"
                        + dump(process.pid(), threads));
            }
            return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(launcher);
        command.add(tool("java"));
        if (opened) {
            command.add(OPENS);
        }
        command.addAll(jvmArguments);
        command.add("-cp");
        command.add(home(EventLoop.class) + File.pathSeparator + home(program));
        command.add(program.getName());
        command.addAll(arguments);
        return command;
    }

    private static String tool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    private static Path home(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Virtual threads appear in the one dump only, monitors in the other. */
    private static String dump(long pid, Path file) throws IOException, InterruptedException {
        String platform = jcmd(pid, "Thread.print");
        String told = jcmd(pid, "Thread.dump_to_file", "-overwrite", file.toString());
        return platform + "\n" + (Files.exists(file) ? Files.readString(file) : told);
    }

    private static String jcmd(long pid, String... command) throws IOException, InterruptedException {
        Path answer = Files.createTempFile("loomloop-jcmd", ".txt");
        List<String> line = new ArrayList<>(List.of(tool("jcmd"), Long.toString(pid)));
        line.addAll(List.of(command));
        Process jcmd = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(answer.toFile())
                .start();
        if (!jcmd.waitFor(10, TimeUnit.SECONDS)) {
            jcmd.destroyForcibly().waitFor();
        }
        String text = Files.readString(answer);
        Files.delete(answer);
        return text;
    }
}
