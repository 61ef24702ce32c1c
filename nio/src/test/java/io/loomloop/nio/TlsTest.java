package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.OutputStream;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("TLS: bytes go both ways, and each side knows whom it talks to")
@ExtendWith(WarmTls.class)
class TlsTest {
    static final StreamOptions CLIENT = StreamOptions.DEFAULT.withTls(Tls.client(Certificates.client()));
    static final StreamOptions SERVER = StreamOptions.DEFAULT.withTls(Tls.server(Certificates.server()));

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server serve(ClientHandler handler, StreamOptions options) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    static Tls only(Tls tls, String version) {
        return tls.withProtocols(version);
    }

    static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a client and a server of ours, 8 MiB both ways at once")
    void bothWays(String version) throws Exception {
        byte[] up = random(8 << 20);
        byte[] down = random((8 << 20) + 1);
        try (Server server = serve(
                (reader, writer) -> Async.taskGroup(group -> {
                    Task<?> unused = group.createTask(() -> {
                        writer.write(down);
                        writer.drain();
                    });
                    assertThat(reader.readExactly(up.length)).isEqualTo(up);
                    writer.drain();
                }),
                SERVER)) {
            check.run(() -> {
                StreamOptions options = StreamOptions.DEFAULT.withTls(only(Tls.client(Certificates.client()), version));
                try (Connection connection = Streams.openConnection("localhost", server.port(), options)) {
                    assertThat(connection.sslSession().getProtocol()).isEqualTo(version);
                    Async.taskGroup(group -> {
                        Task<?> unused = group.createTask(() -> {
                            for (int at = 0; at < up.length; at += 100_000) {
                                connection.writer().write(up, at, Math.min(100_000, up.length - at));
                                connection.writer().drain();
                            }
                        });
                        assertThat(connection.reader().readExactly(down.length)).isEqualTo(down);
                    });
                    assertThat(connection.reader().readAll()).isEmpty();
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("the JDK's own client, with a big answer in pieces of each size")
    void jdkClient(String version) throws Exception {
        byte[] answer = random(3_000_000);
        try (Server server = serve(
                (reader, writer) -> {
                    assertThat(reader.readLine()).asString(UTF_8).isEqualTo("hello\n");
                    List<byte[]> pieces = new ArrayList<>();
                    for (int at = 0, size = 0; at < answer.length; at += size) {
                        size = Math.min(size + 97, answer.length - at);
                        pieces.add(Arrays.copyOfRange(answer, at, at + size));
                    }
                    writer.writeLines(pieces);
                    writer.drain();
                },
                SERVER)) {
            try (SSLSocket socket =
                    (SSLSocket) Certificates.client().getSocketFactory().createSocket("localhost", server.port())) {
                socket.setEnabledProtocols(new String[] {version});
                socket.getOutputStream().write("hello\n".getBytes(UTF_8));
                assertThat(socket.getInputStream().readNBytes(answer.length)).isEqualTo(answer);
                assertThat(socket.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("the JDK's own server, which echoes until the end")
    void jdkServer(String version) throws Exception {
        byte[] data = random(1_000_000);
        try (SSLServerSocket listening =
                (SSLServerSocket) Certificates.server().getServerSocketFactory().createServerSocket(0)) {
            listening.setEnabledProtocols(new String[] {version});
            CompletableFuture<Void> echo = CompletableFuture.runAsync(() -> {
                try (var socket = listening.accept();
                        OutputStream out = socket.getOutputStream()) {
                    out.write(socket.getInputStream().readNBytes(data.length));
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
            check.run(() -> {
                try (Connection connection = Streams.openConnection("localhost", listening.getLocalPort(), CLIENT)) {
                    connection.writer().write(data);
                    assertThat(connection.reader().readAll()).isEqualTo(data);
                    assertThat(connection.reader().atEof()).isTrue();
                }
            });
            echo.get();
        }
    }

    @Test
    @DisplayName("extra info: the session, the protocol, the certificates; nothing of it without TLS")
    void extraInfo() throws Exception {
        Tls tls = Tls.server(Certificates.server()).withApplicationProtocols("h2", "http/1.1");
        CompletableFuture<String> agreed = new CompletableFuture<>();
        try (Server server = serve(
                (reader, writer) -> agreed.complete(writer.applicationProtocol()),
                StreamOptions.DEFAULT.withTls(tls))) {
            check.run(() -> {
                StreamOptions options = StreamOptions.DEFAULT.withTls(
                        Tls.client(Certificates.client()).withApplicationProtocols("http/1.1", "other"));
                try (Connection connection = Streams.openConnection("localhost", server.port(), options)) {
                    assertThat(connection.applicationProtocol()).isEqualTo("http/1.1");
                    assertThat(connection.sslSession().getCipherSuite()).startsWith("TLS_");
                    assertThat(connection.peerCertificates()).hasSize(1);
                    assertThat(((X509Certificate) connection.peerCertificates().get(0))
                                    .getSubjectX500Principal()
                                    .getName())
                            .isEqualTo("CN=localhost");
                    assertThat(connection.writer()).asString().contains("TLSv1.3 connection");
                }
            });
        }
        assertThat(agreed.get()).isEqualTo("http/1.1");
        try (Server server = serve((reader, writer) -> {}, StreamOptions.DEFAULT)) {
            check.run(() -> {
                try (Connection connection = Streams.openConnection("localhost", server.port())) {
                    assertThat(connection.sslSession()).isNull();
                    assertThat(connection.applicationProtocol()).isNull();
                    assertThat(connection.peerCertificates()).isEmpty();
                }
            });
        }
    }

    @Test
    @DisplayName("no application protocol in common: the handshake fails on both sides")
    void noProtocolInCommon() throws Exception {
        Tls tls = Tls.server(Certificates.server()).withApplicationProtocols("h2");
        try (Server server = serve((reader, writer) -> {}, StreamOptions.DEFAULT.withTls(tls))) {
            check.run(() -> {
                StreamOptions options = StreamOptions.DEFAULT.withTls(
                        Tls.client(Certificates.client()).withApplicationProtocols("http/1.1"));
                assertThatThrownBy(() -> Streams.openConnection("localhost", server.port(), options))
                        .isInstanceOf(javax.net.ssl.SSLException.class)
                        .hasMessageContaining("no_application_protocol");
            });
            assertThat(check.takeError().exception()).isInstanceOf(javax.net.ssl.SSLException.class);
        }
    }

    @Test
    @DisplayName("a server chooses its certificate by the name the client asks for")
    void serverName() throws Exception {
        List<String> asked = new ArrayList<>();
        Tls tls = Tls.server(Certificates.server()).withContexts(name -> {
            asked.add(name);
            return name.equals("other.example") ? Certificates.other() : null;
        });
        try (Server server = serve(EchoTest::echo, StreamOptions.DEFAULT.withTls(tls))) {
            check.run(() -> {
                Tls client = Tls.client(Certificates.client());
                for (String name : List.of("Other.example", "localhost", "127.0.0.1")) {
                    try (Connection connection = Streams.openConnection(
                            "127.0.0.1", server.port(), StreamOptions.DEFAULT.withTls(client.withServerName(name)))) {
                        connection.writer().write("x");
                        assertThat(connection.reader().readExactly(1)).hasSize(1);
                        assertThat(((X509Certificate)
                                                connection.peerCertificates().get(0))
                                        .getSubjectX500Principal()
                                        .getName())
                                .isEqualTo(name.startsWith("Other") ? "CN=other.example" : "CN=localhost");
                    }
                }
            });
        }
        assertThat(asked).containsExactly("other.example", "localhost");
    }

    @Test
    @DisplayName("clients tell the name, but not an address, to a server of the JDK as well")
    void sni() throws Exception {
        for (String name : List.of("localhost", "127.0.0.1")) {
            try (SSLServerSocket listening = (SSLServerSocket)
                    Certificates.server().getServerSocketFactory().createServerSocket(0)) {
                CompletableFuture<List<?>> names = CompletableFuture.supplyAsync(() -> {
                    try (SSLSocket socket = (SSLSocket) listening.accept()) {
                        socket.startHandshake();
                        return ((javax.net.ssl.ExtendedSSLSession) socket.getSession()).getRequestedServerNames();
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                check.run(() -> Streams.openConnection(name, listening.getLocalPort(), CLIENT)
                        .close());
                assertThat(names.get()).hasSize(name.equals("localhost") ? 1 : 0);
            }
        }
    }

    @Test
    @DisplayName("client certificates: needed and shown, wanted and not shown")
    void clientCertificates() throws Exception {
        for (Tls.ClientAuth auth : Tls.ClientAuth.values()) {
            Tls tls = Tls.server(Certificates.server()).withClientAuth(auth);
            try (Server server = serve(
                    (reader, writer) -> writer.write(writer.peerCertificates().size() + " certificates"),
                    StreamOptions.DEFAULT.withTls(tls))) {
                check.run(() -> {
                    boolean shown = auth == Tls.ClientAuth.NEED;
                    Tls client = Tls.client(shown ? Certificates.knownClient() : Certificates.client());
                    try (Connection connection =
                            Streams.openConnection("localhost", server.port(), StreamOptions.DEFAULT.withTls(client))) {
                        assertThat(connection.reader().readAll())
                                .asString(UTF_8)
                                .isEqualTo((shown ? 1 : 0) + " certificates");
                    }
                });
            }
        }
    }

    @Test
    @DisplayName("a reader that does not read stops the peer; a writer that drains holds little")
    void flowControl() throws Exception {
        AtomicLong sent = new AtomicLong();
        AtomicLong most = new AtomicLong();
        int block = 16 << 10;
        int blocks = 4096;
        try (Server server = serve(
                (reader, writer) -> {
                    for (int i = 0; i < blocks; i++) {
                        writer.write(new byte[block]);
                        most.accumulateAndGet(writer.bufferedBytes(), Math::max);
                        writer.drain();
                        sent.addAndGet(block);
                    }
                },
                SERVER)) {
            Connection connection = check.call(() -> Streams.openConnection("localhost", server.port(), CLIENT));
            LoopCheck.awaitTrue(
                    "the reader is full", () -> connection.reader().toString().contains("paused"));
            FlowControlTest.awaitStall(sent);
            assertThat(sent.get()).isLessThan((long) block * blocks);
            assertThat(connection.reader()).asString().contains("paused");
            Task<byte[]> reading = check.loop().createTask(connection.reader()::readAll);
            assertThat(reading.get()).hasSize(block * blocks);
            assertThat(most.get()).isBetween(1L, (64L << 10) + 2L * block);
            connection.close();
        }
    }

    @Test
    @DisplayName(
            "more is written at once than is encrypted in one turn: others run meanwhile, drain waits for all of it")
    void bigWrite() throws Exception {
        byte[] data = random(20 << 20);
        try (Server server = serve(
                (reader, writer) -> {
                    Task<?> other = Async.createTask(() -> {
                        for (; ; ) {
                            Async.yieldNow();
                        }
                    });
                    writer.write(data);
                    assertThat(writer.bufferedBytes()).isGreaterThan(10 << 20);
                    writer.write("end");
                    writer.drain();
                    assertThat(writer.bufferedBytes()).isLessThanOrEqualTo(64 << 10);
                    other.cancel();
                },
                SERVER)) {
            check.run(() -> {
                try (Connection connection = Streams.openConnection("localhost", server.port(), CLIENT)) {
                    assertThat(connection.reader().readExactly(data.length)).isEqualTo(data);
                    assertThat(connection.reader().readAll()).asString(UTF_8).isEqualTo("end");
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a peer that begins to write when it is connected, before it has read a ticket (CVE-2024-5971)")
    void ticketsWhileWriting(String version) throws Exception {
        byte[] data = random(2 << 20);
        try (Server server = serve(
                (reader, writer) -> {
                    writer.write(data);
                    writer.write(reader.readExactly(data.length));
                },
                SERVER)) {
            StreamOptions options = CLIENT.withTls(only(Tls.client(Certificates.client()), version));
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 3; i++) { // the second one resumes the session
                    check.run(() -> {
                        try (Connection connection = Streams.openConnection("localhost", server.port(), options)) {
                            connection.writer().write(data);
                            byte[] back = connection.reader().readExactly(data.length);
                            assertThat(Arrays.equals(back, data)).isTrue();
                            assertThat(Arrays.equals(connection.reader().readAll(), data))
                                    .isTrue();
                        }
                    });
                }
            });
        }
    }

    @Test
    @DisplayName("new keys in the middle of a TLS 1.3 connection, asked for by the peer")
    void keyUpdate() throws Exception {
        try (Server server = serve(EchoTest::echo, SERVER);
                SSLSocket socket =
                        (SSLSocket) Certificates.client().getSocketFactory().createSocket("localhost", server.port())) {
            for (int i = 0; i < 20; i++) {
                socket.startHandshake(); // but for the first time, with TLS 1.3, this asks for new keys
                socket.getOutputStream().write(i);
                assertThat(socket.getInputStream().read()).isEqualTo(i);
            }
        }
    }

    @Test
    @DisplayName("TLS in TLS")
    void nested() throws Exception {
        try (Server server = serve(
                (reader, writer) -> {
                    try (Connection inner = Streams.upgradeToTls(reader, writer, Tls.server(Certificates.server()))) {
                        inner.writer().write(inner.reader().readLine());
                    }
                },
                SERVER)) {
            check.run(() -> {
                try (Connection connection = Streams.openConnection("localhost", server.port(), CLIENT)
                        .upgradeToTls(Tls.client(Certificates.client()))) {
                    connection.writer().write("deep\n");
                    assertThat(connection.reader().readAll()).asString(UTF_8).isEqualTo("deep\n");
                }
            });
        }
    }

    @Test
    @DisplayName("500 clients at once")
    void many() throws Exception {
        StreamOptions options = SERVER.withBacklog(1000);
        try (Server server = serve(EchoTest::echo, options)) {
            List<Task<?>> clients = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                String text = "client " + i + "\n";
                clients.add(check.loop().createTask(() -> {
                    try (Connection connection = Streams.openConnection("localhost", server.port(), CLIENT)) {
                        connection.writer().write(text);
                        assertThat(connection.reader().readLine())
                                .asString(UTF_8)
                                .isEqualTo(text);
                    }
                }));
            }
            for (Task<?> client : clients) {
                client.get(60, java.util.concurrent.TimeUnit.SECONDS);
            }
        }
    }
}
