package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("TLS: with everything else that connections and servers can do")
@ExtendWith(WarmTls.class)
class TlsPlacesTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private Server serve(ClientHandler handler, StreamOptions options) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    private static void talk(Connection connection) throws IOException {
        try (connection) {
            connection.writer().write("hello\n");
            assertThat(connection.reader().readLine()).asString(UTF_8).isEqualTo("hello\n");
            assertThat(connection.sslSession()).isNotNull();
        }
    }

    @Test
    @DisplayName("over Unix sockets, when the client says whom it expects")
    void unix() throws Exception {
        Path path = folder.resolve("s");
        StreamOptions client =
                StreamOptions.DEFAULT.withTls(Tls.client(Certificates.client()).withServerName("localhost"));
        check.run(() -> {
            try (Server server = Streams.startUnixServer(EchoTest::echo, path, TlsTest.SERVER)) {
                assertThat(server.isServing()).isTrue();
                talk(Streams.openUnixConnection(path, client));
                assertThatThrownBy(() -> Streams.openUnixConnection(path, TlsTest.CLIENT))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        });
    }

    @Test
    @DisplayName("with channels that were adopted, on both sides")
    void adopted() throws Exception {
        ServerSocketChannel listening =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        StreamOptions client =
                StreamOptions.DEFAULT.withTls(Tls.client(Certificates.client()).withServerName("localhost"));
        InetSocketAddress address = (InetSocketAddress) listening.getLocalAddress();
        check.run(() -> {
            try (Server server = Streams.adopt(EchoTest::echo, listening, TlsTest.SERVER)) {
                assertThat(server.isServing()).isTrue();
                talk(Streams.adopt(SocketChannel.open(address), client));
            }
        });
    }

    @Test
    @DisplayName("with protocols, on both sides: data, the end, the loss; a truncation is told as a cause")
    void transports() throws Exception {
        Recorder theirs = new Recorder();
        Recorder ours = new Recorder();
        try (Server server = check.call(() -> Transports.startServer(() -> theirs, "127.0.0.1", 0, TlsTest.SERVER))) {
            check.run(() -> Transports.connect(ours, "localhost", server.port(), TlsTest.CLIENT)
                    .write("hi"));
            theirs.await("data:hi");
            check.run(() -> theirs.transport.write("ho"));
            ours.await("data:ho");
            check.run(ours.transport::close);
            theirs.await("lost");
            ours.await("lost");
            assertThat(theirs.cause).isNull();
            assertThat(ours.cause).isNull();
        }
        Recorder cut = new Recorder();
        try (Server server = check.call(() -> Transports.startServer(() -> cut, "127.0.0.1", 0, TlsTest.SERVER));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            cut.await("made");
            peer.socket.shutdownOutput();
            cut.await("lost");
            assertThat(cut.cause).isInstanceOf(IOException.class);
            assertThat(cut.events).doesNotContain("eof");
        }
    }

    @Test
    @DisplayName("the deadlines for the first byte and for idle connections end handshakes and secured connections")
    void deadlines() throws Exception {
        Duration time = Duration.ofSeconds(1);
        try (Server server = serve(EchoTest::echo, TlsTest.SERVER.withFirstByteTimeout(time));
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            Heartbeat.during(check, () -> {
                assertThat(catchThrowable(silent.getInputStream()::read))
                        .satisfiesAnyOf(
                                thrown -> assertThat(thrown).isNull(),
                                thrown -> assertThat(thrown).isInstanceOf(IOException.class));
                LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            });
        }
        check.errors().clear();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = serve(
                        (reader, writer) -> thrown.complete(catchThrowable(reader::readAll)),
                        TlsTest.SERVER.withIdleTimeout(time));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            assertThat(thrown.get()).isInstanceOf(java.net.SocketTimeoutException.class);
            assertThatThrownBy(peer::readAll).isInstanceOf(IOException.class); // not as if all had been sent
        }
    }

    @Test
    @DisplayName("handshakes that hang take the places of a server only until their timeout")
    void places() throws Exception {
        Tls tls = Tls.server(Certificates.server()).withHandshakeTimeout(Duration.ofSeconds(1));
        StreamOptions options = StreamOptions.DEFAULT.withTls(tls).withMaxConnections(5);
        List<Socket> silent = new ArrayList<>();
        try (Server server = serve(EchoTest::echo, options)) {
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 5; i++) {
                    silent.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
                }
                LoopCheck.awaitTrue("all places are taken", () -> server.connections() == 5);
                check.run(() -> talk(Streams.openConnection("localhost", server.port(), TlsTest.CLIENT)));
            });
            check.takeError();
        }
        for (Socket socket : silent) {
            socket.close();
        }
    }

    @Test
    @DisplayName("the writer of before an upgrade may become garbage: the secured connection stays")
    void oldWriterIsGarbage() throws Exception {
        ClientHandler handler = (reader, writer) -> {
            try (Connection secured = Streams.upgradeToTls(reader, writer, Tls.server(Certificates.server()))) {
                EchoTest.echo(secured.reader(), secured.writer());
            }
        };
        try (Server server = serve(handler, StreamOptions.DEFAULT)) {
            Connection secured = check.call(() ->
                    Streams.openConnection("localhost", server.port()).upgradeToTls(Tls.client(Certificates.client())));
            for (int i = 0; i < 3; i++) {
                System.gc();
                check.run(() -> {
                    secured.writer().write("still here\n");
                    assertThat(secured.reader().readLine()).asString(UTF_8).isEqualTo("still here\n");
                });
            }
            secured.close();
        }
    }

    @Test
    @DisplayName("a task reads while another one writes, on one connection, both with 8 MB; and two write at once")
    void readAndWrite() throws Exception {
        byte[] data = TlsTest.random(8 << 20);
        try (Server server = serve(EchoTest::echo, TlsTest.SERVER)) {
            Heartbeat.during(check, () -> {
                Connection connection =
                        check.call(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT));
                var reading = check.loop().createTask(() -> connection.reader().readExactly(data.length));
                var writing = check.loop().createTask(() -> {
                    for (int at = 0; at < data.length; at += 64 << 10) {
                        connection.writer().write(data, at, Math.min(64 << 10, data.length - at));
                        connection.writer().drain();
                    }
                });
                LoopCheck.join(writing);
                assertThat(java.util.Arrays.equals(LoopCheck.join(reading), data))
                        .isTrue();
                connection.close();
            });
        }
    }
}
