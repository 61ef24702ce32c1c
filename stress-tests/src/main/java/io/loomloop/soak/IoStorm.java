package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/**
 * Connections to an echo server over the loopback interface, TLS or a Unix domain socket, on one loop or between two: whole echoes, checked byte
 * for byte, with the end of the output or without; and some that are aborted or cancelled at any moment. In the end the server has no
 * client, and its handlers have all ended.
 */
final class IoStorm implements Program {
    private static final int CLIENTS = 12;
    private static final List<Way> WAYS = List.of(Way.values());

    @Override
    public long round(Field field, Random random) throws Exception {
        EventLoop there = field.loop(random);
        EventLoop here = random.nextBoolean() ? there : field.loop(random);
        Echo echo = new Echo();
        Way way = WAYS.get(random.nextInt(WAYS.size()));
        Way.Peer peer = Check.call(there, () -> way.start(echo::serve));
        Server server = peer.server();
        long bytes = 0;
        try {
            List<Task<Long>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                long seed = random.nextLong();
                clients.add(here.createTask("io-client", () -> client(peer, new Random(seed))));
            }
            for (Task<Long> client : clients) {
                bytes += Check.join(client);
            }
            Check.soon("the server has no clients", () -> server.connections() == 0);
        } finally {
            Check.run(there, () -> {
                server.close();
                server.waitClosed();
            });
        }
        Check.run(there, () -> Check.equal("handlers that ended", echo.begun, echo.ended));
        return Math.max(CLIENTS, bytes >> 10);
    }

    /** The server's side; its loop's thread only. */
    private static final class Echo {
        int begun;
        int ended;

        void serve(StreamReader reader, StreamWriter writer) throws IOException {
            begun++;
            try {
                for (byte[] some = reader.read(16 << 10); some.length > 0; some = reader.read(16 << 10)) {
                    writer.write(some);
                    writer.drain();
                }
                if (writer.canWriteEof()) {
                    writer.writeEof();
                }
            } finally {
                ended++;
            }
        }
    }

    private static long client(Way.Peer peer, Random random) throws Exception {
        byte[] sent = new byte[random.nextInt(4) == 0 ? random.nextInt(400_000) : random.nextInt(5_000)];
        random.nextBytes(sent);
        return switch (random.nextInt(5)) {
            case 0 -> halfClosed(peer, sent, random);
            case 1 -> aborted(peer, sent, random);
            case 2 -> cancelled(peer, sent, random);
            default -> echoed(peer, sent, random);
        };
    }

    private static long echoed(Way.Peer peer, byte[] sent, Random random) throws Exception {
        try (Connection connection = peer.open()) {
            Task<?> writing = write(connection, sent, random);
            byte[] received = connection.reader().readExactly(sent.length);
            writing.await();
            Check.that(Arrays.equals(sent, received), "the echo differs");
        }
        return 2L * sent.length;
    }

    private static long halfClosed(Way.Peer peer, byte[] sent, Random random) throws Exception {
        try (Connection connection = peer.open()) {
            boolean ends = connection.writer().canWriteEof(); // TLS cannot
            Task<?> writing = write(connection, sent, random);
            if (ends) {
                writing.addDoneCallback(done -> connection.writer().writeEof());
            }
            byte[] received =
                    ends ? connection.reader().readAll() : connection.reader().readExactly(sent.length);
            writing.await();
            Check.that(Arrays.equals(sent, received), "the echo up to the end differs");
        }
        return 2L * sent.length;
    }

    private static Task<?> write(Connection connection, byte[] sent, Random random) {
        int piece = 1 + random.nextInt(60_000);
        return Async.createTask("io-writer", () -> {
            for (int at = 0; at < sent.length; at += piece) {
                connection.writer().write(sent, at, Math.min(piece, sent.length - at));
                connection.writer().drain();
            }
        });
    }

    private static long aborted(Way.Peer peer, byte[] sent, Random random) throws Exception {
        Connection connection = peer.open();
        connection.writer().write(sent);
        if (random.nextBoolean()) {
            Async.sleep(Duration.ofNanos(random.nextInt(1_000_000)));
        }
        connection.abort();
        connection.waitClosed();
        return sent.length;
    }

    /** Opens, writes and reads, until it is told at some moment to stop. */
    private static long cancelled(Way.Peer peer, byte[] sent, Random random) throws Exception {
        try {
            Async.timeout(Duration.ofNanos(random.nextInt(2_000_000)), () -> {
                try (Connection connection = peer.open()) {
                    for (; ; ) {
                        connection.writer().write(sent);
                        connection.writer().drain();
                        if (sent.length == 0) {
                            Async.yieldNow();
                        }
                        byte[] received = connection.reader().readExactly(sent.length);
                        Check.that(Arrays.equals(sent, received), "the echo differs before it is cut off");
                    }
                }
            });
        } catch (TimeoutException expected) {
            return sent.length;
        } catch (CancelledException e) {
            throw new AssertionError("cancelled, and not by a timeout", e);
        }
        throw new AssertionError("an endless exchange has ended");
    }
}
