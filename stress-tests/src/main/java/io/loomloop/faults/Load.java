package io.loomloop.faults;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Tasks that keep a loop busy while something goes wrong on it, and that must not notice: echoes, timers, workers. */
final class Load {
    private static final int CLIENTS = 3;

    private final EventLoop loop;
    private final List<Task<?>> tasks = new ArrayList<>();
    // loop thread only, then whoever ends this
    private long rounds;
    private volatile boolean over;

    /** Begins. */
    Load(EventLoop loop, Random random) throws Exception {
        this.loop = loop;
        Server server = Check.call(
                loop,
                () -> Streams.startServer(
                        (reader, writer) -> {
                            for (byte[] some = reader.read(8_192); some.length > 0; some = reader.read(8_192)) {
                                writer.write(some);
                                writer.drain();
                            }
                        },
                        "127.0.0.1",
                        0));
        List<Task<?>> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            byte[] message = new byte[1 + random.nextInt(30_000)];
            random.nextBytes(message);
            clients.add(loop.createTask("load-client", () -> echo(server.port(), message)));
        }
        tasks.addAll(clients);
        tasks.add(loop.createTask("load-timer", () -> {
            do { // once at least, however late it begins
                Async.sleep(Duration.ofNanos(300_000));
                Check.equal("from a worker", 5, Async.toThread(() -> 5));
                rounds++;
            } while (!over);
        }));
        tasks.add(loop.createTask("load-server", () -> {
            Async.gatherSettled(clients).await();
            server.close();
            server.waitClosed();
        }));
    }

    private void echo(int port, byte[] message) throws IOException {
        try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
            do {
                Task<?> writing = Async.createTask(
                        "load-writer", () -> connection.writer().write(message));
                byte[] answer = connection.reader().readExactly(message.length);
                writing.await();
                Check.that(Arrays.equals(message, answer), "the echo differs");
                rounds++;
            } while (!over);
        }
    }

    /** Ends, and fails if anything was noticed or not all have done something. */
    void end() throws Exception {
        over = true;
        for (Task<?> task : tasks) {
            Throwable failure = Check.failure(task);
            if (failure != null) {
                throw new AssertionError(
                        (failure instanceof CancelledException ? "somebody has cancelled " : "the load has noticed: ")
                                + task,
                        failure);
            }
        }
        Check.that(Check.call(loop, () -> rounds) > CLIENTS, "the load did not do each of its works");
    }
}
