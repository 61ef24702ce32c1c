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
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A host with several addresses")
class HappyEyeballsTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private final InetAddress first = InetAddress.getLoopbackAddress();
    private final InetAddress second = otherLoopback();

    /** IPv6 if there is any. */
    private static InetAddress otherLoopback() {
        try (ServerSocket probe = new ServerSocket(0, 1, literal("::1"))) {
            return probe.getInetAddress();
        } catch (IOException e) {
            return literal("127.0.0.2");
        }
    }

    private static InetAddress literal(String address) {
        try {
            return InetAddress.getByName(address);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static StreamOptions knowing(InetAddress... addresses) {
        return StreamOptions.DEFAULT.withResolver(host -> List.of(addresses));
    }

    private Server serve(InetAddress address, int port) throws Exception {
        return check.call(
                () -> Streams.startServer(EchoTest::echo, new InetSocketAddress(address, port), StreamOptions.DEFAULT));
    }

    private static void end(Server server) {
        server.close();
        server.waitClosed();
    }

    private void assertEcho(Connection connection) throws Exception {
        check.run(() -> {
            connection.writer().write("hello\n".getBytes(UTF_8));
            assertThat(connection.reader().readLine()).isEqualTo("hello\n".getBytes(UTF_8));
        });
    }

    private static InetSocketAddress remote(Connection connection) {
        return (InetSocketAddress) connection.writer().remoteAddress();
    }

    private static InetSocketAddress local(Connection connection) {
        return (InetSocketAddress) connection.writer().localAddress();
    }

    @Test
    @DisplayName("row 75: one that does not answer is overtaken by the next, and its socket is closed")
    void overtaken() throws Exception {
        try (ConnectTest.FullServer full = new ConnectTest.FullServer()) {
            Server server = serve(second, full.address().getPort());
            StreamOptions options = knowing(first, second).withConnectDelay(Duration.ofMillis(10));
            check.call(() -> Streams.openConnection("db", server.port(), options))
                    .close();
            LoopCheck.awaitTrue("the first client has gone", () -> server.connections() == 0);
            long before = Descriptors.open();
            for (int i = 0; i < 10; i++) {
                try (Connection connection = check.call(() -> Streams.openConnection("db", server.port(), options))) {
                    assertThat(remote(connection).getAddress()).isEqualTo(second);
                    assertEcho(connection);
                }
            }
            Descriptors.awaitAtMost(before);
            end(server);
        }
    }

    @Test
    @DisplayName("row 75: all of several that answer at once but one are closed, and the server sees them go")
    void oneWinner() throws Exception {
        Server server = check.call(
                () -> Streams.startServer(EchoTest::echo, new InetSocketAddress(first, 0), StreamOptions.DEFAULT));
        StreamOptions options = knowing(first, first, first, first).withConnectDelay(Duration.ZERO);
        long before = Descriptors.open();
        for (int i = 0; i < 50; i++) {
            try (Connection connection = check.call(() -> Streams.openConnection("db", server.port(), options))) {
                assertEcho(connection);
                LoopCheck.awaitTrue("one is left", () -> server.connections() == 1);
            }
        }
        Descriptors.awaitAtMost(before);
        end(server);
    }

    @Test
    @DisplayName("row 75: one that refuses is followed by the next without delay")
    void refused() throws Exception {
        Server server = serve(second, 0);
        StreamOptions options = knowing(first, second).withConnectDelay(Duration.ofDays(1));
        try (Connection connection = check.call(() -> Streams.openConnection("db", server.port(), options))) {
            assertThat(remote(connection).getAddress()).isEqualTo(second);
        }
        end(server);
    }

    @Test
    @DisplayName("row 75: when all refuse, the exception knows each")
    void allRefuse() throws Exception {
        Server server = serve(second, 0);
        int port = server.port();
        end(server);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("db", port, knowing(first, second))))
                .isInstanceOf(ConnectException.class)
                .hasMessageContaining("refused")
                .hasMessageEndingWith(": " + new InetSocketAddress(first, port))
                .satisfies(e -> assertThat(e.getSuppressed())
                        .singleElement()
                        .satisfies(other -> assertThat(other)
                                .isInstanceOf(ConnectException.class)
                                .hasMessageEndingWith(": " + new InetSocketAddress(second, port))));
    }

    @Test
    @DisplayName("row 75: a limit of time ends all attempts, by name or by address")
    void timeout() throws Exception {
        try (ConnectTest.FullServer full = new ConnectTest.FullServer()) {
            check.call(() -> SocketEngine.of(check.loop())); // what it opens stays open
            long before = Descriptors.open();
            StreamOptions options = knowing(first, first).withConnectDelay(Duration.ofMillis(1));
            StreamOptions byName = options.withConnectTimeout(Duration.ofMillis(500)); // the look-up included
            assertThatThrownBy(() -> check.call(
                            () -> Streams.openConnection("db", full.address().getPort(), byName)))
                    .isInstanceOf(SocketTimeoutException.class)
                    .hasMessageContaining("no answer in time")
                    .hasMessageContaining(full.address().toString());
            StreamOptions byAddress = options.withConnectTimeout(Duration.ofMillis(50));
            assertThatThrownBy(() -> check.call(() -> Streams.openConnection(full.address(), byAddress)))
                    .isInstanceOf(SocketTimeoutException.class);
            Descriptors.awaitAtMost(before);
        }
    }

    @Test
    @DisplayName("row 75: a connect that is cancelled ends all attempts")
    void cancelled() throws Exception {
        try (ConnectTest.FullServer full = new ConnectTest.FullServer()) {
            StreamOptions options = knowing(first, first, first).withConnectDelay(Duration.ZERO);
            check.run(() -> SocketEngine.of(check.loop()));
            long before = Descriptors.open();
            for (int i = 0; i < 10; i++) {
                Task<Connection> connecting = check.loop()
                        .createTask(() ->
                                Streams.openConnection("db", full.address().getPort(), options));
                LoopCheck.awaitTrue("three attempts are under way", () -> Descriptors.open() >= before + 3);
                connecting.cancel();
                assertThatThrownBy(() -> LoopCheck.join(connecting)).isInstanceOf(CancelledException.class);
                Descriptors.awaitAtMost(before);
            }
        }
    }

    @Test
    @DisplayName("a server listens at all addresses that the resolver knows")
    void server() throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "me", 0, knowing(first, second)));
        assertThat(server.addresses())
                .containsExactly(
                        new InetSocketAddress(first, server.port()), new InetSocketAddress(second, server.port()));
        end(server);
    }

    @Test
    @DisplayName("a datagram endpoint asks the resolver too")
    void datagrams() throws Exception {
        DatagramOptions options = DatagramOptions.DEFAULT.withResolver(host -> List.of(second));
        check.run(() -> {
            try (DatagramEndpoint endpoint = DatagramEndpoint.bind("me", 0, options)) {
                assertThat(endpoint.localAddress().getAddress()).isEqualTo(second);
            }
        });
    }

    @Test
    @DisplayName("withLocalAddress is where connections come from; addresses of another family are not tried")
    void localAddress() throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "me", 0, knowing(first, second)));
        StreamOptions options = knowing(second, first).withLocalAddress(new InetSocketAddress(first, 0));
        try (Connection connection = check.call(() -> Streams.openConnection("db", server.port(), options))) {
            assertThat(local(connection).getAddress()).isEqualTo(first);
            assertThat(remote(connection).getAddress().getClass()).isEqualTo(first.getClass());
            assertEcho(connection);
        }
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection(
                        "db",
                        1,
                        knowing(literal("10.0.0.1")).withLocalAddress(new InetSocketAddress(literal("::1"), 0)))))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("another family")
                .hasMessageContaining("10.0.0.1");
        end(server);
    }

    @Test
    @DisplayName("a local port can be chosen for any address, and all attempts share it")
    void localPort() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        try (ConnectTest.FullServer full = new ConnectTest.FullServer()) {
            Server server = serve(second, full.address().getPort());
            StreamOptions options = knowing(first, second)
                    .withConnectDelay(Duration.ofMillis(10))
                    .withLocalAddress(new InetSocketAddress(port));
            try (Connection connection = check.call(() -> Streams.openConnection("db", server.port(), options))) {
                assertThat(local(connection)).isEqualTo(new InetSocketAddress(second, port));
                assertEcho(connection);
            }
            end(server);
        }
    }

    @Test
    @DisplayName("a local address that this machine does not have")
    void foreignLocalAddress() {
        StreamOptions options =
                StreamOptions.DEFAULT.withLocalAddress(new InetSocketAddress(literal("203.0.113.1"), 0));
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", 1, options)))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("assign requested address");
    }
}
