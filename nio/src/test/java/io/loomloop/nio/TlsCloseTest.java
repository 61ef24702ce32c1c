package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("TLS: how connections end")
@ExtendWith(WarmTls.class)
class TlsCloseTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** A connection of ours to the JDK's TLS, whose socket below is at hand as well. */
    private final class Secured implements AutoCloseable {
        final Connection connection;
        final Socket plain;
        final SSLSocket socket;

        Secured(Tls tls) throws Exception {
            try (ServerSocket listening = new ServerSocket()) {
                listening.setReceiveBufferSize(8 << 10);
                listening.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                StreamOptions options =
                        StreamOptions.DEFAULT.withTls(tls).withSocketOption(StandardSocketOptions.SO_SNDBUF, 8 << 10);
                Task<Connection> opening = check.loop()
                        .createTask(() -> Streams.openConnection("localhost", listening.getLocalPort(), options));
                plain = listening.accept();
                socket = (SSLSocket) Certificates.server().getSocketFactory().createSocket(plain, null, 0, false);
                socket.setUseClientMode(false);
                socket.startHandshake();
                connection = LoopCheck.join(opening);
            }
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(UTF_8));
        }

        @Override
        public void close() throws IOException {
            connection.close();
            plain.close();
        }
    }

    private static Tls client() {
        return Tls.client(Certificates.client());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("77: what the peer has sent before its end is read, then comes the end")
    void trailingData(String version) throws Exception {
        try (Secured peer = new Secured(client().withProtocols(version))) {
            byte[] data = TlsTest.random(500_000);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
                try {
                    peer.socket.getOutputStream().write(data);
                    peer.socket.close();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            check.run(() -> {
                assertThat(peer.connection.reader().readAll()).isEqualTo(data);
                assertThat(peer.connection.reader().atEof()).isTrue();
            });
            sending.get();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a connection that was cut off is a failure, after what has arrived; not an end")
    void truncation(String version) throws Exception {
        try (Secured peer = new Secured(client().withProtocols(version))) {
            Heartbeat.during(check, () -> {
                peer.send("half");
                peer.plain.shutdownOutput();
                check.run(() -> {
                    assertThat(peer.connection.reader().readExactly(4)).hasSize(4);
                    assertThatThrownBy(() -> peer.connection.reader().read(1))
                            .isInstanceOf(SSLException.class)
                            .hasMessageContaining("close_notify");
                    assertThat(peer.connection.reader().atEof()).isFalse();
                    assertThatThrownBy(() -> peer.connection.reader().readAll()).isInstanceOf(SSLException.class);
                });
            });
        }
    }

    @Test
    @DisplayName("a truncation in a handler is its client's fault, and not reported")
    void truncatedClient() throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = check.call(() -> Streams.startServer(
                        (reader, writer) -> {
                            try {
                                reader.readAll();
                            } catch (IOException e) {
                                thrown.complete(e);
                                throw e;
                            }
                        },
                        "127.0.0.1",
                        0,
                        TlsTest.SERVER));
                Socket plain = new Socket(InetAddress.getLoopbackAddress(), server.port());
                SSLSocket socket = (SSLSocket)
                        Certificates.client().getSocketFactory().createSocket(plain, "localhost", 0, false)) {
            socket.startHandshake();
            plain.shutdownOutput();
            assertThat(thrown.get()).isInstanceOf(SSLException.class);
        }
    }

    @Test
    @DisplayName("TLS 1.3: after writeEof the peer reads the end, and can still be read")
    void halfClose() throws Exception {
        try (Secured peer = new Secured(client())) {
            check.run(() -> {
                peer.connection.writer().write("question");
                peer.connection.writer().writeEof();
                assertThatThrownBy(() -> peer.connection.writer().write("x")).isInstanceOf(IllegalStateException.class);
            });
            assertThat(peer.socket.getInputStream().readAllBytes())
                    .asString(UTF_8)
                    .isEqualTo("question");
            peer.send("answer");
            check.run(() -> assertThat(peer.connection.reader().readExactly(6)).hasSize(6));
            peer.socket.shutdownOutput();
            check.run(() -> assertThat(peer.connection.reader().readAll()).isEmpty());
        }
    }

    @Test
    @DisplayName("TLS 1.3: after the end of the peer one can still write")
    void halfClosedByPeer() throws Exception {
        try (Secured peer = new Secured(client())) {
            peer.socket.shutdownOutput();
            check.run(() -> {
                assertThat(peer.connection.reader().readAll()).isEmpty();
                assertThat(peer.connection.writer().isClosing()).isFalse();
                peer.connection.writer().write("still here");
                peer.connection.writer().drain();
                peer.connection.close();
            });
            assertThat(peer.socket.getInputStream().readAllBytes())
                    .asString(UTF_8)
                    .isEqualTo("still here");
        }
    }

    @Test
    @DisplayName("TLS 1.2: the end of the peer is the end of the connection")
    void noHalfClose() throws Exception {
        try (Secured peer = new Secured(client().withProtocols("TLSv1.2"))) {
            peer.socket.close();
            check.run(() -> {
                assertThat(peer.connection.reader().readAll()).isEmpty();
                assertThat(peer.connection.writer().isClosing()).isTrue();
                peer.connection.writer().write("too late");
                assertThatThrownBy(() -> peer.connection.writer().drain()).isInstanceOf(IOException.class);
            });
        }
    }

    @Test
    @DisplayName("TLS 1.2: writeEof tells the peer")
    void writeEof12() throws Exception {
        try (Secured peer = new Secured(client().withProtocols("TLSv1.2"))) {
            check.run(() -> {
                peer.connection.writer().write("that's all");
                peer.connection.writer().writeEof();
            });
            assertThat(peer.socket.getInputStream().readAllBytes())
                    .asString(UTF_8)
                    .isEqualTo("that's all");
            peer.socket.close();
            check.run(() -> assertThat(peer.connection.reader().readAll()).isEmpty());
        }
    }

    @Test
    @DisplayName("a renegotiation is refused")
    void renegotiation() throws Exception {
        try (Secured peer = new Secured(client().withProtocols("TLSv1.2"))) {
            peer.socket.startHandshake();
            check.run(() -> assertThatThrownBy(() -> peer.connection.reader().read(1))
                    .isInstanceOf(SSLException.class)
                    .hasMessageContaining("renegotiation"));
        }
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = check.call(() -> Streams.startServer(
                        (reader, writer) -> {
                            try {
                                reader.readAll();
                            } catch (IOException e) {
                                thrown.complete(e);
                            }
                        },
                        "127.0.0.1",
                        0,
                        TlsTest.SERVER));
                SSLSocket socket =
                        (SSLSocket) Certificates.client().getSocketFactory().createSocket("localhost", server.port())) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.startHandshake();
            socket.startHandshake();
            try {
                socket.getInputStream().read();
            } catch (IOException e) {
                // refused
            }
            assertThat(thrown.get()).hasMessageContaining("renegotiation");
        }
    }

    @Test
    @DisplayName("77: a close is cut off when its time is over, although the peer has ended, because it does not read")
    void shutdownTimeout() throws Exception {
        for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
            Tls tls = client().withProtocols(version).withShutdownTimeout(Duration.ofMillis(300));
            try (Secured peer = new Secured(tls)) {
                check.run(() -> {
                    peer.connection.writer().setWriteBufferLimits(0, 64 << 20);
                    peer.connection.writer().write(new byte[16 << 20]);
                });
                if (version.equals("TLSv1.3")) {
                    peer.socket.shutdownOutput();
                    check.run(
                            () -> assertThat(peer.connection.reader().readAll()).isEmpty());
                }
                long start = System.nanoTime();
                Heartbeat.during(
                        check,
                        () -> check.run(() -> {
                            peer.connection.close();
                            assertThatThrownBy(peer.connection.writer()::waitClosed)
                                    .isInstanceOf(SSLException.class)
                                    .hasMessageContaining("shutdown took longer than");
                        }));
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            }
        }
    }

    @Test
    @DisplayName("what was written is sent before a close, and its end is one of TLS")
    void closeSendsAll() throws Exception {
        try (Secured peer = new Secured(client())) {
            byte[] data = TlsTest.random(3_000_000);
            check.run(() -> {
                peer.connection.writer().write(data);
                peer.connection.close();
            });
            assertThat(peer.socket.getInputStream().readAllBytes()).isEqualTo(data);
            peer.plain.close(); // else the close lingers
            peer.connection.writer().waitClosed();
        }
    }

    @Test
    @DisplayName("abort cuts off, and the peer does not take it for an end")
    void abort() throws Exception {
        CountDownLatch begun = new CountDownLatch(1); // the server's handshake is over later than the client's
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    begun.countDown();
                    try {
                        reader.readAll();
                    } catch (IOException e) {
                        thrown.complete(e);
                    }
                },
                "127.0.0.1",
                0,
                TlsTest.SERVER))) {
            Connection connection =
                    check.call(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT));
            begun.await();
            connection.writer().abort();
            connection.writer().waitClosed();
            assertThat(thrown.get()).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("a reset by the peer fails a reader that waits and a writer that drains")
    void reset() throws Exception {
        try (Secured peer = new Secured(client())) {
            Task<byte[]> reading =
                    check.loop().createTask(() -> peer.connection.reader().read(1));
            Task<?> draining = check.loop().createTask(() -> {
                peer.connection.writer().write(new byte[16 << 20]);
                peer.connection.writer().drain();
            });
            LoopCheck.awaitWaiting(reading);
            LoopCheck.awaitWaiting(draining);
            Heartbeat.during(check, () -> {
                peer.plain.setSoLinger(true, 0);
                peer.plain.close();
                assertThatThrownBy(() -> LoopCheck.join(reading)).isInstanceOf(IOException.class);
                assertThatThrownBy(() -> LoopCheck.join(draining)).isInstanceOf(IOException.class);
            });
        }
    }

    @Test
    @DisplayName("a server that closes its clients ends their connections in the way of TLS")
    void closeClients() throws Exception {
        try (Server server = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, TlsTest.SERVER))) {
            Connection connection =
                    check.call(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT));
            check.run(() -> {
                connection.writer().write("x");
                assertThat(connection.reader().readExactly(1)).hasSize(1);
            });
            server.closeClients();
            check.run(() -> assertThat(connection.reader().readAll()).isEmpty());
            connection.close();
            check.run(server::close);
            check.run(server::waitClosed);
        }
    }

    @Test
    @DisplayName("a loop that closes takes open connections with it")
    void loopCloses() throws Exception {
        long before = Descriptors.open();
        Secured peer = new Secured(client());
        Task<byte[]> reading =
                check.loop().createTask(() -> peer.connection.reader().read(1));
        LoopCheck.awaitWaiting(reading);
        check.loop().close();
        assertThat(reading.isCancelled()).isTrue();
        peer.close();
        assertThatThrownBy(peer.connection.writer()::waitClosed)
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the event loop was closed");
        peer.connection.writer().abort();
        Descriptors.awaitAtMost(before);
    }

    @Test
    @DisplayName("200 connections leave no timers, no descriptors")
    void nothingIsLeft() throws Exception {
        long before = Descriptors.open();
        try (Server server = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, TlsTest.SERVER))) {
            List<Task<?>> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                clients.add(check.loop()
                        .createTask(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT)
                                .close()));
            }
            for (Task<?> client : clients) {
                client.get(60, TimeUnit.SECONDS);
            }
            LoopCheck.awaitTrue("all have gone", () -> server.connections() == 0);
            LoopCheck.awaitTrue(
                    "no timers are left", () -> check.loop().statistics().timers() == 0);
        }
        check.loop().close();
        Descriptors.awaitAtMost(before + 2);
    }
}
