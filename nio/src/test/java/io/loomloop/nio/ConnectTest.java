package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("openConnection")
class ConnectTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static int freePort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            return taken.getLocalPort();
        }
    }

    @Test
    @DisplayName("row 70: what the peer sends at once is there when the connection is, even if the peer has gone")
    void peerIsFaster() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread greeter = new Thread(() -> {
                try (Socket client = listening.accept()) {
                    client.getOutputStream().write("welcome\n".getBytes(UTF_8));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            greeter.start();
            try (Connection connection =
                    check.call(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort()))) {
                greeter.join();
                assertThat(check.call(connection.reader()::readLine)).isEqualTo("welcome\n".getBytes(UTF_8));
                assertThat(check.call(connection.reader()::readAll)).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("row 70: a handler that reads late finds what came before it")
    void handlerIsLate() throws Exception {
        List<String> got = new ArrayList<>();
        Server server = check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    io.loomloop.Async.sleep(java.time.Duration.ofMillis(20));
                    got.add(new String(reader.readAll(), UTF_8));
                },
                "127.0.0.1",
                0));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            client.getOutputStream().write("early".getBytes(UTF_8));
        }
        LoopCheck.awaitTrue("the handler has read", () -> !got.isEmpty());
        assertThat(got).containsExactly("early");
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("row 75: the failure says which address refused, the others are suppressed")
    void refused() throws Exception {
        int port = freePort();
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", port)))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused")
                .hasMessageContaining("127.0.0.1:" + port)
                .hasNoSuppressedExceptions();
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("localhost", port)))
                .isInstanceOf(IOException.class)
                .satisfies(e -> assertThat(e.getSuppressed().length + 1)
                        .isEqualTo(InetAddress.getAllByName("localhost").length));
    }

    @Test
    @DisplayName("a name is looked up, an address that does not answer is passed over")
    void secondAddress() throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0));
        try (Connection connection = check.call(() -> Streams.openConnection("localhost", server.port()))) {
            assertThat(((InetSocketAddress) connection.writer().remoteAddress()).getPort())
                    .isEqualTo(server.port());
        }
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("a host that does not exist")
    void unknownHost() {
        StreamOptions patient = StreamOptions.DEFAULT.withResolveTimeout(java.time.Duration.ofSeconds(9));
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("no-such-host.invalid", 1, patient)))
                .isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("localhost:80", 1)))
                .isInstanceOf(UnknownHostException.class)
                .hasMessageContaining("the port is an argument of its own");
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("", 1)))
                .isInstanceOf(UnknownHostException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "::1, true",
        "fe80::1%lo, true",
        "[::1], true",
        "::, true",
        "1:2:3:4:5:6:7:8, true",
        "::ffff:1.2.3.4, true",
        "1:2:3:4:5:6:7, false",
        "1::2::3, false",
        "1:::2, false",
        "12345::, false",
        "fe80:80, false",
        "example.com:80, false",
        "localhost, false",
        "1.2.3, false",
        "256.1.1.1, false",
        "a.b, false"
    })
    @DisplayName("a literal address is not looked up")
    void literals(String host, boolean literal) {
        assertThat(Addresses.isLiteral(host)).isEqualTo(literal);
    }

    @Test
    @DisplayName("a connect that is cancelled ends at once and leaves no descriptor behind")
    void cancelled() throws Exception {
        try (FullServer full = new FullServer()) {
            check.call(() -> SocketEngine.of(check.loop())); // what it opens stays open
            long before = Descriptors.open();
            for (int i = 0; i < 20; i++) {
                Task<Connection> connecting =
                        check.loop().createTask(() -> Streams.openConnection(full.address(), StreamOptions.DEFAULT));
                LoopCheck.awaitWaiting(connecting);
                connecting.cancel("changed my mind");
                assertThatThrownBy(() -> LoopCheck.join(connecting))
                        .isInstanceOf(CancelledException.class)
                        .hasMessage("changed my mind");
            }
            Descriptors.awaitAtMost(before);
        }
    }

    @Test
    @DisplayName("a loop that closes ends a connect")
    void loopCloses() throws Exception {
        try (FullServer full = new FullServer()) {
            Task<Connection> connecting =
                    check.loop().createTask(() -> Streams.openConnection(full.address(), StreamOptions.DEFAULT));
            LoopCheck.awaitWaiting(connecting);
            check.loop().close();
            assertThat(connecting.isCancelled()).isTrue();
        }
    }

    @Test
    @DisplayName("bad arguments are refused before anything is opened")
    void badArguments() {
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection((String) null, 1)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", 1, null)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection(null, StreamOptions.DEFAULT)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", -1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", 65536)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Streams.openConnection("127.0.0.1", 1))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no running event loop");
    }

    @Test
    @DisplayName("options refuse nonsense and reach the socket")
    void options() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT;
        assertThatThrownBy(() -> options.withLimit(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withBacklog(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withWriteBufferLimits(-1, 5)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> options.withSocketOption(null, 1)).isInstanceOf(NullPointerException.class);
        assertThat(options.withLimit(7).withBacklog(8).withWriteBufferLimits(1, 2))
                .asString()
                .startsWith("StreamOptions[limit=7, lowWater=1, highWater=2, backlog=8, socketOptions={}");
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection(
                        "127.0.0.1", 1, options.withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true))))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    /** A listening socket whose backlog is full, so that the next connect has to wait. */
    static final class FullServer implements AutoCloseable {
        private final ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> waiting = new ArrayList<>();

        FullServer() throws IOException {
            boolean full = false;
            while (!full) {
                Socket socket = new Socket();
                waiting.add(socket);
                try {
                    socket.connect(address(), 100);
                } catch (java.net.SocketTimeoutException e) {
                    full = true;
                }
            }
        }

        InetSocketAddress address() {
            SocketAddress address = listening.getLocalSocketAddress();
            return (InetSocketAddress) address;
        }

        @Override
        public void close() throws IOException {
            listening.close();
            for (Socket socket : waiting) {
                socket.close();
            }
        }
    }
}
