package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Descriptors come back")
class DescriptorTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("1,000 connections opened, used and closed, one after another")
    void openAndClose() throws Exception {
        check.run(() -> {
            Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
            long before = Descriptors.open();
            for (int i = 0; i < 1000; i++) {
                try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                    connection.writer().write("ping\n".getBytes(UTF_8));
                    assertThat(connection.reader().readLine()).hasSize(5);
                }
            }
            server.close();
            server.waitClosed();
            assertThat(Descriptors.open())
                    .as("once the server is closed, at once")
                    .isLessThanOrEqualTo(before);
        });
    }

    @Test
    @DisplayName("when waitClosed returns, the descriptor is free")
    void waitClosed() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            long before = Descriptors.open();
            peer.socket.shutdownOutput();
            check.run(() -> {
                peer.writer.close();
                peer.writer.waitClosed();
                assertThat(Descriptors.open()).isLessThanOrEqualTo(Math.max(0, before - 1));
            });
        }
    }
}
