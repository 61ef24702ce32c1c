package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Connections and servers of channels that were opened elsewhere")
@SuppressWarnings("try") // closes in the middle are what is tested
class AdoptTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("a channel that was accepted by hand becomes a connection, and so does one that waited before")
    void acceptedByHand() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen()) {
                SocketChannel client = SocketsTest.open();
                Task<SocketChannel> accepting = check.loop().createTask(() -> Sockets.accept(listening));
                Sockets.connect(client, listening.getLocalAddress());
                SocketChannel accepted = accepting.await();
                Sockets.sendAll(client, "hello\n".getBytes(UTF_8));
                assertThat(new String(Sockets.receive(accepted, 1), UTF_8)).isEqualTo("h");
                try (Connection server = Streams.adopt(accepted);
                        Connection back = Streams.adopt(
                                client,
                                StreamOptions.DEFAULT.withSocketOption(StandardSocketOptions.SO_KEEPALIVE, true))) {
                    assertThat(server.reader().readLine()).isEqualTo("ello\n".getBytes(UTF_8));
                    server.writer().write("answer\n");
                    assertThat(back.reader().readLine()).isEqualTo("answer\n".getBytes(UTF_8));
                    assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE))
                            .isTrue();
                    assertThat(back.writer().remoteAddress()).isEqualTo(listening.getLocalAddress());
                    back.close();
                    server.close();
                    back.writer().waitClosed();
                    server.writer().waitClosed();
                    assertThat(client.isOpen() || accepted.isOpen()).isFalse();
                }
            }
            assertThat(SocketEngine.of(check.loop()).watches().count()).isZero();
        });
    }

    @Test
    @DisplayName("when waitClosed returns, the loop has let go of the channel")
    void letGo() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen()) {
                for (int i = 0; i < 300; i++) {
                    SocketChannel client = SocketsTest.open();
                    Sockets.connect(client, listening.getLocalAddress());
                    Connection connection = Streams.adopt(client);
                    connection.abort();
                    connection.waitClosed();
                    assertThat(SocketEngine.of(check.loop()).watches().count()).isZero();
                    Sockets.accept(listening).close();
                }
            }
        });
    }

    @Test
    @DisplayName("a blocking channel is made non-blocking")
    void blocking() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            pair.channel.configureBlocking(true);
            check.run(() -> {
                Connection connection = Streams.adopt(pair.channel);
                pair.send("x");
                assertThat(connection.reader().readExactly(1)).hasSize(1);
                connection.writer().abort();
            });
        }
    }

    @Test
    @DisplayName("a channel that its former owner closes has failed, which is not the loop's mistake")
    void closedByOthers() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen()) {
                SocketChannel client = SocketsTest.open();
                Sockets.connect(client, listening.getLocalAddress());
                Connection connection = Streams.adopt(client);
                try (SocketChannel server = Sockets.accept(listening)) {
                    Sockets.sendAll(server, new byte[1]);
                    assertThat(connection.reader().read(1)).hasSize(1); // so it is under the selector's watch
                    client.close();
                    connection.close();
                    assertThatThrownBy(connection::waitClosed)
                            .isInstanceOf(SocketException.class)
                            .hasMessageContaining("closed by others")
                            .rootCause()
                            .isNotInstanceOf(SocketException.class); // but what the key or the channel said
                }
            }
        });
    }

    @Test
    @DisplayName("what is written to a channel that others have closed is not lost in silence")
    void writtenAfterClosedByOthers() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen()) {
                SocketChannel client = SocketsTest.open();
                Sockets.connect(client, listening.getLocalAddress());
                Connection connection = Streams.adopt(client);
                client.close();
                connection.writer().write("x");
                connection.close();
                assertThatThrownBy(connection::waitClosed)
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("closed by others");
            }
        });
    }

    @Test
    @DisplayName("a bound channel becomes a server, which closes it")
    void server() throws Exception {
        check.run(() -> {
            ServerSocketChannel listening = SocketsTest.listen();
            Server server = Streams.adopt(EchoTest::echo, listening);
            try (Connection client = Streams.openConnection("127.0.0.1", server.port())) {
                client.writer().write("hello\n");
                assertThat(client.reader().readLine()).isEqualTo("hello\n".getBytes(UTF_8));
            }
            server.close();
            server.waitClosed();
            assertThat(listening.isOpen()).isFalse();
            assertThat(SocketEngine.of(check.loop()).watches().count()).isZero();
        });
    }

    @Test
    @DisplayName("what cannot be adopted is refused with a sentence, and stays its user's")
    void refused() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair();
                SocketChannel unconnected = SocketChannel.open();
                ServerSocketChannel unbound = ServerSocketChannel.open()) {
            Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(receiving);
            check.run(() -> {
                assertThatThrownBy(() -> Streams.adopt(pair.channel))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a task waits");
                assertThatThrownBy(() -> Streams.adopt(unconnected))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("not connected");
                assertThatThrownBy(() -> Streams.adopt(EchoTest::echo, unbound))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("not bound");
                assertThat(unconnected.isOpen() && unbound.isOpen() && pair.channel.isOpen())
                        .isTrue();
                unconnected.close();
                assertThatThrownBy(() -> Streams.adopt(unconnected)).isInstanceOf(ClosedChannelException.class);
            });
            pair.send("for the task");
            assertThat(LoopCheck.join(receiving)).hasSize(10);
            check.run(() -> {
                Connection connection = Streams.adopt(pair.channel);
                assertThatThrownBy(() -> Streams.adopt(pair.channel))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("already");
                connection.writer().abort();
                connection.writer().waitClosed();
            });
        }
    }
}
