package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * An echo server, whose loop has to keep its heartbeat, and clients on a loop of their own, with a {@link FaultProxy} in between. Both ends know from a number what is to
 * come, so they check every byte at its place, and compare the hashes of all in the end.
 */
@DisplayName("Through a proxy that delays, slices, limits, ends early and resets")
@Timeout(120)
class FaultProxyTest {
    /** A number and a size. */
    private static final int HEADER = Long.BYTES + Integer.BYTES;

    private static final int HASH = 32;

    private static final int WARM_UP = 50;
    private static final int AT_A_TIME = 10;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** What one end has seen of a connection: how much, whether the end came in the regular way, and whether all was in its place. */
    private record Seen(int bytes, boolean ended, boolean intact) {}

    // by the number of the connection
    private final Map<Long, Seen> atServer = new ConcurrentHashMap<>();
    private final Map<Long, byte[]> atClient = new ConcurrentHashMap<>();
    private final Set<Long> endedAtClient = ConcurrentHashMap.newKeySet();
    private final Map<Long, FaultProxy.Script> scripts = new ConcurrentHashMap<>();

    // where all bytes come from; filled before any are sent
    private final byte[] tape = new byte[1 << 20];
    // the testing thread only
    private long numbers;

    @Test
    @DisplayName("1,000 connections at once: no byte is lost, doubled or out of order")
    void integrity() throws Exception {
        int size = 20_000;
        run(
                1000,
                size,
                (number, random) -> new FaultProxy.Script(Faults.slow(random, size), Faults.slow(random, size)));
    }

    @Test
    @DisplayName(
            "of 300 connections some are reset or end early: what arrived is a prefix, and what a reset has cut off does not look whole")
    void prefixes() throws Exception {
        int size = 50_000;
        run(300, size, (number, random) -> cutOff(random, size));
        check.loop().close();
        check.errors().removeIf(error -> error.message().contains("bytes were not sent")); // by those that were reset
        assertThat(scripts.values())
                .extracting(script -> script.toServer().resetAfter())
                .contains(Faults.NEVER);
    }

    private static FaultProxy.Script cutOff(Random random, int size) {
        Faults there = Faults.slow(random, size);
        Faults back = Faults.slow(random, size);
        long after = (long) HEADER + random.nextInt(size - HEADER);
        return switch (random.nextInt(6)) {
            case 0 -> new FaultProxy.Script(there.withResetAfter(after), back);
            case 1 -> new FaultProxy.Script(there, back.withResetAfter(after));
            case 2 -> new FaultProxy.Script(there.withEndAfter(after), back);
            case 3 -> new FaultProxy.Script(there, back.withEndAfter(after));
            default -> new FaultProxy.Script(there, back);
        };
    }

