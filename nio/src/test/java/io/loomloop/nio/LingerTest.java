package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A close lingers until the peer has got everything")
class LingerTest {
    private static final int ANSWER = 1_500_000;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static Duration since(long start) {
        return Duration.ofNanos(System.nanoTime() - start);
    }

    @Test
    @DisplayName("although it had sent what nobody read")
    void unreadInput() throws Exception {
        Server server = check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    reader.readExactly(1);
                    writer.write(new byte[ANSWER]);
                },
                "127.0.0.1",
                0));
        try (Socket client = new Socket()) {
            client.setReceiveBufferSize(16 << 10);
            client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
            client.getOutputStream().write(new byte[400_000]);
            assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);
            // what still comes after the last byte of the answer is discarded as well
            int got = 1000;
            while (got < ANSWER) {
                got += client.getInputStream().readNBytes(50_000).length;
                client.getOutputStream().write(new byte[1000]);
            }
            assertThat(got).isEqualTo(ANSWER);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("but not for ever")
    void bounded() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.writer.close();
            assertThat(peer.receiveAll()).isEmpty();
            long start = System.nanoTime();
            peer.writer.waitClosed();
            assertThat(since(start)).isBetween(Duration.ofMillis(500), Duration.ofSeconds(4));
            assertThat(peer.writer).asString().contains("(closed)");
        }
    }

    @Test
    @DisplayName("nor for a peer that sends without end")
    void boundedBytes() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.writer.close();
            Thread flood = Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        peer.socket.getOutputStream().write(new byte[64 << 10]);
                    }
                } catch (java.io.IOException e) {
                    // reset, at last
                }
            });
            peer.writer.waitClosed();
            flood.join();
        }
    }

    @Test
    @DisplayName("and ends with the peer")
    void endsWithPeer() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.writer.close();
            assertThat(peer.receiveAll()).isEmpty();
            assertThat(peer.writer).asString().contains("(closing)");
            long start = System.nanoTime();
            peer.socket.close();
            peer.writer.waitClosed();
            assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    @DisplayName("not at all when the peer has ended before")
    void peerHasEnded() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.socket.shutdownOutput();
            check.run(() -> assertThat(peer.reader.readAll()).isEmpty());
            long start = System.nanoTime();
            peer.writer.close();
            peer.writer.waitClosed();
            assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    @DisplayName("not after an abort, which may come later than the close")
    void abort() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.writer.close();
            assertThat(peer.receiveAll()).isEmpty();
            Task<?> waiting = check.loop().createTask(peer.writer::waitClosed);
            LoopCheck.awaitWaiting(waiting);
            long start = System.nanoTime();
            peer.writer.abort();
            LoopCheck.join(waiting);
            assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
        }
    }

    @Test
    @DisplayName("and does not hold the loop that closes")
    void loopCloses() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.writer.close();
            assertThat(peer.receiveAll()).isEmpty();
            long start = System.nanoTime();
            check.loop().close();
            assertThat(since(start)).isLessThan(Duration.ofSeconds(1));
            peer.writer.waitClosed();
        }
    }
}
