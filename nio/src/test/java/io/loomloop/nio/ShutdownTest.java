package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("The shutdown of a server")
class ShutdownTest {
    private static final Duration AGES = Duration.ofHours(1);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server start(ClientHandler handler) throws Exception {
        return start(handler, StreamOptions.DEFAULT);
    }

    private Server start(ClientHandler handler, StreamOptions options) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    private static Socket connect(Server server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(5000);
        return socket;
    }

    private Task<?> shutDown(Server server, Duration grace) {
        return check.loop().createTask("shutdown", () -> server.shutdown(grace));
    }

    private void awaitClient() {
        assertThat(clientTask().isDone()).isFalse();
    }

    /** Waits for the task of the only client. */
    private Task<?> clientTask() {
        List<Task<?>> found = new CopyOnWriteArrayList<>();
        LoopCheck.awaitTrue("a client has a task", () -> {
            check.loop().tasks().stream()
                    .filter(task -> task.name().startsWith("client "))
                    .forEach(found::add);
            return !found.isEmpty();
        });
        LoopCheck.awaitWaiting(found.get(0));
        return found.get(0);
    }

    private static boolean isEnded(Socket client) {
        try {
            return client.getInputStream().read() == -1;
        } catch (IOException e) {
            return true;
        }
    }

    private static boolean isRefused(Server server) {
        try {
            connect(server).close();
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    @DisplayName("lets handlers end by themselves, and refuses new clients meanwhile")
    void grace() throws Exception {
        Server server = start((reader, writer) -> writer.write(reader.readLine()));
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> ending = shutDown(server, AGES);
            LoopCheck.awaitTrue("nobody listens", () -> isRefused(server));
            LoopCheck.awaitWaiting(ending);
            assertThat(server.isServing()).isFalse();
            client.getOutputStream().write("bye\n".getBytes(UTF_8));
            assertThat(client.getInputStream().readAllBytes()).isEqualTo("bye\n".getBytes(UTF_8));
            client.shutdownOutput();
            LoopCheck.join(ending);
        }
        assertThat(server.connections()).isZero();
        assertThat(check.loop().statistics().timers()).isZero();
    }

    @Test
    @DisplayName("cancels the handlers that are left, and sends what they have written")
    void cancel() throws Exception {
        List<String> messages = new CopyOnWriteArrayList<>();
        Server server = start((reader, writer) -> {
            try {
                reader.readAll();
            } catch (CancelledException e) {
                messages.add(e.getMessage());
                writer.write("going away");
                throw e;
            }
        });
        try (Socket one = connect(server);
                Socket two = connect(server)) {
            LoopCheck.awaitTrue("both are there", () -> check.loop().tasks().size() == 2);
            check.loop().tasks().forEach(LoopCheck::awaitWaiting);
            Task<?> ending = shutDown(server, Duration.ofMillis(30));
            assertThat(one.getInputStream().readAllBytes()).isEqualTo("going away".getBytes(UTF_8));
            assertThat(two.getInputStream().readAllBytes()).isEqualTo("going away".getBytes(UTF_8));
            one.shutdownOutput();
            two.shutdownOutput();
            LoopCheck.join(ending);
        }
        assertThat(messages).containsExactly("the server is shut down", "the server is shut down");
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("without grace cancels at once, and returns when all is gone, also off the loop")
    void noGrace() throws Exception {
        AtomicInteger ended = new AtomicInteger();
        Server server = start((reader, writer) -> {
            try {
                reader.readAll();
            } finally {
                try {
                    Async.yieldNow(); // the cancellation may come here, when the client was faster
                } finally {
                    ended.incrementAndGet();
                }
            }
        });
        Socket client = connect(server);
        awaitClient();
        client.shutdownInput();
        Thread closer = Thread.startVirtualThread(() -> {
            try (client) {
                client.getOutputStream().write(1);
            } catch (IOException e) {
                // The server was faster.
            }
        });
        server.shutdown(Duration.ZERO);
        closer.join();
        assertThat(ended).hasValue(1);
        assertThat(server.connections()).isZero();
        server.shutdown(Duration.ZERO);
        server.shutdown(AGES);
    }

    @Test
    @DisplayName("waits for a handler whose connection has gone already")
    void handlerWithoutConnection() throws Exception {
        LoopFuture<Void> finish = check.loop().createFuture();
        Server server = start((reader, writer) -> {
            writer.abort();
            finish.await();
        });
        try (Socket client = connect(server)) {
            awaitClient();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            Task<?> ending = shutDown(server, AGES);
            LoopCheck.awaitTrue("nobody listens", () -> isRefused(server));
            check.run(server::waitClosed);
            LoopCheck.awaitWaiting(ending);
            finish.setResult(null);
            LoopCheck.join(ending);
        }
    }

    @Test
    @DisplayName("may be called by several: the shortest grace counts")
    void concurrent() throws Exception {
        Server server = start((reader, writer) -> reader.readAll());
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> patient = shutDown(server, AGES);
            LoopCheck.awaitWaiting(patient);
            Task<?> hasty = shutDown(server, Duration.ofMillis(20));
            Task<?> patientToo = shutDown(server, AGES.multipliedBy(2));
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            LoopCheck.join(patient);
            LoopCheck.join(hasty);
            LoopCheck.join(patientToo);
        }
        LoopCheck.join(shutDown(server, AGES));
        server.close();
    }

    @Test
    @DisplayName("once cancelled gives no more grace, and leaves nobody behind")
    void cancelled() throws Exception {
        Server server = start((reader, writer) -> reader.readAll());
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> patient = shutDown(server, AGES);
            Task<?> ending = shutDown(server, AGES);
            LoopCheck.awaitWaiting(ending);
            ending.cancel("hurry");
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            assertThatThrownBy(() -> LoopCheck.join(ending))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("hurry");
            assertThat(server.connections()).isZero();
            LoopCheck.join(patient);
        }
    }

