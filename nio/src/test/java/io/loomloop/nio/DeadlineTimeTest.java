package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.testing.VirtualTimeDriver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Deadlines are measured on the clock of the loop")
class DeadlineTimeTest {
    private final VirtualTimeDriver time = VirtualTimeDriver.standing();
    private final EventLoop loop = EventLoop.builder().driver(time).start();

    @AfterEach
    void close() {
        loop.close();
    }

    private Server start(ClientHandler handler, StreamOptions options) throws Exception {
        return LoopCheck.join(loop.createTask(() -> Streams.startServer(handler, "127.0.0.1", 0, options)));
    }

    private static Socket connect(Server server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(5000);
        return socket;
    }

    private static void ping(Socket client) throws IOException {
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
    }

    private void pass(Duration how) throws InterruptedException {
        time.advance(how);
        time.awaitIdle();
    }

    private void awaitTimers(int count) {
        LoopCheck.awaitTrue(count + " timers", () -> loop.statistics().timers() == count);
    }

    /** Until the handler of the only client waits for something. */
    private void awaitHandler() {
        LoopCheck.awaitTrue("the handler has begun", () -> loop.tasks().size() == 1);
        LoopCheck.awaitWaiting(loop.tasks().get(0));
    }

    private void end(Server server, Socket client) throws Exception {
        client.close();
        server.close();
        server.waitClosed();
        awaitTimers(0);
    }

    @Test
    @DisplayName("each byte puts off the end, with one timer that is seldom set")
    void idle() throws Exception {
        Server server = start(EchoTest::echo, StreamOptions.DEFAULT.withIdleTimeout(Duration.ofSeconds(10)));
        try (Socket client = connect(server)) {
            for (int i = 0; i < 10; i++) {
                ping(client);
                pass(Duration.ofSeconds(9));
                assertThat(server.connections()).isEqualTo(1);
                assertThat(loop.statistics().timers()).isEqualTo(1);
            }
            pass(Duration.ofMillis(999));
            ping(client);
            pass(Duration.ofSeconds(10));
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            end(server, client);
        }
    }

    @Test
    @DisplayName("the first byte has its own, and there is no timer after that")
    void firstByte() throws Exception {
        Server server = start(EchoTest::echo, StreamOptions.DEFAULT.withFirstByteTimeout(Duration.ofSeconds(10)));
        try (Socket silent = connect(server);
                Socket client = connect(server)) {
            awaitTimers(2);
            pass(Duration.ofMillis(9_999));
            ping(client);
            pass(Duration.ofMillis(1));
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            awaitTimers(0);
            pass(Duration.ofDays(1));
            ping(client);
            end(server, client);
        }
    }

    @Test
    @DisplayName("the nearer of both counts")
    void both() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT
                .withFirstByteTimeout(Duration.ofSeconds(10))
                .withIdleTimeout(Duration.ofSeconds(30));
        LoopFuture<Throwable> thrown = loop.createFuture();
        Server server = start(
                (reader, writer) -> {
                    try {
                        EchoTest.echo(reader, writer);
                    } catch (SocketTimeoutException e) {
                        thrown.setResult(e);
                    }
                },
                options);
        try (Socket client = connect(server)) {
            awaitTimers(1);
            ping(client);
            pass(Duration.ofSeconds(29));
            ping(client);
            pass(Duration.ofSeconds(29));
            assertThat(server.connections()).isEqualTo(1);
            pass(Duration.ofSeconds(1));
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(thrown.await()).hasMessageContaining("in either direction for PT30S");
            end(server, client);
        }
    }

    @Test
    @DisplayName("a shutdown aborts what is left three seconds after its grace, and waits for handlers that go on")
    void shutdown() throws Exception {
        LoopFuture<Void> finish = loop.createFuture();
        Server server = start(
                (reader, writer) -> {
                    writer.write(new byte[16 << 20]);
                    try {
                        Async.shield(finish).await();
                    } catch (CancelledException e) {
                        Async.currentTask().uncancel();
                        Async.shield(finish).await();
                    }
                },
                StreamOptions.DEFAULT);
        try (Socket client = connect(server)) {
            awaitHandler();
            Task<?> ending = loop.createTask(() -> server.shutdown(Duration.ofSeconds(20)));
            awaitTimers(1);
            pass(Duration.ofSeconds(20));
            awaitTimers(1);
            pass(Duration.ofMillis(2_999));
            assertThat(server.connections()).isEqualTo(1);
            pass(Duration.ofMillis(1));
            LoopCheck.awaitTrue("it is aborted", () -> server.connections() == 0);
            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
            assertThat(ending.isDone()).isFalse();
            finish.setResult(null);
            LoopCheck.join(ending);
            awaitTimers(0);
        }
    }

    @Test
    @DisplayName("row 73: a cancelled serveForever ends clients that take nothing, and handlers that do not find out")
    void serveForever() throws Exception {
        Server server = start(
                (reader, writer) -> {
                    writer.write(new byte[16 << 20]);
                    loop.createFuture().await();
                },
                StreamOptions.DEFAULT);
        try (Socket client = connect(server)) {
            awaitHandler();
            Task<?> serving = loop.createTask(server::serveForever);
            LoopCheck.awaitWaiting(serving);
            serving.cancel();
            awaitTimers(1);
            pass(Duration.ofSeconds(3));
            LoopCheck.awaitTrue("handlers are cancelled", () -> loop.tasks().size() == 1);
            assertThat(server.connections()).isEqualTo(1);
            pass(Duration.ofSeconds(3));
            assertThatThrownBy(() -> LoopCheck.join(serving)).isInstanceOf(CancelledException.class);
            assertThat(server.connections()).isZero();
            assertThatThrownBy(() -> client.getInputStream().readAllBytes()).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("a shutdown that was cancelled does not wait for a handler that ignores its own cancellation")
    void stubborn() throws Exception {
        LoopFuture<Void> finish = loop.createFuture();
        Server server = start(
                (reader, writer) -> {
                    try {
                        finish.await();
                    } catch (CancelledException e) {
                        Async.currentTask().uncancel();
                        loop.createFuture().await();
                    }
                },
                StreamOptions.DEFAULT);
        try (Socket client = connect(server)) {
            awaitHandler();
            Task<?> ending = loop.createTask(() -> server.shutdown(Duration.ofDays(1)));
            LoopCheck.awaitWaiting(ending);
            ending.cancel();
            awaitTimers(1);
            pass(Duration.ofSeconds(3));
            assertThatThrownBy(() -> LoopCheck.join(ending)).isInstanceOf(CancelledException.class);
            assertThat(server.connections()).isZero();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(loop.tasks()).hasSize(1);
        }
    }
}
