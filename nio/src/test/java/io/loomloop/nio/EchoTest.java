package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Echo: every byte comes back")
class EchoTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    static void echo(StreamReader reader, StreamWriter writer) throws IOException {
        for (byte[] data = reader.read(64 << 10); data.length > 0; data = reader.read(64 << 10)) {
            writer.write(data);
            writer.drain();
        }
    }

    @Test
    @DisplayName("a line there and back")
    void aLine() throws Exception {
        check.run(() -> {
            try (Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
                    Connection client = Streams.openConnection("127.0.0.1", server.port())) {
                client.writer().write("hello\n".getBytes(UTF_8));
                assertThat(new String(client.reader().readLine(), UTF_8)).isEqualTo("hello\n");
            }
        });
    }

    @Test
    @DisplayName("200 connections at once, random sizes")
    void manyConnections() throws Exception {
        check.run(() -> {
            Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
            List<Task<Long>> clients = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                long seed = i;
                clients.add(check.loop().createTask("client-" + i, () -> talk(server.port(), new Random(seed))));
            }
            for (Task<Long> client : clients) {
                assertThat(client.await()).isPositive();
            }
            server.close();
            server.waitClosed();
            assertThat(server.connections()).isZero();
        });
    }

    private long talk(int port, Random random) throws IOException {
        long total = 0;
        try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
            for (int i = 0; i < 20; i++) {
                byte[] sent = new byte[1 + (int) Math.pow(2, random.nextDouble() * 17)];
                random.nextBytes(sent);
                Task<?> writing = check.loop().createTask("writer", () -> {
                    connection.writer().write(sent);
                    connection.writer().drain();
                });
                byte[] received = connection.reader().readExactly(sent.length);
                writing.await();
                assertThat(Arrays.equals(received, sent)).as("the same bytes").isTrue();
                total += sent.length;
            }
            connection.writer().writeEof();
            assertThat(connection.reader().readAll()).isEmpty();
            connection.writer().close();
            connection.writer().waitClosed();
        }
        return total;
    }
}
