package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Deadlines of connections")
class DeadlineTest {
    private static final StreamOptions FIRST_BYTE = StreamOptions.DEFAULT.withFirstByteTimeout(Duration.ofMillis(50));
    private static final StreamOptions IDLE = StreamOptions.DEFAULT.withIdleTimeout(Duration.ofMillis(50));
    private static final Duration TIME_TO_ACT = Duration.ofMillis(500);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server start(ClientHandler handler, StreamOptions options) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    private static Socket connect(Server server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(5000);
        return socket;
    }

    private static void end(Server server) {
        server.shutdown(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("a client whose first byte does not come is closed, its reader says why, and nobody else is bothered")
    void noFirstByte() throws Exception {
        LoopFuture<Throwable> thrown = check.loop().createFuture();
        Server server = start(
                (reader, writer) -> {
                    try {
                        reader.readLine();
                    } catch (IOException e) {
                        thrown.setResult(e);
                        throw e;
                    }
                },
                FIRST_BYTE);
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(thrown.await())
                .isInstanceOf(SocketTimeoutException.class)
                .hasMessageContaining("no byte within PT0.05S");
        end(server);
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("it does not matter whether anybody reads")
    void nobodyReads() throws Exception {
        Server server = start((reader, writer) -> writer.waitClosed(), FIRST_BYTE);
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        end(server);
    }

    @Test
    @DisplayName("silent clients do not take the place of others for long")
    void silentCrowd() throws Exception {
        Server server = start(EchoTest::echo, FIRST_BYTE.withMaxConnections(3));
        Heartbeat.during(check, () -> {
            List<Socket> silent = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                silent.add(connect(server));
            }
            try (Socket client = connect(server)) {
                client.getOutputStream().write(7);
                assertThat(client.getInputStream().read()).isEqualTo(7);
            }
            for (Socket socket : silent) {
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
                socket.close();
            }
        });
        end(server);
    }

    @Test
    @DisplayName("a client that has sent a byte may be silent then")
    void firstByte() throws Exception {
        Server server = start(EchoTest::echo, StreamOptions.DEFAULT.withFirstByteTimeout(TIME_TO_ACT));
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
            LoopCheck.awaitTrue(
                    "the timer has fired", () -> check.loop().statistics().timers() == 0);
            client.getOutputStream().write(8);
            assertThat(client.getInputStream().read()).isEqualTo(8);
        }
        end(server);
    }

    @Test
    @DisplayName("a client that ends without a byte is no matter for a deadline")
    void endsAtOnce() throws Exception {
        LoopFuture<Integer> got = check.loop().createFuture();
        Server server = start(
                (reader, writer) -> {
                    got.setResult(reader.readAll().length);
                    writer.write("late answer");
                },
                StreamOptions.DEFAULT.withFirstByteTimeout(TIME_TO_ACT));
        try (Socket client = connect(server)) {
            client.shutdownOutput();
            assertThat(client.getInputStream().readAllBytes()).hasSize(11);
        }
        assertThat(got.await()).isZero();
        end(server);
    }

    @Test
    @DisplayName("a silent client of a server is closed")
    void idleClient() throws Exception {
        Server server = start(EchoTest::echo, StreamOptions.DEFAULT.withIdleTimeout(TIME_TO_ACT));
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        end(server);
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("a silent peer of a connection that was opened is given up")
    void idlePeer() throws Exception {
        try (Peer peer = Peer.connect(check, IDLE)) {
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(10)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("the connection is lost: no byte in either direction for PT0.05S");
            assertThatThrownBy(() -> check.run(peer.writer::drain)).isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> check.run(peer.writer::waitClosed)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    @DisplayName("there is no deadline for the first byte of a server")
    void opened() throws Exception {
        try (Peer peer = Peer.connect(check, FIRST_BYTE)) {
            peer.send("x");
            assertThat(check.call(() -> peer.reader.readExactly(1))).hasSize(1);
            assertThat(check.loop().statistics().timers()).isZero();
        }
    }

    @Test
    @DisplayName("a peer that takes nothing is given up, and drain says why")
    void slowReader() throws Exception {
        try (Peer peer = Peer.connect(check, IDLE)) {
            Heartbeat.during(
                    check,
                    () -> assertThatThrownBy(() -> check.run(() -> {
                                for (; ; ) {
                                    peer.writer.write(new byte[1 << 20]);
                                    peer.writer.drain();
                                }
                            }))
                            .isInstanceOf(SocketTimeoutException.class));
        }
    }

    @Test
    @DisplayName("a peer that takes nothing is given up after close too, and the loss is reported")
    void slowReaderAfterClose() throws Exception {
        try (Peer peer = Peer.connect(check, IDLE)) {
            check.run(() -> {
                peer.writer.write(new byte[16 << 20]);
                peer.writer.close();
            });
            assertThat(check.takeError().exception()).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    @DisplayName("bytes keep a connection alive, in either direction")
    void alive() throws Exception {
        Duration idle = Duration.ofMillis(800);
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withIdleTimeout(idle))) {
            long start = System.nanoTime();
            for (int i = 0; System.nanoTime() - start < 2 * idle.toNanos(); i++) {
                check.run(() -> io.loomloop.Async.sleep(Duration.ofMillis(40)));
                if (i % 20 < 10) {
                    peer.send("a");
                    assertThat(check.call(() -> peer.reader.readExactly(1))).hasSize(1);
                } else {
                    check.run(() -> peer.writer.write("b"));
                }
                LoopCheck.awaitTrue("one timer", () -> check.loop().statistics().timers() == 1);
            }
            assertThat(peer.writer.isClosing()).isFalse();
            LoopCheck.awaitTrue("all is sent", () -> peer.writer.bufferedBytes() == 0);
        }
    }

    @Test
    @DisplayName("what came while the loop was busy counts")
    void busyLoop() throws Exception {
        Duration idle = Duration.ofMillis(800);
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withIdleTimeout(idle))) {
            check.run(() -> {
                long start = System.nanoTime();
                boolean sent = false;
                while (!sent || System.nanoTime() - start < 2 * idle.toNanos()) {
                    if (!sent && System.nanoTime() - start > idle.toNanos() * 17 / 10) {
                        peer.send("x");
                        sent = true;
                    }
                    Thread.onSpinWait();
                }
            });
            assertThat(check.call(() -> peer.reader.readExactly(1))).hasSize(1);
            assertThat(peer.writer.isClosing()).isFalse();
        }
    }

    @Test
    @DisplayName("deadlines keep no closed connection alive (CVE-2024-1635)")
    void comeAndGo() throws Exception {
        StreamOptions options =
                StreamOptions.DEFAULT.withFirstByteTimeout(Duration.ofHours(1)).withIdleTimeout(Duration.ofHours(2));
        List<WeakReference<?>> left = new CopyOnWriteArrayList<>();
        Server server = start(
                (reader, writer) -> {
                    left.add(new WeakReference<>(writer));
                    EchoTest.echo(reader, writer);
                },
                options);
        long before = Descriptors.open();
        Heartbeat.during(check, () -> {
            Task<?> visits = check.loop().createTask(() -> {
                for (int i = 0; i < 3000; i++) {
                    try (Connection connection = Streams.openConnection("127.0.0.1", server.port(), options)) {
                        if (i % 2 == 0) {
                            connection.writer().write("x");
                            assertThat(connection.reader().read(1)).hasSize(1);
                        }
                    }
                }
            });
            visits.get();
        });
        LoopCheck.awaitTrue("all have gone", () -> server.connections() == 0);
        LoopCheck.awaitTrue("no timer is left", () -> check.loop().statistics().timers() == 0);
        Descriptors.awaitAtMost(before);
        assertThat(left).hasSizeGreaterThan(1000);
        long start = System.nanoTime();
        while (left.stream().filter(writer -> writer.get() != null).count() > 10) {
            assertThat(System.nanoTime() - start).as("they are garbage").isLessThan(TimeUnit.SECONDS.toNanos(10));
            System.gc();
        }
        end(server);
    }

    @Test
    @DisplayName("a timeout is positive, or null for none")
    void badArguments() {
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withIdleTimeout(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withFirstByteTimeout(Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(IDLE.withIdleTimeout(null).idleTimeout()).isNull();
        assertThat(FIRST_BYTE.withFirstByteTimeout(null).firstByteTimeout()).isNull();
        assertThat(IDLE.withBacklog(3).idleTimeout()).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    @DisplayName("a timeout of ages is one")
    void ages() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withIdleTimeout(Duration.ofSeconds(Long.MAX_VALUE));
        try (Peer peer = Peer.connect(check, options)) {
            peer.send("x");
            assertThat(check.call(() -> peer.reader.readExactly(1))).hasSize(1);
        }
    }
}
