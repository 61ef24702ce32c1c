package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Connections over Unix domain sockets")
class UnixConnectionTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("s");
    }

    private static void end(Server server) {
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("bytes go both ways, and to the end")
    void echo() throws Exception {
        Server server = check.call(() -> Streams.startUnixServer(EchoTest::echo, path()));
        byte[] much = new byte[1 << 20];
        check.run(() -> {
            try (Connection connection = Streams.openUnixConnection(path())) {
                connection.writer().write("hello\n".getBytes(UTF_8));
                assertThat(connection.reader().readLine()).isEqualTo("hello\n".getBytes(UTF_8));
                Task<byte[]> reading =
                        check.loop().createTask(() -> connection.reader().readExactly(much.length));
                connection.writer().write(much);
                connection.writer().drain();
                assertThat(reading.await()).isEqualTo(much);
                connection.writer().writeEof();
                assertThat(connection.reader().readAll()).isEmpty();
            }
        });
        end(server);
    }

    @Test
    @DisplayName("addresses are paths, a client has none; tasks and messages do without")
    void addresses() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Server server = check.call(() -> Streams.startUnixServer(
                (reader, writer) -> {
                    seen.add(io.loomloop.Async.currentTask().name());
                    seen.add(writer.toString());
                    reader.readAll();
                },
                path()));
        try (Connection connection = check.call(() -> Streams.openUnixConnection(path()))) {
            assertThat(connection.writer().remoteAddress()).isEqualTo(UnixDomainSocketAddress.of(path()));
            assertThat(connection.writer().localAddress()).isEqualTo(UnixDomainSocketAddress.of(""));
            assertThat(connection).asString().contains("connection unnamed -> " + path() + " (open)");
        }
        LoopCheck.awaitTrue("it is served", () -> seen.size() == 2);
        assertThat(seen.get(0)).isEqualTo("client of " + path());
        assertThat(seen.get(1)).contains("connection " + path() + " -> unnamed (open)");
        assertThat(server.addresses()).containsExactly(UnixDomainSocketAddress.of(path()));
        assertThat(server).asString().contains(path().toString());
        assertThatThrownBy(server::port)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no address of this server has a port");
        end(server);
    }

    @Test
    @DisplayName("a client that has a name is called by it, whatever it has put in there")
    void namedClient() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Server server = check.call(() -> Streams.startUnixServer(
                (reader, writer) -> seen.add(io.loomloop.Async.currentTask().name()), path()));
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.bind(UnixDomainSocketAddress.of(folder.resolve("a\nb")));
            client.connect(UnixDomainSocketAddress.of(path()));
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(seen).containsExactly("client " + folder.resolve("a?b"));
        end(server);
    }

    @Test
    @DisplayName("a path at which nobody listens, or that is none, is named")
    void refused() throws Exception {
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(path())))
                .isInstanceOf(SocketException.class)
                .hasMessage("No such file or directory: " + path());
        Files.createFile(path());
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(path())))
                .isInstanceOf(ConnectException.class)
                .hasMessage("Connection refused: " + path());
        Path tooLong = folder.resolve("x".repeat(150));
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(tooLong)))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("too long")
                .hasMessageContaining(tooLong.toString());
    }

    @Test
    @DisplayName(
            "a server without room for one more: the client waits until it has, for a time, or until it is cancelled")
    void noRoom() throws Exception {
        List<SocketChannel> clients = new ArrayList<>();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(path()), 1);
            fill(clients);
            check.run(() -> SocketEngine.of(check.loop()));
            long before = Descriptors.open();
            StreamOptions impatient = StreamOptions.DEFAULT.withConnectTimeout(Duration.ofMillis(20));
            assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(path(), impatient)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessage("no answer in time from " + path());
            Task<Connection> cancelled = check.loop().createTask(() -> Streams.openUnixConnection(path()));
            LoopCheck.awaitWaiting(cancelled);
            cancelled.cancel();
            assertThatThrownBy(() -> LoopCheck.join(cancelled)).isInstanceOf(CancelledException.class);
            Descriptors.awaitAtMost(before);

            Task<Connection> patient = check.loop().createTask(() -> Streams.openUnixConnection(path()));
            LoopCheck.awaitWaiting(patient);
            server.accept().close();
            LoopCheck.join(patient).close();
        } finally {
            for (SocketChannel client : clients) {
                client.close();
            }
        }
    }

    /** Connects until there is no room. */
    private void fill(List<SocketChannel> clients) throws IOException {
        for (; ; ) {
            SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX);
            clients.add(client);
            client.configureBlocking(false);
            try {
                client.connect(UnixDomainSocketAddress.of(path()));
            } catch (SocketException e) {
                return;
            }
        }
    }

    @Test
    @DisplayName("bad arguments and options are refused")
    void badArguments() {
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("path");
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(path(), null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("options");
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(Path.of(""))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be empty");
        assertThatThrownBy(() -> Streams.openUnixConnection(path())).isInstanceOf(IllegalStateException.class);
        StreamOptions options = StreamOptions.DEFAULT.withSocketOption(StandardSocketOptions.TCP_NODELAY, false);
        assertThatThrownBy(() -> check.call(() -> Streams.openUnixConnection(path(), options)))
                .isInstanceOf(UnsupportedOperationException.class);
    }
}