    @Test
    @DisplayName("when all connections are reset at once both ends notice, and everything is free")
    void resetAll() throws Exception {
        long descriptors = Descriptors.open();
        Server server = check.call(() -> Streams.startServer((reader, writer) -> reader.readAll(), "127.0.0.1", 0));
        FaultProxy.Script none = new FaultProxy.Script(Faults.NONE, Faults.NONE);
        try (FaultProxy proxy = new FaultProxy(server.port(), 0, (number, random) -> none)) {
            Heartbeat.during(check, () -> {
                List<Task<Boolean>> clients = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    clients.add(check.loop().createTask("client-" + i, () -> isReset(proxy.port())));
                }
                LoopCheck.awaitTrue("all are connected", () -> server.connections() == 100);
                proxy.resetAll();
                for (Task<Boolean> client : clients) {
                    assertThat(LoopCheck.join(client)).as("noticed").isTrue();
                }
                LoopCheck.awaitTrue("no clients are left", () -> server.connections() == 0);
                end(server);
            });
        }
        check.loop().close();
        Descriptors.awaitAtMost(descriptors);
    }

    private static boolean isReset(int port) throws IOException {
        try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
            connection.writer().write("x".repeat(1000));
            connection.reader().readAll();
            return false;
        } catch (SocketException e) {
            return true;
        }
    }

    private void end(Server server) throws Exception {
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }

    /** Has clients send that many bytes each, waits until all have gone, and looks what both ends have seen; a heartbeat watches. */
    private void run(int count, int size, FaultProxy.Scripts made) throws Exception {
        long seed = System.nanoTime();
        System.out.println("FaultProxyTest: seed " + seed + ", " + count + " connections");
        new Random(seed).nextBytes(tape);
        StreamOptions options = StreamOptions.DEFAULT.withBacklog(2000).withLimit(8 << 10);
        Server server = check.call(() -> Streams.startServer(this::serve, "127.0.0.1", 0, options));
        try (FaultProxy proxy = new FaultProxy(server.port(), seed, made);
                EventLoop clients = EventLoop.builder().name("clients").start()) {
            talkAll(
                    clients, proxy, WARM_UP,
                    size); // while the code is new to the JVM it is slow, and no heartbeat watches
            Heartbeat.during(check, () -> {
                talkAll(clients, proxy, count, size);
                end(server);
            });
        }
        assertThat(scripts).hasSize(WARM_UP + count);
        scripts.forEach((number, script) -> judge(script, number, size, seed));
    }

    /** Has clients connect; once all are, all talk, and go. A few in each moment, so that it is not the test that stops the loop. */
    private void talkAll(EventLoop loop, FaultProxy proxy, int count, int size) throws Exception {
        List<Task<?>> clients = new ArrayList<>();
        List<LoopFuture<Void>> connected = new ArrayList<>();
        List<LoopFuture<Void>> gates = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long number = numbers++;
            LoopFuture<Void> here = loop.createFuture();
            LoopFuture<Void> gate = loop.createFuture();
            connected.add(here);
            gates.add(gate);
            clients.add(loop.createTask("client-" + i, () -> talk(proxy, number, size, here, gate)));
            pause(i);
        }
        for (LoopFuture<Void> here : connected) {
            here.get(10, TimeUnit.SECONDS);
        }
        for (int i = 0; i < count; i++) {
            gates.get(i).trySetResult(null);
            pause(i);
        }
        for (Task<?> client : clients) {
            LoopCheck.join(client);
        }
    }

    private static void pause(int i) {
        if (i % AT_A_TIME == 0) {
            LockSupport.parkNanos(2_000_000);
        }
    }

    private void judge(FaultProxy.Script script, long number, int size, long seed) {
        String where = script + ", seed " + seed;
        Seen server = atServer.get(number);
        byte[] received = atClient.get(number);
        Seen client = new Seen(received.length, endedAtClient.contains(number), isExpected(received, number, size));
        assertThat(client.intact).as("at the client, %s", where).isTrue();
        long toServer = script.toServer().endAfter();
        long toClient = script.toClient().endAfter();
        boolean resetThere = script.toServer().resetAfter() != Faults.NEVER;
        boolean resetBack = script.toClient().resetAfter() != Faults.NEVER;
        if (resetThere || resetBack) {
            assertThat(client.ended)
                    .as("a regular end at the client, %s", where)
                    .isFalse();
            if (server != null) { // else the reset was faster than the header
                assertThat(server.intact).as("at the server, %s", where).isTrue();
                assertThat(server.ended && resetThere)
                        .as("a regular end at the server, %s", where)
                        .isFalse();
            }
            return;
        }
        int expected = toServer == Faults.NEVER ? size : (int) toServer - HEADER;
        assertThat(server).as("at the server, %s", where).isEqualTo(new Seen(expected, true, true));
        int sentBack = toClient == Faults.NEVER ? expected + HASH : (int) toClient;
        assertThat(client).as("at the client, %s", where).isEqualTo(new Seen(sentBack, true, true));
    }

    // ---- the client

    /** Sends a number and the bytes that belong to it, and reads what comes back. */
    private void talk(FaultProxy proxy, long number, int size, LoopFuture<Void> connected, LoopFuture<Void> gate)
            throws IOException {
        ByteArrayOutputStream received = new ByteArrayOutputStream(size + HASH);
        try (Connection connection = Streams.openConnection("127.0.0.1", proxy.port())) {
            connected.setResult(null);
            gate.await();
            int port = ((InetSocketAddress) connection.writer().localAddress()).getPort();
            Task<?> writing = Async.createTask("writer", () -> send(connection.writer(), number, size));
            if (readAll(connection.reader(), received::writeBytes, new Random(~number))) {
                endedAtClient.add(number);
            }
            writing.await();
            scripts.put(number, proxy.scriptOf(port));
            atClient.put(number, received.toByteArray());
        }
    }

    /** In pieces of any size, by any method. */
    private void send(StreamWriter writer, long number, int size) {
        Random random = new Random(number + 1);
        ByteBuffer rest = ByteBuffer.wrap(tape, offset(number, size), size);
        try {
            writer.write(
                    ByteBuffer.allocate(HEADER).putLong(number).putInt(size).flip());
            while (rest.hasRemaining()) {
                byte[] piece = new byte[Math.min(rest.remaining(), 1 + random.nextInt(10_000))];
                rest.get(piece);
                switch (random.nextInt(3)) {
                    case 0 -> writer.write(piece);
                    case 1 -> writer.write(ByteBuffer.wrap(piece));
                    default -> {
                        int half = piece.length / 2;
                        writer.writeLines(
                                List.of(Arrays.copyOf(piece, half), Arrays.copyOfRange(piece, half, piece.length)));
                    }
                }
                Arrays.fill(piece, (byte) 0); // it was taken
                writer.drain();
            }
            writer.writeEof();
        } catch (IOException e) {
            // Reset; the reader finds out too.
        }
    }

    /** True for what belongs to the number, as far as it came, followed by the hash of just that, as far as it came. */
    private boolean isExpected(byte[] received, long number, int size) {
        int offset = offset(number, size);
        byte[] payload = Arrays.copyOfRange(tape, offset, offset + size);
        int same = Arrays.mismatch(received, payload);
        if (same < 0 || same == received.length) {
            return true;
        }
        for (int i = same; i >= Math.max(0, same - 3); i--) { // the hash may begin like the rest of the payload
            byte[] hash = hash().digest(Arrays.copyOf(payload, i));
            int left = received.length - i;
            if (left <= HASH && Arrays.equals(received, i, received.length, hash, 0, left)) {
                return true;
            }
        }
        return false;
    }

    // ---- the server

    /** Sends back what comes, and in the end its hash. */
    private void serve(StreamReader reader, StreamWriter writer) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(reader.readExactly(HEADER));
        long number = header.getLong();
        int size = header.getInt();
        int offset = offset(number, size);
        MessageDigest hash = hash();
        int[] position = {0};
        boolean[] intact = {true};
        boolean ended = readAll(
                reader,
                data -> {
                    int end = position[0] + data.length;
                    intact[0] &= end <= size
                            && Arrays.equals(data, 0, data.length, tape, offset + position[0], offset + end);
                    position[0] = end;
                    hash.update(data);
                    writer.write(data);
                    writer.drain();
                },
                new Random(number));
        atServer.put(number, new Seen(position[0], ended, intact[0]));
        if (ended) {
            writer.write(hash.digest());
        }
    }

    // ---- both

    /** Does something with bytes. */
    private interface Taker {
        void take(byte[] data) throws IOException;
    }

    /** Reads by any method until the end, and returns true, or until the connection is lost. */
    private static boolean readAll(StreamReader reader, Taker taker, Random random) throws IOException {
        for (; ; ) {
            try {
                byte[] data = readSome(reader, random);
                if (data.length == 0) {
                    return true;
                }
                taker.take(data);
            } catch (SocketException e) {
                return false;
            }
        }
    }

    private static byte[] readSome(StreamReader reader, Random random) throws IOException {
        try {
            return switch (random.nextInt(4)) {
                case 0 -> reader.read(1 + random.nextInt(20_000));
                case 1 -> reader.readExactly(1 + random.nextInt(20_000));
                case 2 -> reader.readUntil(new byte[] {1}, new byte[] {2});
                default -> reader.readLine();
            };
        } catch (IncompleteReadException e) {
            return e.partial();
        }
    }

    /** Where on the tape the bytes of a connection begin. */
    private int offset(long number, int size) {
        return (int) (number * 7919 % (tape.length - size));
    }

    private static MessageDigest hash() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
