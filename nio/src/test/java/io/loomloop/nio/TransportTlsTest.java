package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A transport in use is secured: start_tls")
@SuppressWarnings("try") // closes in the middle are what is tested
class TransportTlsTest {
    private static final Tls CLIENT = Tls.client(Certificates.client());
    private static final Tls SERVER = Tls.server(Certificates.server());

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** Upgrades in the callback that gets the command, then echoes. */
    private static final class StartTls extends Recorder {
        @Override
        public void dataReceived(byte[] data) throws Exception {
            super.dataReceived(data);
            if (transport.sslSession() == null) {
                transport.write("ready");
                transport = transport.upgradeToTls(SERVER);
            } else {
                transport.write(data);
            }
        }
    }

    private Socket connect(Protocol protocol) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            check.run(() -> Transports.connect(protocol, "localhost", listening.getLocalPort()));
            return listening.accept();
        }
    }

    @Test
    @DisplayName(
            "by a callback and by a task; the protocols stay, and what they write before and after arrives in order")
    void both() throws Exception {
        for (int i = 0; i < 10; i++) {
            StartTls theirs = new StartTls();
            Recorder ours = new Recorder();
            try (Server server = check.call(() -> Transports.startServer(() -> theirs, "127.0.0.1", 0))) {
                check.run(() ->
                        Transports.connect(ours, "localhost", server.port()).write("STARTTLS"));
                ours.await("data:ready");
                check.run(() -> {
                    Transport plain = ours.transport;
                    Transport secured = plain.upgradeToTls(CLIENT);
                    assertThat(secured.sslSession()).isNotNull();
                    assertThatThrownBy(() -> plain.write("x"))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("upgraded");
                    assertThatThrownBy(() -> plain.upgradeToTls(CLIENT)).isInstanceOf(IllegalStateException.class);
                    assertThatThrownBy(() -> secured.upgradeToTls(null)).isInstanceOf(NullPointerException.class);
                    secured.write("secret");
                });
                ours.await("data:secret");
                check.run(() -> {
                    ours.transport.close(); // of the old one, which is that of the new one
                    ours.transport.waitClosed();
                });
                theirs.await("lost");
                assertThat(ours.cause).isNull();
                assertThat(theirs.cause).isNull();
                assertThat(ours.events).containsExactly("made", "data:ready", "data:secret", "lost");
                assertThat(theirs.events).containsExactly("made", "data:STARTTLS", "data:secret", "eof", "lost");
            }
        }
    }

    /** Has its bytes by way of a buffer of its own. */
    private static final class Buffered extends Recorder implements BufferedProtocol {
        private final ByteBuffer buffer = ByteBuffer.allocate(4);

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            return buffer.clear();
        }

        @Override
        public void bufferUpdated(int count) throws Exception {
            note("data:" + new String(buffer.array(), 0, count, UTF_8));
            if (events.contains("data:nice")) {
                transport.upgradeToTls(CLIENT);
            }
        }
    }

    @Test
    @DisplayName("bytes in the clear that the protocol has not got make it fail, and then the connection goes on")
    void plaintext() throws Exception {
        Recorder paused = new Recorder();
        try (Socket peer = connect(paused)) {
            check.run(() -> paused.transport.pauseReading());
            peer.getOutputStream().write("EVIL".getBytes(UTF_8));
            ByteSource source = (ByteSource) sinkOf(paused.transport);
            LoopCheck.awaitTrue("it has arrived", () -> source.inbound().hasNews());
            check.run(() -> {
                assertThatThrownBy(() -> paused.transport.upgradeToTls(CLIENT))
                        .isInstanceOf(SSLException.class)
                        .hasMessageContaining("4 bytes have arrived in the clear");
                paused.transport.resumeReading();
            });
            paused.await("data:EVIL");
            check.run(() -> paused.transport.write("still here"));
            assertThat(peer.getInputStream().readNBytes(10)).hasSize(10);
            paused.transport.abort();
            paused.await("lost");
        }
        Buffered buffered = new Buffered();
        try (Socket peer = connect(buffered)) {
            peer.getOutputStream().write("niceEVIL".getBytes(UTF_8));
            buffered.await("lost");
            assertThat(buffered.cause).isInstanceOf(SSLException.class).hasMessageContaining("4 bytes");
            check.takeError();
        }
    }

    private static ByteSink sinkOf(Transport transport) throws Exception {
        var writer = Transport.class.getDeclaredField("writer");
        writer.setAccessible(true);
        return ((StreamWriter) writer.get(transport)).sink();
    }

    @Test
    @DisplayName("a handshake that fails ends the connection; nothing of it reaches the protocol but the cause")
    void failure() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            Task<Transport> upgrade = check.loop().createTask(() -> protocol.transport.upgradeToTls(CLIENT));
            assertThat(peer.getInputStream().read()).isEqualTo(22);
            peer.getOutputStream().write("nonsense, not TLS at all".getBytes(UTF_8));
            assertThatThrownBy(() -> LoopCheck.join(upgrade)).isInstanceOf(SSLException.class);
            peer.close();
            protocol.await("lost");
            assertThat(protocol.cause).isInstanceOf(SSLException.class);
            assertThat(protocol.events).containsExactly("made", "lost");
        }
    }

    @Test
    @DisplayName("a connection that is closed meanwhile, and an upgrade that is cancelled: lost, and nobody hangs")
    void ended() throws Exception {
        for (boolean cancel : new boolean[] {true, false}) {
            Recorder protocol = new Recorder();
            try (Socket peer = connect(protocol)) {
                Task<Transport> upgrade = check.loop().createTask(() -> protocol.transport.upgradeToTls(CLIENT));
                assertThat(peer.getInputStream().read()).isEqualTo(22);
                LoopCheck.awaitWaiting(upgrade);
                check.run(() -> assertThatThrownBy(() -> protocol.transport.upgradeToTls(CLIENT))
                        .isInstanceOf(IllegalStateException.class));
                if (cancel) {
                    upgrade.cancel();
                    assertThatThrownBy(() -> LoopCheck.join(upgrade)).isInstanceOf(CancelledException.class);
                } else {
                    protocol.transport.close();
                    assertThatThrownBy(() -> LoopCheck.join(upgrade)).isInstanceOf(IOException.class);
                }
                peer.close();
                protocol.await("lost");
                assertThat(protocol.events).containsExactly("made", "lost");
            }
        }
    }

    @Test
    @DisplayName("a client has to know to whom it talks")
    void nameIsMissing() throws Exception {
        Recorder protocol = new Recorder();
        try (Server server = check.call(() -> Transports.startServer(() -> protocol, "127.0.0.1", 0));
                Socket peer = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            protocol.await("made");
            check.run(() -> assertThatThrownBy(() -> protocol.transport.upgradeToTls(CLIENT))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("withServerName"));
            peer.getOutputStream().write("x".getBytes(UTF_8));
            protocol.await("data:x");
        }
        protocol.await("lost");
    }
}