    @Test
    @DisplayName("that is cancelled before it begins to wait closes the server all the same")
    void cancelledBefore() throws Exception {
        Server server = start((reader, writer) -> reader.readAll());
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> ending = check.call(() -> {
                Task<?> task = check.loop().createTask(() -> {
                    Async.currentTask().cancel();
                    server.shutdown(AGES);
                });
                return task;
            });
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            assertThatThrownBy(() -> LoopCheck.join(ending)).isInstanceOf(CancelledException.class);
        }
        assertThat(server.connections()).isZero();
    }

    @Test
    @DisplayName("once cancelled twice aborts the connections and returns")
    void cancelledTwice() throws Throwable {
        AtomicInteger cancelled = new AtomicInteger();
        LoopFuture<Void> finish = check.loop().createFuture();
        Server server = start((reader, writer) -> {
            writer.write(new byte[16 << 20]);
            while (!finish.isDone()) {
                try {
                    Async.shield(finish).await();
                } catch (CancelledException e) {
                    Async.currentTask().uncancel();
                    cancelled.incrementAndGet();
                }
            }
        });
        try (Socket client = connect(server)) {
            Task<?> handler = clientTask();
            Task<?> ending = shutDown(server, AGES);
            LoopCheck.awaitWaiting(ending);
            ending.cancel("once");
            LoopCheck.awaitTrue("the handler was cancelled", () -> cancelled.get() == 1);
            LoopCheck.awaitWaiting(ending);
            ending.cancel("twice");
            assertThatThrownBy(() -> LoopCheck.join(ending))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("twice");
            check.assertCutOff(() ->
                    assertThat(client.getInputStream().readAllBytes().length).isLessThan(16 << 20));
            assertThat(handler.isDone()).isFalse();
        } finally {
            finish.setResult(null); // or the loop could not close
        }
        server.waitClosed();
    }

    @Test
    @DisplayName("lets no handler begin when they are cancelled already")
    void acceptedMeanwhile() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Server server = start((reader, writer) -> calls.incrementAndGet());
        try (ServerSocketChannel listening =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                SocketChannel client = SocketChannel.open(listening.getLocalAddress())) {
            SocketChannel accepted = listening.accept();
            check.run(() -> {
                server.admit(accepted, listening);
                server.shutdown(Duration.ZERO);
            });
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(calls).hasValue(0);
    }

    @Test
    @DisplayName("is refused in a handler, which would wait for itself, and allowed in a task of it")
    void inHandler() throws Exception {
        LoopFuture<Throwable> thrown = check.loop().createFuture();
        AtomicReference<Task<?>> ending = new AtomicReference<>();
        Server[] server = new Server[1];
        server[0] = start((reader, writer) -> {
            try {
                server[0].shutdown(AGES);
            } catch (IllegalStateException e) {
                thrown.setResult(e);
            }
            ending.set(Async.createTask(() -> server[0].shutdown(AGES)));
        });
        try (Socket client = connect(server[0])) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            assertThat(thrown.await()).hasMessageContaining("another task");
            LoopCheck.join(ending.get());
        }
    }

    @Test
    @DisplayName("row 73: cancelling serveForever with a grace lets handlers end by themselves")
    void serveForever() throws Exception {
        Server server = start(
                (reader, writer) -> writer.write(reader.readLine()), StreamOptions.DEFAULT.withShutdownGrace(AGES));
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> serving = check.loop().createTask(server::serveForever);
            LoopCheck.awaitWaiting(serving);
            serving.cancel("done");
            LoopCheck.awaitTrue("nobody listens", () -> isRefused(server));
            client.getOutputStream().write("bye\n".getBytes(UTF_8));
            assertThat(client.getInputStream().readAllBytes()).isEqualTo("bye\n".getBytes(UTF_8));
            client.shutdownOutput();
            assertThatThrownBy(() -> LoopCheck.join(serving))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("done");
        }
    }

    @Test
    @DisplayName("row 73: cancelling serveForever once more ends the grace")
    void serveForeverTwice() throws Exception {
        Server server = start((reader, writer) -> reader.readAll(), StreamOptions.DEFAULT.withShutdownGrace(AGES));
        try (Socket client = connect(server)) {
            awaitClient();
            Task<?> serving = check.loop().createTask(server::serveForever);
            LoopCheck.awaitWaiting(serving);
            serving.cancel("done");
            LoopCheck.awaitTrue("nobody listens", () -> isRefused(server));
            LoopCheck.awaitWaiting(serving);
            serving.cancel("now");
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            assertThatThrownBy(() -> LoopCheck.join(serving)).isInstanceOf(CancelledException.class);
        }
    }

    @Test
    @DisplayName("does nothing more when the loop is closed")
    void loopClosed() throws Exception {
        Server server = start(EchoTest::echo);
        try (Socket client = connect(server)) {
            awaitClient();
            check.loop().close();
            server.shutdown(AGES);
            assertThat(server.connections()).isZero();
            assertThat(isEnded(client)).isTrue();
        }
    }

    @Test
    @DisplayName("needs a grace that makes sense")
    void badArguments() throws Exception {
        Server server = start(EchoTest::echo);
        assertThatThrownBy(() -> server.shutdown(Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> server.shutdown(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withShutdownGrace(Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(server.isServing()).isTrue();
        server.shutdown(Duration.ofDays(1_000_000));
    }
}
