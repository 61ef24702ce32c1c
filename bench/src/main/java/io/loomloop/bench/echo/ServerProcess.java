package io.loomloop.bench.echo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A server in a JVM of its own: one of {@link EchoServer}'s, or {@code demo}, which serves HTTP from the jar of the examples, with {@code
 * -selector} on a loop that polls by itself. The first line it prints ends with its port.
 */
final class ServerProcess implements AutoCloseable {
    private static final Path DEMO = Path.of("examples", "target", "demo.jar");

    final String name;
    final int port;
    private final boolean demo;
    private final Process process;
    private final BufferedReader said;
    private final PrintStream asked;

    ServerProcess(String name) throws IOException {
        this.name = name;
        this.demo = name.startsWith("demo");
        process = new ProcessBuilder(command())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        said = process.inputReader(StandardCharsets.UTF_8);
        asked = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        String line = answer();
        port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
    }

    private List<String> command() {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                // the JDK's own virtual threads, in a server that has them, all on one carrier
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                "-Xmx1g"));
        if (!demo) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path"), EchoServer.class.getName(), name));
            return command;
        }
        if (!Files.exists(DEMO)) {
            throw new IllegalStateException(
                    "no " + DEMO + ": mvn package makes it; to be run in the folder of the project");
        }
        if (name.endsWith("-selector")) {
            command.add("-Dloomloop.io=selector");
        }
        command.addAll(List.of("-jar", DEMO.toString(), "serve", "--port", "0"));
        return command;
    }

    /** What it has used; of the demo in steps of 10 ms, as the system counts. */
    long cpuNanos() {
        if (demo) {
            return process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
        }
        asked.println();
        return Long.parseLong(answer());
    }

    private String answer() {
        try {
            String line = said.readLine();
            if (line == null) {
                throw new IllegalStateException("the server has ended");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        asked.close();
        if (demo) {
            process.destroy();
        }
        process.onExit().join();
    }
}
