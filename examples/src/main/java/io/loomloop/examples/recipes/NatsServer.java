package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A server of NATS of our own, on a free port of the loopback interface. It ends with this process, in whatever way that ends. */
final class NatsServer implements AutoCloseable {
    private static final String PROGRAM = "nats-server";
    /** Runs a program, and kills it when nobody holds the other end of the input any more. */
    private static final String UNTIL_END_OF_INPUT = "\"$@\" 2>&1 & exec >&- 2>&-; read -r _; kill -KILL $!; wait $!";

    private static final String LISTENING = "Listening for client connections on ";

    private final Process shell;
    private final String url;

    private NatsServer(Process shell, String url) {
        this.shell = shell;
        this.url = url;
    }

    static boolean isInstalled() {
        return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, PROGRAM)));
    }

    /** Starts a server, and waits until it listens. */
    static NatsServer start() throws IOException {
        Process shell = new ProcessBuilder(
                        "sh", "-c", UNTIL_END_OF_INPUT, "sh", PROGRAM, "--addr", "127.0.0.1", "--port", "-1")
                .start();
        BufferedReader log = shell.inputReader(UTF_8);
        StringBuilder read = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            int listening = line.indexOf(LISTENING);
            if (listening >= 0) {
                Thread.ofPlatform()
                        .daemon()
                        .name("nats-server-log")
                        .start(() -> log.lines().forEach(unread -> {})); // or a full pipe would stop the server
                return new NatsServer(shell, "nats://" + line.substring(listening + LISTENING.length()));
            }
            read.append(line).append('\n');
        }
        shell.getOutputStream().close();
        throw new IOException("nats-server was not started: " + read);
    }

    /** Where clients find it. */
    String url() {
        return url;
    }

    /** Kills the server, if it is still there, and waits for its end. */
    @Override
    public void close() throws IOException {
        shell.getOutputStream().close();
        var unused = shell.onExit().join();
    }
}
