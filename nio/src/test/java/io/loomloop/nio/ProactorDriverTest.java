package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The proactor driver")
class ProactorDriverTest extends LoopDriverContract {
    @Override
    LoopDriver newDriver() {
        return new ProactorDriver();
    }

    @Test
    @DisplayName("is the default with -Dloomloop.io=proactor")
    void byName() {
        System.setProperty("loomloop.io", "proactor");
        try (EventLoop loop = EventLoop.open()) {
            assertThat(loop.driver()).isInstanceOf(ProactorDriver.class);
        } finally {
            System.clearProperty("loomloop.io");
        }
    }

    @Test
    @DisplayName("serves connections and servers by completion, on both ends")
    void byCompletion() throws Exception {
        try (EventLoop loop = EventLoop.builder().driver(new ProactorDriver()).start()) {
            LoopCheck.join(loop.createTask(() -> {
                Server server = Streams.startServer(
                        (reader, writer) -> {
                            assertThat(writer.sink()).isInstanceOf(CompletionSocket.class);
                            EchoTest.echo(reader, writer);
                        },
                        "127.0.0.1",
                        0);
                try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                    assertThat(connection.writer().sink()).isInstanceOf(CompletionSocket.class);
                    connection.writer().write("ping\n".getBytes(UTF_8));
                    assertThat(connection.reader().readLine()).hasSize(5);
                }
            }));
        }
    }
}
