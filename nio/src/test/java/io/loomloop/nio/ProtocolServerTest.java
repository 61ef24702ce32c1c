package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.LoopFuture;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Servers of protocols")
class ProtocolServerTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static final class Echo extends Recorder {
        @Override
        public void dataReceived(byte[] data) {
            transport.write(data);
        }

        @Override
        public void pauseWriting() {
            transport.pauseReading();
        }

        @Override
        public void resumeWriting() {
            transport.resumeReading();
        }
    }

    @Test
    @DisplayName("each client gets a protocol of its own; both ends as protocols, with flow control, lose no byte")
    void echo() throws Exception {
        int clients = 20;
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        List<Echo> served = new CopyOnWriteArrayList<>();
        Server server = check.call(() -> Transports.startServer(
                () -> {
                    Echo echo = new Echo();
                    served.add(echo);
                    return echo;
                },
                "127.0.0.1",
                0));
        check.run(() -> {
            List<LoopFuture<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                LoopFuture<byte[]> answer = check.loop().createFuture();
                answers.add(answer);
                Protocol client = new Protocol() {
                    private final java.io.ByteArrayOutputStream received = new java.io.ByteArrayOutputStream();

                    @Override
                    public void connectionMade(Transport transport) {
                        transport.write(sent);
                        transport.writeEof();
                    }

                    @Override
                    public void dataReceived(byte[] data) {
                        received.writeBytes(data);
                    }

                    @Override
                    public void connectionLost(@Nullable Throwable cause) {
                        answer.setResult(received.toByteArray());
                    }
                };
                Transports.connect(client, "127.0.0.1", server.port());
            }
            for (LoopFuture<byte[]> answer : answers) {
                assertThat(Arrays.equals(answer.await(), sent)).isTrue();
            }
            server.close();
            server.waitClosed();
        });
        assertThat(served).hasSize(clients).allSatisfy(echo -> {
            assertThat(echo.events).containsExactly("made", "eof", "lost");
            assertThat(echo.cause).isNull();
        });
    }

    @Test
    @DisplayName("closing a server's clients calls connectionLost, aborting them too")
    void closeClients() throws Exception {
        for (boolean abort : new boolean[] {false, true}) {
            Recorder protocol = new Recorder();
            Server server = check.call(() -> Transports.startServer(() -> protocol, "127.0.0.1", 0));
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                client.getOutputStream().write("x".getBytes(UTF_8));
                protocol.await("data:x");
                server.close();
                if (abort) {
                    server.abortClients();
                } else {
                    server.closeClients();
                }
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
            check.run(server::waitClosed);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "data:x", "lost");
            assertThat(protocol.cause).isNull();
        }
    }

    @Test
    @DisplayName("a supplier that fails is reported, and the client is closed")
    void supplierFails() throws Exception {
        IllegalStateException failure = new IllegalStateException("no more protocols");
        Server server = check.call(() -> Transports.startServer(
                () -> {
                    throw failure;
                },
                "127.0.0.1",
                0,
                StreamOptions.DEFAULT));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(check.takeError().exception()).isSameAs(failure);
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }
}
