package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.ContextVar;
import io.loomloop.Task;
import java.io.File;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("How a server is started")
class ServerOptionsTest {
    private static final ContextVar<String> USER = ContextVar.of("user", "nobody");

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server start(ClientHandler handler, int port, StreamOptions options) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", port, options));
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
    @DisplayName("row 83: each handler has a copy of its own of the context of who has started the server")
    void context() throws Exception {
        List<String> seen = new CopyOnWriteArrayList<>();
        Server server = check.call(() -> {
            USER.set("starter");
            Server started = Streams.startServer(
                    (reader, writer) -> {
                        seen.add(USER.get());
                        USER.set("client " + seen.size());
                        Async.createTask(() -> {
                                    seen.add(USER.get());
                                })
                                .await();
                    },
                    "127.0.0.1",
                    0);
            USER.set("later");
            return started;
        });
        for (int i = 0; i < 2; i++) {
            try (Socket client = connect(server)) {
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }
        assertThat(seen).containsExactly("starter", "client 1", "starter", "client 3");
        end(server);
    }

    @Test
    @DisplayName("one that is started without serving has its clients wait until it does")
    void startServing() throws Exception {
        Server server = start(EchoTest::echo, 0, StreamOptions.DEFAULT.withStartServing(false));
        assertThat(server.isServing()).isFalse();
        assertThat(server.port()).isPositive();
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            check.run(() -> Async.sleep(Duration.ofMillis(20)));
            assertThat(server.connections()).isZero();
            server.startServing();
            server.startServing();
            assertThat(server.isServing()).isTrue();
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        end(server);
        assertThatThrownBy(server::startServing)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    @DisplayName("serveForever serves, too")
    void serveForever() throws Exception {
        Server server = start(EchoTest::echo, 0, StreamOptions.DEFAULT.withStartServing(false));
        Task<?> serving = check.loop().createTask(server::serveForever);
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        server.close();
        LoopCheck.join(serving);
    }

    @Test
    @DisplayName("one that never served can be closed, by itself and with its loop")
    void closeWithoutServing() throws Exception {
        long before = Descriptors.open();
        Server server = start(EchoTest::echo, 0, StreamOptions.DEFAULT.withStartServing(false));
        server.close();
        server.waitClosed();
        Server other = start(EchoTest::echo, 0, StreamOptions.DEFAULT.withStartServing(false));
        check.loop().close();
        other.close();
        other.waitClosed();
        Descriptors.awaitAtMost(before);
    }

    @Test
    @DisplayName("several may share an address if all of them say so")
    void reusePort() throws Exception {
        StreamOptions shared = StreamOptions.DEFAULT.withReusePort(true);
        if (File.separatorChar != '/') {
            assertThatThrownBy(() -> start(EchoTest::echo, 0, shared))
                    .isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        Server one = start(EchoTest::echo, 0, shared);
        Server two = start(EchoTest::echo, one.port(), shared);
        assertThatThrownBy(() -> start(EchoTest::echo, one.port(), StreamOptions.DEFAULT))
                .isInstanceOf(BindException.class);
        one.close();
        one.waitClosed();
        try (Socket client = connect(two)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        end(two);
    }

    @Test
    @DisplayName("a socket whose kind cannot share an address says what to do")
    void noReusePort() throws Exception {
        try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            assertThatThrownBy(() -> StreamOptions.DEFAULT.withReusePort(true).applyToListener(channel))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("withReusePort");
        }
    }

    @Test
    @DisplayName("keep-alive is an option of clients, with times where the system knows them")
    void keepAlive() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withKeepAlive(Duration.ofSeconds(30), Duration.ofMillis(1500), 4);
        assertThat(options.keepAlive()).isTrue();
        try (ServerSocketChannel listening =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel client = SocketChannel.open(listening.getLocalAddress());
                SocketChannel accepted = listening.accept()) {
            options.applyToClient(accepted, listening);
            assertThat(accepted.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThat(option(accepted, "TCP_KEEPIDLE")).isEqualTo(30);
            assertThat(option(accepted, "TCP_KEEPINTERVAL")).isEqualTo(2);
            assertThat(option(accepted, "TCP_KEEPCOUNT")).isEqualTo(4);
            StreamOptions.DEFAULT.withKeepAlive(true).applyTo(client);
            assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        }
        Server server = start(EchoTest::echo, 0, options);
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        end(server);
    }

    private static Object option(SocketChannel channel, String name) throws IOException {
        for (SocketOption<?> option : channel.supportedOptions()) {
            if (option.name().equals(name)) {
                return channel.getOption(option);
            }
        }
        throw new AssertionError("no " + name);
    }

    @Test
    @DisplayName("keep-alive does no harm to a socket without a network, and can be turned off")
    void noKeepAlive() throws Exception {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            StreamOptions.DEFAULT.withKeepAlive(true).applyTo(channel);
        }
        try (SocketChannel channel = SocketChannel.open()) {
            StreamOptions.DEFAULT.withKeepAlive(true).withKeepAlive(false).applyTo(channel);
            assertThat(channel.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
        }
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withKeepAlive(Duration.ZERO, Duration.ofSeconds(1), 1))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withKeepAlive(Duration.ofSeconds(1), Duration.ofSeconds(1), 0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withKeepAlive(null, Duration.ofSeconds(1), 1))
                .isInstanceOf(NullPointerException.class);
    }
}
