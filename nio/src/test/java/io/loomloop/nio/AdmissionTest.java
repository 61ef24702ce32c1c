package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A server that cannot admit clients says so")
class AdmissionTest {
    private static final StreamOptions UNKNOWN =
            StreamOptions.DEFAULT.withSocketOption(StandardSocketOptions.IP_MULTICAST_TTL, 3);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("when it is started with an option that no socket knows")
    void unknownOption() {
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, UNKNOWN)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.openConnection("127.0.0.1", 1, UNKNOWN)))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    @DisplayName("when it is started with a value that no socket takes")
    void badValue() {
        StreamOptions bad = StreamOptions.DEFAULT.withSocketOption(StandardSocketOptions.SO_SNDBUF, -1);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, bad)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("each time a client is refused for a reason of ours, and now and then for one of the system's")
    void refused() throws Exception {
        SocketEngine engine = check.call(() -> SocketEngine.of(check.loop()));
        Server server = new Server(engine, EchoTest::echo, UNKNOWN);
        try (ServerSocketChannel listening = ServerSocketChannel.open()) {
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            for (int i = 0; i < 2; i++) {
                try (SocketChannel client = SocketChannel.open(listening.getLocalAddress())) {
                    server.admit(client, listening);
                    assertThat(client.isOpen()).isFalse();
                    assertThat(check.takeError().exception()).isInstanceOf(UnsupportedOperationException.class);
                }
            }
            for (int i = 0; i < 5; i++) {
                SocketChannel client = SocketChannel.open(listening.getLocalAddress());
                client.close();
                server.admit(client, listening);
            }
            assertThat(check.takeError().message()).contains("client");
        }
        assertThat(check.errors()).isEmpty();
    }
}
