package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A TLS handshake that fails leaves nothing, and holds nobody else up")
@ExtendWith(WarmTls.class)
class TlsHandshakeTest {
    private static final Duration SHORT = Duration.ofMillis(200);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private final AtomicInteger handled = new AtomicInteger();

    private Server serve(Tls tls) throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withTls(tls);
        return check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    handled.incrementAndGet();
                    EchoTest.echo(reader, writer);
                },
                "127.0.0.1",
                0,
                options));
    }

    private Socket connect(Server server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private void expectEnd(Server server, Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            // A reset will do.
        }
        LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
        assertThat(handled).hasValue(0);
    }

    // ---- who talks to whom

    @Test
    @DisplayName("a certificate for another name is refused by default, and taken when asked for")
    void hostMismatch() throws Exception {
        try (Server server = serve(Tls.server(Certificates.other()))) {
            Tls tls = Tls.client(Certificates.client());
            check.run(() -> {
                assertThatThrownBy(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT))
                        .isInstanceOf(SSLHandshakeException.class)
                        .hasMessageContaining("localhost");
                for (Tls fine : List.of(tls.withoutHostCheck(), tls.withServerName("other.example"))) {
                    try (Connection connection =
                            Streams.openConnection("localhost", server.port(), StreamOptions.DEFAULT.withTls(fine))) {
                        connection.writer().write("x");
                        assertThat(connection.reader().readExactly(1)).hasSize(1);
                    }
                }
            });
            assertThat(check.takeError().exception()).hasMessageContaining("certificate");
        }
    }

    @Test
    @DisplayName("a certificate that nobody trusted has signed is refused, with the JDK's trust and with another")
    void unknownAuthority() throws Exception {
        try (Server server = serve(Tls.server(Certificates.server()))) {
            for (Tls tls : List.of(Tls.client(), Tls.client(Certificates.stranger()))) {
                check.run(() -> assertThatThrownBy(() ->
                                Streams.openConnection("localhost", server.port(), StreamOptions.DEFAULT.withTls(tls)))
                        .isInstanceOf(SSLHandshakeException.class)
                        .hasMessageContaining("PKIX path"));
            }
            assertThat(check.takeError().exception()).isInstanceOf(SSLException.class);
        }
        assertThat(handled).hasValue(0);
    }

    @Test
    @DisplayName("a client without the certificate it needs is never handled, and reads why")
    void clientCertificateMissing() throws Exception {
        Tls tls = Tls.server(Certificates.server()).withClientAuth(Tls.ClientAuth.NEED);
        try (Server server = serve(tls)) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                Tls client = Tls.client(Certificates.client()).withProtocols(version);
                check.run(() -> assertThatThrownBy(() -> {
                            try (Connection connection = Streams.openConnection(
                                    "localhost", server.port(), StreamOptions.DEFAULT.withTls(client))) {
                                connection.reader().read(1); // with TLS 1.3 the client is done before the server looks
                            }
                        })
                        .isInstanceOf(SSLException.class)
                        .hasMessageMatching("(?s).*(certificate|handshake_failure).*"));
            }
        }
        assertThat(check.takeError().exception()).isInstanceOf(SSLException.class);
        assertThat(handled).hasValue(0);
    }

    @Test
    @DisplayName("a server that speaks no TLS fails the client, whose descriptor is free then")
    void notTls() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort(), TlsTest.CLIENT));
            try (Socket socket = listening.accept()) {
                Heartbeat.during(check, () -> {
                    socket.getOutputStream().write("220 hello\r\n".getBytes(UTF_8));
                    assertThatThrownBy(() -> LoopCheck.join(opening)).isInstanceOf(SSLException.class);
                });
            }
        }
    }

    // ---- time

    @Test
    @DisplayName("77: a silent peer is given up when the time is over, on both sides")
    void silent() throws Exception {
        long before = Descriptors.open();
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Tls tls = Tls.client(Certificates.client()).withHandshakeTimeout(SHORT);
            check.run(() -> assertThatThrownBy(() -> Streams.openConnection(
                            "127.0.0.1", listening.getLocalPort(), StreamOptions.DEFAULT.withTls(tls)))
                    .isInstanceOf(SSLHandshakeException.class)
                    .hasMessageContaining("took longer than PT0.2S"));
        }
        try (Server server = serve(Tls.server(Certificates.server()).withHandshakeTimeout(SHORT));
                Socket socket = connect(server)) {
            Heartbeat.during(check, () -> expectEnd(server, socket));
            assertThat(check.takeError().exception()).hasMessageContaining("took longer than");
        }
        check.loop().close();
        Descriptors.awaitAtMost(before + 2);
    }

    @Test
    @DisplayName("77: and so is one that sends a byte now and then, even before the server has chosen a context")
    void dribbled() throws Exception {
        for (Tls tls : List.of(
                Tls.server(Certificates.server()),
                Tls.server(Certificates.server()).withContexts(name -> null))) {
            try (Server server = serve(tls.withHandshakeTimeout(Duration.ofMillis(500)));
                    Socket socket = connect(server)) {
                socket.setTcpNoDelay(true);
                Thread dribble = Thread.ofPlatform().start(() -> {
                    try {
                        byte[] hello = {22, 3, 1, 0x3f, 0};
                        for (int i = 0; ; i++) {
                            socket.getOutputStream().write(i < hello.length ? hello[i] : 1);
                            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
                        }
                    } catch (IOException e) {
                        // cut off, at last
                    }
                });
                Heartbeat.during(check, () -> expectEnd(server, socket));
                dribble.join();
                assertThat(check.takeError().exception()).hasMessageContaining("took longer than");
            }
        }
    }

    // ---- ends

    @Test
    @DisplayName("a task that is cancelled in the handshake leaves no socket")
    void cancelled() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort(), TlsTest.CLIENT));
            try (Socket socket = listening.accept()) {
                assertThat(socket.getInputStream().read()).isEqualTo(22);
                LoopCheck.awaitWaiting(opening);
                opening.cancel();
                assertThatThrownBy(() -> LoopCheck.join(opening)).isInstanceOf(CancelledException.class);
                expectEndOf(socket);
            }
        }
    }

    private static void expectEndOf(Socket socket) {
        try {
            socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            // A reset will do.
        }
    }

    @Test
    @DisplayName("a peer that ends or resets in the middle is ordinary: a server reports nothing, a client throws")
    void endsInTheMiddle() throws Exception {
        try (Server server = serve(Tls.server(Certificates.server()))) {
            Heartbeat.during(check, () -> {
                for (byte[] begin : List.of(new byte[0], new byte[] {22, 3, 1, 2, 0, 1, 0})) {
                    for (int linger : new int[] {-1, 0}) {
                        try (Socket socket = connect(server)) {
                            socket.getOutputStream().write(begin);
                            LoopCheck.awaitTrue("it is accepted", () -> server.connections() == 1);
                            socket.setSoLinger(linger == 0, 0);
                        }
                        LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
                    }
                }
            });
        }
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort(), TlsTest.CLIENT));
            try (Socket socket = listening.accept()) {
                assertThat(socket.getInputStream().readNBytes(100)).hasSize(100);
                socket.shutdownOutput();
                assertThatThrownBy(() -> LoopCheck.join(opening))
                        .isInstanceOf(SSLHandshakeException.class)
                        .hasMessageContaining("ended the connection during the handshake");
            }
        }
    }

    @Test
    @DisplayName("a server that closes its clients, and a loop that closes, end handshakes under way")
    void closedInTheMiddle() throws Exception {
        Server server = serve(Tls.server(Certificates.server()));
        try (Socket first = connect(server)) {
            LoopCheck.awaitTrue("it is accepted", () -> server.connections() == 1);
            server.closeClients();
            expectEndOf(first);
        }
        LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
        try (Socket second = connect(server)) {
            LoopCheck.awaitTrue("it is accepted", () -> server.connections() == 1);
            check.loop().close();
            expectEndOf(second);
        }
        server.close();
        server.waitClosed();
    }

    // ---- floods

    @Test
    @DisplayName(
            "random bytes, oversized records, bad versions: each is refused in few turns, one report, the loop goes on")
    void garbage() throws Exception {
        Random random = new Random(77);
        try (Server server = serve(Tls.server(Certificates.server()))) {
            byte[] oversized = new byte[20_000];
            System.arraycopy(new byte[] {22, 3, 3, 0x44, 1}, 0, oversized, 0, 5); // 17,409 bytes
            byte[] huge = new byte[70_000];
            System.arraycopy(new byte[] {22, 3, 3, -1, -1}, 0, huge, 0, 5);
            byte[] hello = new byte[16_389]; // a greeting of 16 MB that begins
            System.arraycopy(new byte[] {22, 3, 3, 0x40, 0, 1, -1, -1, -1, 3, 3}, 0, hello, 0, 11);
            List<byte[]> shapes =
                    new ArrayList<>(List.of(oversized, huge, hello, new byte[] {22, 2, 0, 0, 0}, new byte[5]));
            for (int i = 0; i < 30; i++) {
                byte[] bytes = new byte[1 + random.nextInt(40_000)];
                random.nextBytes(bytes);
                if (i % 3 == 0) {
                    System.arraycopy(new byte[] {22, 3, 1}, 0, bytes, 0, Math.min(3, bytes.length));
                }
                shapes.add(bytes);
            }
            Heartbeat.during(check, () -> {
                for (byte[] shape : shapes) {
                    try (Socket socket = connect(server);
                            OutputStream out = socket.getOutputStream()) {
                        out.write(shape);
                        socket.shutdownOutput();
                        expectEndOf(socket);
                    } catch (IOException e) {
                        // refused while it was sending
                    }
                }
                LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            });
            assertThat(handled).hasValue(0);
            check.takeError(); // and no other
            // and is still there for others
            check.run(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT)
                    .close());
        }
    }

    @Test
    @DisplayName(
            "garbage in the middle of a connection fails it in one turn, however much there is, and is told to its reader")
    void garbageLater() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection("localhost", listening.getLocalPort(), TlsTest.CLIENT));
            Socket plain = listening.accept();
            try (SSLSocket socket =
                    (SSLSocket) Certificates.server().getSocketFactory().createSocket(plain, null, 0, false)) {
                socket.setUseClientMode(false);
                socket.startHandshake();
                Connection connection = LoopCheck.join(opening);
                socket.getOutputStream().write("fine".getBytes(UTF_8));
                byte[] garbage = new byte[300_000];
                new Random(1).nextBytes(garbage);
                garbage[0] = 23;
                garbage[1] = 3;
                garbage[2] = 3;
                garbage[3] = 1;
                Heartbeat.during(check, () -> {
                    plain.getOutputStream().write(garbage);
                    check.run(() -> {
                        assertThat(connection.reader().readExactly(4)).hasSize(4);
                        assertThatThrownBy(() -> connection.reader().read(1)).isInstanceOf(SSLException.class);
                        assertThatThrownBy(() -> connection.writer().drain()).isInstanceOf(SSLException.class);
                    });
                });
                plain.close(); // else the close lingers
                assertThatThrownBy(connection.writer()::waitClosed).isInstanceOf(SSLException.class);
                connection.close();
            } finally {
                plain.close();
            }
        }
    }

    @Test
    @DisplayName("silent clients do not keep others from being served")
    void silentOthers() throws Exception {
        List<Socket> silent = new ArrayList<>();
        try (Server server = serve(Tls.server(Certificates.server()))) {
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 200; i++) {
                    silent.add(connect(server));
                }
                check.run(() -> {
                    try (Connection connection = Streams.openConnection("localhost", server.port(), TlsTest.CLIENT)) {
                        connection.writer().write("x");
                        assertThat(connection.reader().readExactly(1)).hasSize(1);
                    }
                });
                for (Socket socket : silent) {
                    socket.close();
                }
                LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            });
        }
    }
}
