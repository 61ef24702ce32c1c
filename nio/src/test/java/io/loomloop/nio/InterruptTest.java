package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("An interrupt closes no connection: the JDK closes channels in blocking mode only")
class InterruptTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("a task whose interrupt flag is set connects, writes and reads as ever")
    void flagIsSet() throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0));
        check.run(() -> {
            Thread.currentThread().interrupt();
            try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                for (int i = 0; i < 10; i++) {
                    connection.writer().write("line\n".getBytes(UTF_8));
                    connection.writer().drain();
                    assertThat(connection.reader().readLine()).isEqualTo("line\n".getBytes(UTF_8));
                }
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
            server.close();
            server.waitClosed();
            assertThat(Thread.interrupted()).isTrue();
        });
    }
}
