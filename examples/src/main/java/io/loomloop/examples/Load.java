package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopStatistics;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Many keep-alive clients, one task each: sends requests one after another for a while and keeps the times. */
final class Load implements VoidBody<RuntimeException> {
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1);
    private static final byte[] END_OF_HEAD = "\r\n\r\n".getBytes(ISO_8859_1);

    private final int port;
    private final int connections;
    private final Duration runTime;

    // all loop thread only, then read by whoever ran the loop
    private final List<String> errors = new ArrayList<>();
    private long[] nanos = new long[1 << 16];
    private int requests;

    Load(int port, int connections, Duration runTime) {
        this.port = port;
        this.connections = connections;
        this.runTime = runTime;
    }

    @Override
    public void run() {
        long end = EventLoop.current().time() + runTime.toNanos();
        List<Task<@Nullable Void>> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(Async.createTask("client-" + i, () -> client(end)));
        }
        for (long second = 1; second <= runTime.toSeconds(); second++) {
            Async.sleep(Duration.ofSeconds(1));
            System.out.printf("  %d s: %,d requests, %d errors%n", second, requests, errors.size());
        }
        clients.forEach(Task::await);
    }

    private void client(long end) {
        EventLoop loop = EventLoop.current();
        try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
            for (long start = loop.time(); start < end; start = loop.time()) {
                connection.writer().write(REQUEST);
                connection.writer().drain();
                String head = new String(connection.reader().readUntil(END_OF_HEAD), ISO_8859_1);
                int length = Integer.parseInt(head.replaceFirst("(?s).*Content-Length: ([0-9]+).*", "$1"));
                connection.reader().readExactly(length);
                if (!head.startsWith("HTTP/1.1 200 ")) {
                    errors.add(head);
                }
                record(loop.time() - start);
            }
        } catch (IOException | RuntimeException e) {
            errors.add(e.toString());
        }
    }

    private void record(long time) {
        if (requests == nanos.length) {
            nanos = Arrays.copyOf(nanos, requests * 2);
        }
        nanos[requests++] = time;
    }

    /** True when there were answers and nothing but answers. */
    boolean isClean() {
        return requests > 0 && errors.isEmpty();
    }

    /** Prints what happened as a table. */
    void print(PrintStream out, LoopStatistics server) {
        long[] sorted = Arrays.copyOf(nanos, requests);
        Arrays.sort(sorted);
        row(out, "requests", String.format("%,d (%,d a second)", requests, requests / runTime.toSeconds()));
        row(out, "errors", String.valueOf(errors.size()));
        row(out, "p50 / p99", String.format("%.1f ms / %.1f ms", millis(sorted, 0.50), millis(sorted, 0.99)));
        row(out, "tasks started", String.format("%,d", server.tasksStarted()));
        row(out, "switches", String.format("%,d", server.switches()));
        row(out, "access way", EventLoop.supportReport().replaceFirst("(?s).*access way '([a-z]+)'.*", "$1"));
        errors.stream().limit(5).forEach(error -> row(out, "error", error));
    }

    private static double millis(long[] sorted, double quantile) {
        return sorted.length == 0 ? Double.NaN : sorted[(int) (quantile * (sorted.length - 1))] / 1e6;
    }

    private static void row(PrintStream out, String name, String value) {
        out.printf("%-14s %s%n", name, value);
    }
}
