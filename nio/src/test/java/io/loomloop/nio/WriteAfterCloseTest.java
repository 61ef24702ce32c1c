package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A write to a closed writer")
class WriteAfterCloseTest {
    private static final int MUCH = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("is refused after close, whether there is something left to send or not")
    void afterClose() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(new byte[MUCH]);
                peer.writer.close();
                assertThatThrownBy(() -> peer.writer.write("too late"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("closed");
            });
            assertThat(peer.receiveAll()).hasSize(MUCH);
            peer.socket.close();
            check.run(() -> {
                peer.writer.waitClosed();
                assertThatThrownBy(() -> peer.writer.write("too late")).isInstanceOf(IllegalStateException.class);
            });
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("is refused after abort")
    void afterAbort() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.abort();
                assertThatThrownBy(() -> peer.writer.write("too late")).isInstanceOf(IllegalStateException.class);
            });
        }
    }

    @Test
    @DisplayName("is dropped when the server closed its clients, and drain says so")
    void closedByServer() throws Exception {
        java.util.concurrent.CompletableFuture<Throwable> seen = new java.util.concurrent.CompletableFuture<>();
        Server[] server = new Server[1];
        server[0] = check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    writer.write(new byte[MUCH]);
                    server[0].closeClients();
                    writer.write("into the void");
                    try {
                        writer.drain();
                        seen.complete(new AssertionError("drain returned"));
                    } catch (IOException e) {
                        seen.complete(e);
                    }
                },
                "127.0.0.1",
                0));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server[0].port())) {
            assertThat(client.getInputStream().readAllBytes()).hasSize(MUCH);
        }
        assertThat(seen.get()).isInstanceOf(IOException.class);
        server[0].close();
        server[0].waitClosed();
    }
}
