package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Server")
class ServerTest {
    private static final ClientHandler HANGING = (reader, writer) -> reader.readExactly(1_000_000);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server start(ClientHandler handler) throws Exception {
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0));
    }

    private static Socket connect(Server server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private static void awaitConnections(Server server, int count) {
        LoopCheck.awaitTrue("there are " + count + " connections", () -> server.connections() == count);
    }

    /** Waits for the task of the only client. */
    private Task<?> awaitTask() {
        LoopCheck.awaitTrue("a client has a task", () -> !check.loop().tasks().isEmpty());
        return check.loop().tasks().get(0);
    }

    private static void end(Server server) {
        server.close();
        server.closeClients();
        server.waitClosed();
    }

    @Test
    @DisplayName("each client has a task of its own, named after its address")
    void taskName() throws Exception {
        List<String> names = new CopyOnWriteArrayList<>();
        Server server = start((reader, writer) -> names.add(Async.currentTask().name()));
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            assertThat(names).containsExactly("client " + client.getLocalSocketAddress());
        }
        end(server);
    }

    @Test
    @DisplayName("a handler that returns closes the connection, and what it wrote is sent")
    void handlerReturns() throws Exception {
        byte[] much = new byte[4 << 20];
        Server server = start((reader, writer) -> writer.write(much));
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().readAllBytes()).hasSize(much.length);
        }
        end(server);
    }

    @Test
    @DisplayName("row 72: a handler's failure goes to the exception handler, and the connection is closed")
    void handlerFails() throws Exception {
        IOException failure = new IOException("oops");
        Server server = start((reader, writer) -> {
            writer.write("before");
            throw failure;
        });
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().readAllBytes()).isEqualTo("before".getBytes(UTF_8));
        }
        ErrorContext error = check.takeError();
        assertThat(error.exception()).isSameAs(failure);
        assertThat(error.message()).contains("client /127.0.0.1");
        assertThat(error.future()).isNotNull();
        end(server);
    }

    @Test
    @DisplayName("row 72: an error of a handler does no harm to the server")
    void handlerThrowsError() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Server server = start((reader, writer) -> {
            if (calls.incrementAndGet() == 1) {
                throw new StackOverflowError("deep");
            }
            writer.write("fine");
        });
        try (Socket first = connect(server)) {
            assertThat(first.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(check.takeError().exception()).isInstanceOf(StackOverflowError.class);
        try (Socket second = connect(server)) {
            assertThat(second.getInputStream().readAllBytes()).isEqualTo("fine".getBytes(UTF_8));
        }
        end(server);
    }

    @Test
    @DisplayName("row 72: a handler that is cancelled closes the connection silently")
    void handlerCancelled() throws Exception {
        Server server = start(HANGING);
        try (Socket client = connect(server)) {
            Task<?> task = awaitTask();
            LoopCheck.awaitWaiting(task);
            task.cancel();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            LoopCheck.awaitTrue("the task is done", task::isDone);
            assertThat(task.isCancelled()).isTrue();
        }
        end(server);
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("row 72: a handler that is cancelled in foreign blocking code closes the connection silently")
    void handlerInterrupted() throws Exception {
        Server server = start((reader, writer) -> new java.util.concurrent.CountDownLatch(1).await());
        try (Socket client = connect(server)) {
            Task<?> task = awaitTask();
            LoopCheck.awaitTrue(
                    "it waits", () -> java.util.Arrays.toString(task.stack()).contains("CountDownLatch"));
            task.cancel();
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        end(server);
    }

    @Test
    @DisplayName("row 72: a client whose task is cancelled before it begins is closed")
    void cancelledBeforeBegin() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Server server = start((reader, writer) -> calls.incrementAndGet());
        check.run(() -> {
            Task<Socket> client = holdLoopUntilAccepted(server);
            for (Task<?> task : check.loop().tasks()) {
                if (task.name().startsWith("client ")) {
                    task.cancel();
                }
            }
            Socket socket = client.await();
            assertThat(check.loop()
                            .runInExecutor(() -> socket.getInputStream().read())
                            .await())
                    .isEqualTo(-1);
            socket.close();
        });
        assertThat(calls).hasValue(0);
        end(server);
    }

    /** The task that runs this is in the queue at all times, so it sees the client's task before that one begins. */
    private Task<Socket> holdLoopUntilAccepted(Server server) {
        LoopFuture<Socket> connecting = check.loop().runInExecutor(() -> connect(server));
        Task<Socket> wrapped = check.loop().createTask("connect", connecting::await);
        while (server.connections() == 0
                || check.loop().tasks().stream().noneMatch(task -> task.name().startsWith("client "))) {
            Async.yieldNow();
        }
        return wrapped;
    }

    @Test
    @DisplayName("row 73: waitClosed waits for the server and for its clients")
    void waitClosed() throws Exception {
        Server server = start(HANGING);
        try (Socket client = connect(server)) {
            Task<?> unused = awaitTask();
            Task<?> waiting = check.loop().createTask(server::waitClosed);
            LoopCheck.awaitWaiting(waiting);
            assertThat(server.isServing()).isTrue();
            server.close();
            assertThat(server.isServing()).isFalse();
            assertThat(server.connections()).isEqualTo(1);
            Task<?> another = check.loop().createTask(server::waitClosed);
            LoopCheck.awaitWaiting(another);
            assertThat(waiting.isDone()).isFalse();
            client.shutdownOutput();
            LoopCheck.join(waiting);
            LoopCheck.join(another);
        }
        assertThat(check.takeError().exception()).isInstanceOf(IncompleteReadException.class);
        server.waitClosed();
    }

    @Test
    @DisplayName("row 73: close stops listening and leaves the clients alone")
    void closeLeavesClients() throws Exception {
        Server server = start(EchoTest::echo);
        try (Socket client = connect(server)) {
            Task<?> unused = awaitTask(); // a client whose task has begun is not refused any more
            server.close();
            server.close();
            LoopCheck.awaitTrue("nobody listens", () -> isRefused(server));
            client.getOutputStream().write("ping".getBytes(UTF_8));
            assertThat(client.getInputStream().readNBytes(4)).isEqualTo("ping".getBytes(UTF_8));
        }
        server.waitClosed();
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
    @DisplayName("row 73: a client that is accepted while the server closes is not left behind")
    void acceptedWhileClosing() throws Exception {
        Server server = start(EchoTest::echo);
        server.close();
        server.waitClosed();
        try (ServerSocketChannel listening = ServerSocketChannel.open().bind(null);
                SocketChannel client = SocketChannel.open(listening.getLocalAddress())) {
            server.admit(listening.accept(), listening);
            server.waitClosed();
            assertThat(server.connections()).isZero();
            assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("row 73: closeClients closes what is connected, with everything written sent")
    void closeClients() throws Exception {
        Server server = start((reader, writer) -> {
            writer.write("hello");
            assertThat(reader.readAll()).isEmpty();
        });
        try (Socket one = connect(server);
                Socket two = connect(server)) {
            awaitConnections(server, 2);
            assertThat(one.getInputStream().readNBytes(5)).hasSize(5);
            assertThat(two.getInputStream().readNBytes(5)).hasSize(5);
            server.close();
            server.closeClients();
            assertThat(one.getInputStream().read()).isEqualTo(-1);
            assertThat(two.getInputStream().read()).isEqualTo(-1);
            one.shutdownOutput();
            two.shutdownOutput();
            server.waitClosed();
        }
    }

    @Test
    @DisplayName("row 73: what handlers get to hear because the server has closed their connections is not reported")
    void closedByServer() throws Exception {
        AtomicInteger told = new AtomicInteger();
        Server server = start((reader, writer) -> {
            writer.write(new byte[16 << 20]);
            byte what = reader.read(1)[0];
            told.incrementAndGet();
            if (what == 1) {
                reader.readExactly(10);
            } else {
                writer.drain();
            }
        });
        try (Socket reading = connect(server);
                Socket writing = connect(server)) {
            reading.getOutputStream().write(1);
            writing.getOutputStream().write(2);
            LoopCheck.awaitTrue("both know what to do", () -> told.get() == 2);
            check.loop().tasks().forEach(LoopCheck::awaitWaiting);
            server.close();
            server.closeClients();
            LoopCheck.awaitTrue("the reader is told", () -> check.loop().tasks().size() == 1);
            server.abortClients();
            server.waitClosed();
            LoopCheck.awaitTrue("the writer is told", () -> check.loop().tasks().isEmpty());
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("row 73: abortClients does not wait for what is unsent")
    void abortClients() throws Throwable {
        Server server = start((reader, writer) -> {
            writer.write(new byte[16 << 20]);
            reader.readAll();
        });
        try (Socket client = connect(server)) {
            assertThat(client.getInputStream().read()).isZero();
            server.close();
            server.abortClients();
            server.waitClosed();
            check.assertCutOff(() ->
                    assertThat(client.getInputStream().readAllBytes().length).isLessThan((16 << 20) - 1));
        }
    }

    @Test
    @DisplayName("row 73: cancelling serveForever closes the server and clients that hang")
    void cancelServeForever() throws Exception {
        Server server = start((reader, writer) -> reader.readAll());
        try (Socket client = connect(server)) {
            awaitConnections(server, 1);
            Task<?> serving = check.loop().createTask(server::serveForever);
            LoopCheck.awaitWaiting(serving);
            serving.cancel("done");
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.shutdownOutput();
            assertThatThrownBy(() -> LoopCheck.join(serving))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("done");
            assertThat(server.isServing()).isFalse();
            assertThat(server.connections()).isZero();
        }
    }

    @Test
    @DisplayName("row 73: closing the server ends serveForever")
    void closeEndsServeForever() throws Exception {
        Server server = start(EchoTest::echo);
        Task<?> serving = check.loop().createTask(server::serveForever);
        LoopCheck.awaitWaiting(serving);
        server.close();
        LoopCheck.join(serving);
    }

    @Test
    @DisplayName("row 74: many clients that come at once are all served")
    void manyAtOnce() throws Exception {
        Server server = start(EchoTest::echo);
        List<Socket> clients = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            clients.add(connect(server));
        }
        for (Socket client : clients) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
            client.close();
        }
        server.close();
        server.waitClosed();
    }

    @Test
    @DisplayName("row 74: clients that have gone before they are accepted do no harm")
    void goneBeforeAccepted() throws Exception {
        Server server = start(EchoTest::echo);
        for (int i = 0; i < 50; i++) {
            Socket client = connect(server);
            client.setSoLinger(true, 0);
            client.close();
        }
        try (Socket client = connect(server)) {
            client.getOutputStream().write(7);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        server.close();
        server.waitClosed();
        check.errors().removeIf(error -> String.valueOf(error.exception()).contains("reset"));
    }

    @Test
    @DisplayName("all addresses of a host get the same port")
    void allAddresses() throws Exception {
        Server server = check.call(() -> Streams.startServer(EchoTest::echo, "localhost", 0));
        assertThat(server.addresses())
                .isNotEmpty()
                .allSatisfy(address ->
                        assertThat(((InetSocketAddress) address).getPort()).isEqualTo(server.port()));
        assertThat(server).asString().contains("serving", String.valueOf(server.port()));
        end(server);
        assertThat(server).asString().contains("closed");
    }

    @Test
    @DisplayName("a port that is taken is refused, and free again when the server is closed")
    void portTaken() throws Exception {
        Server server = start(EchoTest::echo);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", server.port())))
                .isInstanceOf(BindException.class)
                .hasMessageContaining(String.valueOf(server.port()));
        server.close();
        server.waitClosed();
        Server next = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", server.port()));
        end(next);
    }

    @Test
    @DisplayName("bad arguments are refused")
    void badArguments() {
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(null, "127.0.0.1", 0)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, null, 0)))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", -1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.startServer(EchoTest::echo, "192.0.2.1", 0)))
                .isInstanceOf(BindException.class);
        assertThatThrownBy(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0))
                .isInstanceOf(IllegalStateException.class);
    }
}
