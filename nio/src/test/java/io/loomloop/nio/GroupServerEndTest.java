package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopGroup;
import io.loomloop.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code spread}: the system spreads the clients; else one loop hands them out. */
@DisplayName("The end of a server on a group of loops")
class GroupServerEndTest {
    private static final Duration AGES = Duration.ofHours(1);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private LoopGroup group;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @BeforeEach
    void begin() {
        group = check.group(3);
    }

    @AfterEach
    void end() throws Exception {
        leave();
        group.close();
        if (!check.resets()) { // by completion: the system has sent what the loop that was closed did not hear of
            check.errors().removeIf(error -> error.message().contains("not sent"));
        }
    }

    /** All clients: a connection that is closed waits two seconds for its peer. */
    private void leave() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private GroupServer start(ClientHandler handler, boolean spread) throws IOException {
        return start(handler, spread, StreamOptions.DEFAULT);
    }

    private GroupServer start(ClientHandler handler, boolean spread, StreamOptions options) throws IOException {
        return Streams.startServer(group, handler, "127.0.0.1", 0, options, spread);
    }

    private Socket connect(GroupServer server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        opened.add(socket);
        socket.setSoTimeout(10_000);
        return socket;
    }

    private List<Socket> connect(GroupServer server, int clients) throws IOException {
        List<Socket> sockets = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            Socket client = connect(server);
            ping(client);
            sockets.add(client);
        }
        return sockets;
    }

    private static void ping(Socket client) throws IOException {
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
    }

    private static boolean isServed(Socket client) {
        try {
            client.getOutputStream().write(7);
            return client.getInputStream().read() == 7;
        } catch (IOException e) {
            return false;
        }
    }

    private void assertNothingIsLeft(GroupServer server) {
        assertThat(server.connections()).isZero();
        LoopCheck.awaitTrue("no task is left", () -> group.statistics().tasksAlive() == 0);
        LoopCheck.awaitTrue("no timer is left", () -> group.statistics().timers() == 0);
        assertThatThrownBy(() -> connect(server)).isInstanceOf(ConnectException.class);
    }

    // ---- the server

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("closed, it listens nowhere and serves its clients on, until they are closed on all loops")
    void closes(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread);
        List<Socket> clients = connect(server, 12);
        Task<?> waiting = check.loop().createTask("wait", server::waitClosed);
        server.close();
        server.close();
        LoopCheck.awaitTrue("nobody listens", () -> {
            try {
                connect(server);
                return false;
            } catch (ConnectException e) {
                return true;
            } catch (IOException e) {
                return false; // was in the backlog
            }
        });
        assertThat(server.isServing()).isFalse();
        for (Socket client : clients) {
            ping(client);
        }
        assertThat(waiting.isDone()).isFalse();
        server.closeClients();
        for (Socket client : clients) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.close();
        }
        LoopCheck.join(waiting);
        assertNothingIsLeft(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a shutdown waits for the handlers of all loops, and cancels those that are left after the grace")
    void shutdown(boolean spread) throws Exception {
        AtomicInteger cancelled = new AtomicInteger();
        GroupServer server = start(
                (reader, writer) -> {
                    try {
                        EchoTest.echo(reader, writer);
                    } catch (CancelledException e) {
                        cancelled.incrementAndGet();
                        throw e;
                    }
                },
                spread);
        List<Socket> clients = connect(server, 12);
        Task<?> ending = check.loop().createTask("shutdown", () -> server.shutdown(AGES));
        LoopCheck.awaitWaiting(ending);
        for (Socket client : clients.subList(0, 6)) {
            ping(client);
            client.close();
        }
        LoopCheck.awaitTrue("some have gone", () -> server.connections() == 6);
        assertThat(ending.isDone()).isFalse();
        assertThat(cancelled).hasValue(0);
        server.shutdown(Duration.ofMillis(10)); // the shortest counts
        LoopCheck.join(ending);
        assertThat(cancelled).hasValue(6);
        assertNothingIsLeft(server);
    }

    @Test
    @DisplayName("a shutdown that is cancelled ends all at once")
    void hurry() throws Exception {
        GroupServer server = start(EchoTest::echo, true);
        List<Socket> clients = connect(server, 6);
        Task<?> ending = check.loop().createTask("shutdown", () -> server.shutdown(AGES));
        LoopCheck.awaitWaiting(ending);
        ending.cancel();
        for (Socket client : clients) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.close();
        }
        assertThatThrownBy(() -> LoopCheck.join(ending)).isInstanceOf(CancelledException.class);
        assertNothingIsLeft(server);
    }

    @Test
    @DisplayName("no handler can wait for its own end, whichever loop it is on")
    void ownEnd() throws Exception {
        GroupServer[] itself = new GroupServer[1];
        AtomicInteger refused = new AtomicInteger();
        GroupServer server = start(
                (reader, writer) -> {
                    try {
                        itself[0].shutdown(Duration.ZERO);
                    } catch (IllegalStateException e) {
                        refused.incrementAndGet();
                    }
                    EchoTest.echo(reader, writer);
                },
                false,
                StreamOptions.DEFAULT.withStartServing(false));
        itself[0] = server;
        server.startServing();
        connect(server, 3);
        assertThat(refused).hasValue(3);
        assertThat(server.isServing()).isTrue();
        leave();
        server.shutdown(Duration.ZERO);
        assertNothingIsLeft(server);
    }

    @Test
    @DisplayName("serveForever ends when the server is closed, or ends it when it is cancelled")
    void serveForever() throws Exception {
        GroupServer server = start(EchoTest::echo, true, StreamOptions.DEFAULT.withStartServing(false));
        Task<?> serving = check.loop().createTask("serve", server::serveForever);
        connect(server, 3).forEach(GroupServerEndTest::closeQuietly);
        server.close();
        LoopCheck.join(serving);
        assertNothingIsLeft(server);

        GroupServer another = start(EchoTest::echo, true);
        List<Socket> clients = connect(another, 3);
        Task<?> servingOn = check.loop().createTask("serve", another::serveForever);
        LoopCheck.awaitWaiting(servingOn);
        servingOn.cancel();
        for (Socket client : clients) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
            client.close();
        }
        assertThatThrownBy(() -> LoopCheck.join(servingOn)).isInstanceOf(CancelledException.class);
        assertNothingIsLeft(another);
    }

    private static void closeQuietly(Socket client) {
        Poller.closeQuietly(client);
    }

    // ---- its loops

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("of one loop after the other loses nobody who comes later, and no client of the others")
    void loopsClose(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread);
        List<Socket> clients = connect(server, 12);
        for (EventLoop closing : group.loops().subList(0, 2)) {
            int its = server.servers()
                    .get(group.loops().indexOf(closing))
                    .clients()
                    .connected()
                    .size();
            int before = clients.size();
            closing.close();
            clients.removeIf(client -> !isServed(client));
            assertThat(clients).as("clients of the others").hasSize(before - its);
            clients.addAll(connect(server, 12));
            assertThat(server.connections()).isEqualTo(clients.size());
        }
        leave();
        server.shutdown(Duration.ZERO);
        assertNothingIsLeft(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("serves those who wait in the backlog of a loop that closes, if the channel can move")
    void backlogMoves(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread, StreamOptions.DEFAULT.withStartServing(false));
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            waiting.add(connect(server));
        }
        EventLoop closing = group.loops().get(0);
        closing.close();
        server.startServing();
        waiting.removeIf(GroupServerEndTest::isServed);
        if (spread && closing.driver() instanceof ProactorDriver) {
            assertThat(waiting).as("those of one loop").hasSizeLessThan(12);
        } else {
            assertThat(waiting).as("not served").isEmpty();
        }
        connect(server, 6);
        leave();
        server.shutdown(Duration.ZERO);
        assertNothingIsLeft(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("keeps the limit for all when a loop with clients closes")
    void limitAfterClose(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread, StreamOptions.DEFAULT.withMaxConnections(3));
        connect(server, 3);
        group.loops().get(0).close();
        int left = server.connections();
        connect(server, 3 - left);
        assertThat(server.connections()).isEqualTo(3);
        leave();
        server.shutdown(Duration.ZERO);
        assertNothingIsLeft(server);
    }

    @Test
    @DisplayName("gives the place of a client back whose handler has not begun when its loop closes")
    void placeOfNobody() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withMaxConnections(1);
        Servers servers = new Servers(options, false);
        EventLoop idle = EventLoop.open(); // does not run, so no handler begins
        Server server = new Server(SocketEngine.of(idle), EchoTest::echo, options, servers);
        servers.set(List.of(server));
        server.bind(List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), options);
        server.begin();
        opened.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
        LoopCheck.awaitTrue("the client is there", () -> server.clients().present() == 1);
        assertThat(servers.room().hasPlace()).isFalse();
        idle.close();
        assertThat(servers.room().hasPlace()).isTrue();
    }

    @Test
    @DisplayName("a loop whose task is cancelled leaves the server, and its clients stay")
    void leaves() throws Exception {
        GroupServer server = start(EchoTest::echo, false);
        List<Socket> clients = connect(server, 6);
        EventLoop leaving = group.loops().get(0);
        leaving.tasks().stream()
                .filter(task -> task.name().startsWith("server at "))
                .forEach(Task::cancel);
        Server itsServer = server.servers().get(0);
        LoopCheck.awaitTrue("it leaves", itsServer::isLeaving);
        clients.addAll(connect(server, 6));
        assertThat(itsServer.clients().connected()).hasSize(2);
        for (Socket client : clients) {
            ping(client);
        }
        leave();
        server.shutdown(Duration.ZERO);
        assertNothingIsLeft(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("the end of the whole group ends the server, and wakes who waits for it")
    void groupCloses(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread);
        List<Socket> clients = connect(server, 6);
        Task<?> serving = check.loop().createTask("shutdown", () -> server.shutdown(AGES));
        LoopCheck.awaitWaiting(serving);
        group.close();
        for (Socket client : clients) {
            assertThat(isServed(client)).isFalse();
        }
        LoopCheck.join(serving);
        assertNothingIsLeft(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("the end of the whole group ends serveForever on a thread that is none of its loops'")
    void groupClosesUnderServeForever(boolean spread) throws Exception {
        GroupServer server = start(EchoTest::echo, spread);
        List<Socket> clients = connect(server, 6);
        FutureTask<Void> serving = new FutureTask<>(server::serveForever, null);
        Thread.ofVirtual().start(serving);
        group.close();
        serving.get(10, TimeUnit.SECONDS);
        assertThat(server.isServing()).isFalse();
        for (Socket client : clients) {
            assertThat(isServed(client)).isFalse();
        }
        assertNothingIsLeft(server);
    }
}
