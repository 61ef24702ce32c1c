package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Outbound")
class OutboundTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("once bytes were discarded nothing is sent after them, though the channel is open for a moment")
    void noGap() throws Exception {
        SocketEngine engine = check.call(() -> SocketEngine.of(check.loop()));
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                SocketChannel channel = SocketChannel.open(listening.getLocalSocketAddress());
                Socket peer = listening.accept()) {
            channel.configureBlocking(false);
            StreamSocket socket = new StreamSocket(engine, channel, StreamOptions.DEFAULT);
            socket.request(StreamSocket.START);
            Outbound outbound = socket.outbound();
            outbound.discard();
            outbound.write(4, ByteBuffer.wrap(new byte[4]));
            assertThat(outbound.unsent()).isZero();
            channel.shutdownOutput();
            assertThat(peer.getInputStream().readAllBytes()).isEmpty();
            assertThat(outbound.discard()).isEqualTo(4);
            assertThat(outbound.discard()).isZero();
            socket.abort();
            check.run(socket::awaitReleased); // else it would be this test that closes the channel
        }
    }
}
