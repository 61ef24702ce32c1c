package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: a connection in use is secured")
@ExtendWith(WarmTls.class)
class TlsUpgradeTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static final Tls CLIENT = Tls.client(Certificates.client());
    private static final Tls SERVER = Tls.server(Certificates.server());

    private Server serve(ClientHandler handler) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0));
    }

    /** STARTTLS as a mail server does it. */
    private static void startTls(StreamReader reader, StreamWriter writer) throws IOException {
        assertThat(reader.readLine()).asString(UTF_8).isEqualTo("STARTTLS\n");
        writer.write("220 ready\n");
        writer.drain();
        try (Connection secured = Streams.upgradeToTls(reader, writer, SERVER)) {
            EchoTest.echo(secured.reader(), secured.writer());
        }
    }

    @Test
    @DisplayName("both sides, 50 times: a client may be quicker than its server")
    void both() throws Exception {
        try (Server server = serve(TlsUpgradeTest::startTls)) {
            check.run(() -> {
                for (int i = 0; i < 50; i++) {
                    try (Connection plain = Streams.openConnection("localhost", server.port())) {
                        plain.writer().write("STARTTLS\n");
                        assertThat(plain.reader().readLine()).hasSize(10);
                        try (Connection secured = plain.upgradeToTls(CLIENT)) {
                            secured.writer().write("secret");
                            secured.writer().writeEof();
                            assertThat(secured.reader().readAll())
                                    .asString(UTF_8)
                                    .isEqualTo("secret");
                        }
                    }
                }
            });
        }
    }

    @Test
    @DisplayName("the old reader and writer cannot be used any more, but to close and to wait for that")
    void oldOnes() throws Exception {
        try (Server server = serve(TlsUpgradeTest::startTls)) {
            check.run(() -> {
                Connection plain = Streams.openConnection("localhost", server.port());
                plain.writer().write("STARTTLS\n");
                plain.reader().readLine();
                Connection secured = plain.upgradeToTls(CLIENT);
                assertThatThrownBy(() -> plain.reader().read(1))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("upgraded");
                assertThatThrownBy(() -> plain.reader().atEof()).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> plain.writer().write("x"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("upgraded");
                assertThatThrownBy(() -> plain.writer().drain()).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> plain.writer().writeEof()).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> plain.upgradeToTls(CLIENT)).isInstanceOf(IllegalStateException.class);
                plain.close();
                assertThat(secured.reader().readAll()).isEmpty();
                plain.writer().waitClosed();
            });
        }
    }

    @Test
    @DisplayName(
            "a command that was put behind STARTTLS makes the server fail and is never seen (CVE-2023-40217, aiosmtpd 380)")
    void injection() throws Exception {
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = serve((reader, writer) -> {
                    try {
                        startTls(reader, writer);
                    } catch (IOException e) {
                        thrown.complete(e);
                    }
                });
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            Heartbeat.during(check, () -> {
                socket.getOutputStream().write("STARTTLS\nEVIL\n".getBytes(UTF_8));
                assertThat(thrown.get())
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("5 bytes have arrived in the clear");
            });
            assertEnds(socket); // so the answer was sent
        }
    }

    private static void assertEnds(Socket socket) {
        try {
            assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(100);
        } catch (IOException e) {
            // A reset will do.
        }
    }

    @Test
    @DisplayName("and so does one that comes a moment later, or that is said to belong to TLS")
    void laterInjection() throws Exception {
        for (Tls tls : new Tls[] {SERVER, SERVER.withBufferedBytes()}) {
            CompletableFuture<Throwable> thrown = new CompletableFuture<>();
            try (Server server = serve((reader, writer) -> {
                        try {
                            reader.readExactly(1);
                            Streams.upgradeToTls(reader, writer, tls).reader().readAll();
                        } catch (IOException e) {
                            thrown.complete(e);
                        }
                    });
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                if (tls == SERVER) {
                    socket.getOutputStream().write('x');
                    LoopCheck.awaitTrue(
                            "the upgrade has begun",
                            () -> check.loop().statistics().timers() == 1);
                    socket.getOutputStream().write("EVIL\nEVIL\n".getBytes(UTF_8));
                } else {
                    socket.getOutputStream().write("xEVIL\nEVIL\n".getBytes(UTF_8));
                }
                socket.shutdownOutput();
                assertThat(thrown.get()).isInstanceOf(SSLException.class);
            }
        }
    }

    @Test
    @DisplayName("CVE-2023-40217: plaintext, then the end at once: no byte of it is read as if it were secured")
    void plaintextThenEnd() throws Exception {
        CompletableFuture<byte[]> read = new CompletableFuture<>();
        try (Server server = check.call(() -> Streams.startServer(
                        (reader, writer) -> read.complete(reader.readAll()), "127.0.0.1", 0, TlsTest.SERVER));
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            Heartbeat.during(check, () -> {
                socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
                socket.shutdownOutput();
                check.takeError();
            });
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            assertThat(read).isNotDone();
        }
    }

    @Test
    @DisplayName("77: a handshake that was received with the line before it is moved to TLS")
    void bufferedHandshake() throws Exception {
        try (Server server = serve((reader, writer) -> {
                    assertThat(reader.readLine()).asString(UTF_8).startsWith("PROXY");
                    try (Connection secured = Streams.upgradeToTls(reader, writer, SERVER.withBufferedBytes())) {
                        secured.writer().write("through");
                    }
                });
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            SSLEngine engine = Certificates.client().createSSLEngine("localhost", 1);
            engine.setUseClientMode(true);
            ByteBuffer hello = ByteBuffer.allocate(20_000);
            engine.wrap(ByteBuffer.allocate(0), hello);
            ByteArrayOutputStream both = new ByteArrayOutputStream();
            both.write("PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n".getBytes(UTF_8));
            both.write(hello.array(), 0, hello.position());
            socket.getOutputStream().write(both.toByteArray());
            byte[] header = socket.getInputStream().readNBytes(6);
            assertThat(header[0]).isEqualTo((byte) 22);
            assertThat(header[5]).as("a ServerHello").isEqualTo((byte) 2);
        }
    }

    @Test
    @DisplayName("a client fails when anything is left over, even what looks like TLS")
    void clientLeftover() throws Exception {
        try (Peer peer = Peer.connect(check).send("220\n\u0016\u0003\u0003")) {
            check.run(() -> {
                assertThat(peer.reader.readLine()).hasSize(4);
                assertThatThrownBy(() -> peer.connection.upgradeToTls(CLIENT))
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("3 bytes");
                assertThat(peer.reader.readExactly(3))
                        .as("nothing has happened")
                        .hasSize(3);
            });
        }
    }

    @Test
    @DisplayName(
            "a handshake that fails or is cancelled closes the connection; one of a handler is not reported again and again")
    void failure() throws Exception {
        try (Peer peer = Peer.connect(check).send("nonsense, not TLS at all")) {
            check.run(() -> assertThatThrownBy(() -> peer.connection.upgradeToTls(CLIENT.withBufferedBytes()))
                    .isInstanceOf(SSLException.class));
            assertThat(peer.writer.isClosing()).isTrue();
        }
        try (Peer peer = Peer.connect(check)) {
            Task<?> upgrade = check.loop().createTask(() -> peer.connection.upgradeToTls(CLIENT));
            assertThat(peer.socket.getInputStream().read()).isEqualTo(22);
            LoopCheck.awaitWaiting(upgrade);
            upgrade.cancel();
            LoopCheck.awaitTrue("it ends", upgrade::isDone);
            assertThat(peer.writer.isClosing()).isTrue();
        }
        try (Server server = serve((reader, writer) -> Streams.upgradeToTls(reader, writer, SERVER))) {
            for (int i = 0; i < 5; i++) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 4, 99, 0, 0, 0});
                    socket.getInputStream().readAllBytes();
                }
            }
            check.takeError(); // one of five
        }
    }

    @Test
    @DisplayName("what makes no sense is refused at once, and the connection goes on")
    void badCalls() throws Exception {
        try (Peer one = Peer.connect(check);
                Peer two = Peer.connect(check)) {
            check.run(() -> {
                assertThatThrownBy(() -> Streams.upgradeToTls(one.reader, two.writer, SERVER))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> Streams.upgradeToTls(one.reader, one.writer, CLIENT))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("withServerName");
                assertThatThrownBy(() -> one.connection.upgradeToTls(null)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> Streams.upgradeToTls(null, one.writer, SERVER))
                        .isInstanceOf(NullPointerException.class);
                one.writer.write("x");
                two.writer.writeEof();
                assertThatThrownBy(() -> two.connection.upgradeToTls(CLIENT)).isInstanceOf(IllegalStateException.class);
            });
            Task<?> reading = check.loop().createTask(() -> one.reader.read(1));
            LoopCheck.awaitWaiting(reading);
            check.run(() -> assertThatThrownBy(() -> one.connection.upgradeToTls(CLIENT))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("reading"));
            one.send("y");
            LoopCheck.join(reading);
        }
    }
}
