package io.loomloop.examples;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopStatistics;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Serves HTTP from tasks on one thread: under load from a thousand connections of its own, or for you with {@code serve}. */
public final class Demo {
    private static final String USAGE = """
            usage: java -jar demo.jar                             serve 1000 connections for 5 seconds, print what happened
                   java -jar demo.jar serve --port N [--root DIR] serve until interrupted; N = 0 picks a free port""";
    private static final int CONNECTIONS = 1000;
    private static final Duration RUN_TIME = Duration.ofSeconds(5);

    private Demo() {}

    /** Runs the demo; see {@link #USAGE}. */
    public static void main(String[] args) throws Exception {
        if (args.length == 0) {
            System.exit(demo() ? 0 : 1);
        }
        int port = -1;
        Path root = null;
        boolean valid = args[0].equals("serve") && args.length % 2 == 1;
        for (int i = 1; valid && i < args.length; i += 2) {
            switch (args[i]) {
                case "--port" -> port = args[i + 1].matches("[0-9]{1,5}") ? Integer.parseInt(args[i + 1]) : -1;
                case "--root" -> root = Path.of(args[i + 1]);
                default -> valid = false;
            }
        }
        if (!valid || port < 0 || port > 65535 || (root != null && !Files.isDirectory(root))) {
            System.err.println(USAGE);
            System.exit(2);
        }
        serve(port, root == null ? noFiles() : root);
    }

    private static Path noFiles() throws IOException {
        Path empty = Files.createTempDirectory("loomloop-demo");
        empty.toFile().deleteOnExit();
        return empty;
    }

    private static boolean demo() throws IOException {
        System.out.println(EventLoop.supportReport());
        try (EventLoop serving = EventLoop.builder().name("server").start()) {
            HttpServer http = new HttpServer(noFiles());
            Server server = serving.createTask(() -> start(http, 0)).await();
            System.out.printf(
                    "serving on port %d, %d connections for %d s%n", server.port(), CONNECTIONS, RUN_TIME.toSeconds());
            Load load = new Load(server.port(), CONNECTIONS, RUN_TIME);
            EventLoop.builder().name("clients").run(load);
            load.print(System.out, serving.statistics());
            return load.isClean();
        }
    }

    private static void serve(int port, Path root) throws IOException {
        EventLoop.run(() -> {
            Server server = start(new HttpServer(root), port);
            print("serving " + root + " on http://127.0.0.1:" + server.port());
            LoopStatistics shown = EventLoop.current().statistics();
            for (; ; ) {
                Async.sleep(Duration.ofSeconds(5));
                LoopStatistics now = EventLoop.current().statistics();
                if (now.switches() - shown.switches() > 1) { // this task is one
                    print(String.format(
                            "%,d clients now, %,d in all, %,d switches",
                            server.connections(), now.tasksStarted() - 1, now.switches()));
                    shown = now;
                }
            }
        });
    }

    /** Prints from another thread: whoever reads the output may be slow, and the clients must not wait for that. */
    private static void print(String line) {
        EventLoop.current().runInExecutor(() -> System.out.println(line)).await();
    }

    private static Server start(HttpServer http, int port) throws IOException {
        return Streams.startServer(http, "127.0.0.1", port, StreamOptions.DEFAULT.withLimit(HttpRequest.MAX_HEAD));
    }
}
