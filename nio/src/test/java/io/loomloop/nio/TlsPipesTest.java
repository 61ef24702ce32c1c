package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS through two pipes: a connection that ends ends both")
class TlsPipesTest {
    private static final Tls CLIENT = Tls.client(Certificates.client()).withServerName("localhost");
    private static final Tls SERVER = Tls.server(Certificates.server());

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** What comes in on one pipe, and goes out on another. */
    private static final class Ends implements AutoCloseable {
        final Pipe in;
        final Pipe out;

        Ends() throws IOException {
            in = Pipe.open();
            out = Pipe.open();
        }

        Connection upgrade(Tls tls) throws IOException {
            return Streams.upgradeToTls(Pipes.reader(in.source()), Pipes.writer(out.sink()), tls);
        }

        void awaitClosed() {
            LoopCheck.awaitTrue("the pipe out is closed", () -> !out.sink().isOpen());
            LoopCheck.awaitTrue("the pipe in is closed", () -> !in.source().isOpen());
        }

        @Override
        public void close() throws IOException {
            in.source().close();
            in.sink().close();
            out.source().close();
            out.sink().close();
        }
    }

    @Test
    @DisplayName("when the handshake fails, takes too long, or is cancelled")
    void handshake() throws Exception {
        try (Ends ends = new Ends()) {
            ends.in.sink().write(ByteBuffer.wrap("nonsense, not TLS at all".getBytes(UTF_8)));
            check.run(() -> assertThatThrownBy(() -> ends.upgrade(CLIENT.withBufferedBytes()))
                    .isInstanceOf(SSLException.class));
            ends.awaitClosed();
        }
        try (Ends ends = new Ends()) {
            Tls hasty = CLIENT.withHandshakeTimeout(Duration.ofMillis(100));
            check.run(() -> assertThatThrownBy(() -> ends.upgrade(hasty)).isInstanceOf(SSLException.class));
            ends.awaitClosed();
        }
        try (Ends ends = new Ends()) {
            Task<?> upgrade = check.loop().createTask(() -> ends.upgrade(CLIENT));
            LoopCheck.awaitWaiting(upgrade);
            upgrade.cancel();
            assertThatThrownBy(() -> LoopCheck.join(upgrade)).isInstanceOf(CancelledException.class);
            ends.awaitClosed();
        }
    }

    @Test
    @DisplayName("when it is aborted or closed")
    void abort() throws Exception {
        for (boolean abort : new boolean[] {true, false}) {
            Pipe there = Pipe.open();
            Pipe back = Pipe.open();
            Task<Connection> client = check.loop()
                    .createTask(() ->
                            Streams.upgradeToTls(Pipes.reader(back.source()), Pipes.writer(there.sink()), CLIENT));
            Connection server = check.call(
                    () -> Streams.upgradeToTls(Pipes.reader(there.source()), Pipes.writer(back.sink()), SERVER));
            Connection secured = LoopCheck.join(client);
            if (abort) {
                secured.abort();
            } else {
                secured.close();
            }
            LoopCheck.awaitTrue("the pipe out is closed", () -> !there.sink().isOpen());
            LoopCheck.awaitTrue("the pipe in is closed", () -> !back.source().isOpen());
            check.run(() -> {
                if (abort) {
                    assertThatThrownBy(() -> server.reader().readAll()).isInstanceOf(SSLException.class);
                } else {
                    assertThat(server.reader().readAll()).isEmpty();
                }
                server.abort();
            });
            LoopCheck.awaitTrue(
                    "the other one too",
                    () -> !there.source().isOpen() && !back.sink().isOpen());
        }
    }

    @Test
    @DisplayName("a program that prints for ever is not left waiting for somebody to read")
    void program() throws Exception {
        check.run(() -> {
            Subprocess yes = Subprocess.exec("yes");
            Tls tls = CLIENT.withBufferedBytes();
            assertThatThrownBy(() -> Streams.upgradeToTls(yes.stdout(), yes.stdin(), tls))
                    .isInstanceOf(SSLException.class);
            assertThat(yes.waitFor()).isNotZero();
            yes.close();
        });
    }
}
