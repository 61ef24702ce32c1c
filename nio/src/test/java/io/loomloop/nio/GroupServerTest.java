package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopGroup;
import io.loomloop.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code spread}: the system spreads the clients; else one loop hands them out. */
@DisplayName("A server on a group of loops")
class GroupServerTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

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
    }

    /** All clients: a connection that is closed waits two seconds for its peer. */
    private void leave() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private GroupServer start(boolean spread) throws IOException {
        return start(spread, StreamOptions.DEFAULT);
    }

    private GroupServer start(boolean spread, StreamOptions options) throws IOException {
        return start(EchoTest::echo, spread, options);
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

    private static void ping(Socket client) throws IOException {
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
    }

    private void shutDown(GroupServer server) throws Exception {
        leave();
        server.shutdown(Duration.ZERO);
        assertThat(server.connections()).isZero();
        LoopCheck.awaitTrue("no task is left", () -> group.statistics().tasksAlive() == 0);
    }

    private static List<Integer> shares(GroupServer server) {
        return server.servers().stream()
                .map(one -> one.clients().connected().size())
                .toList();
    }

    // ---- spreading

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("serves clients on all loops: handed out in turn exactly, spread by the system roughly")
    void spread(boolean spread) throws Exception {
        GroupServer server = start(spread);
        for (int i = 0; i < 60; i++) {
            ping(connect(server));
        }
        assertThat(server.connections()).isEqualTo(60);
        if (spread) {
            assertThat(shares(server)).allMatch(share -> share >= 4, "chance gives less once in a million times");
        } else {
            assertThat(shares(server)).containsExactly(20, 20, 20);
        }
        shutDown(server);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("runs the handler on the loop that has the connection, and keeps it there")
    void handlerIsAtHome(boolean spread) throws Exception {
        Map<String, Integer> clientsOf = new ConcurrentHashMap<>();
        ClientHandler handler = (reader, writer) -> {
            EventLoop loop = EventLoop.current();
            clientsOf.merge(loop.name(), 1, Integer::sum);
            for (byte[] data = reader.read(1); data.length > 0; data = reader.read(1)) {
                assertThat(EventLoop.current()).isSameAs(loop);
                writer.write(data);
                writer.drain();
            }
        };
        GroupServer server = start(handler, spread, StreamOptions.DEFAULT);
        for (int i = 0; i < 24; i++) {
            Socket client = connect(server);
            ping(client);
            ping(client);
        }
        for (Server one : server.servers()) {
            assertThat(clientsOf.getOrDefault(one.loop().name(), 0))
                    .as(one.loop().name())
                    .isEqualTo(one.clients().connected().size());
        }
        assertThat(server.group()).isSameAs(group);
        assertThat(server.toString()).contains("serving, connections=24");
        shutDown(server);
    }

    @Test
    @DisplayName(
            "at a Unix domain socket hands clients out to all loops, also after the one that listens has been closed")
    void unixDomain() throws Exception {
        Path path = folder.resolve("s");
        GroupServer server = Streams.startUnixServer(group, EchoTest::echo, path);
        for (int i = 0; i < 9; i++) {
            pingUnix(server);
        }
        assertThat(shares(server)).containsExactly(3, 3, 3);
        group.loops().get(0).close();
        assertThat(path).exists();
        for (int i = 0; i < 8; i++) {
            pingUnix(server);
        }
        assertThat(shares(server)).containsExactly(0, 7, 7);
        shutDown(server);
        assertThat(path).doesNotExist();
        Streams.startUnixServer(group, EchoTest::echo, path).close();
    }

    private void pingUnix(GroupServer server) throws IOException {
        SocketChannel client = SocketChannel.open(server.addresses().get(0));
        opened.add(client);
        client.write(ByteBuffer.wrap(new byte[] {7}));
        assertThat(client.read(ByteBuffer.allocate(2))).isEqualTo(1);
    }

    @Test
    @DisplayName("closed with its group, leaves no file of a Unix domain socket behind")
    void unixGroupCloses() throws Exception {
        Path path = folder.resolve("s");
        GroupServer server = Streams.startUnixServer(group, EchoTest::echo, path);
        pingUnix(server);
        group.close();
        assertThat(path).doesNotExist();
        assertThat(server.connections()).isZero();
    }

    // ---- the limit

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("has a limit of connections for all loops together")
    void maxConnections(boolean spread) throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ClientHandler handler = (reader, writer) -> {
            most.accumulateAndGet(now.incrementAndGet(), Math::max);
            try {
                EchoTest.echo(reader, writer);
            } finally {
                now.decrementAndGet();
            }
        };
        GroupServer server = start(handler, spread, StreamOptions.DEFAULT.withMaxConnections(2));
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Socket client = connect(server);
            client.getOutputStream().write(i);
            waiting.add(client);
        }
        List<Integer> served = new ArrayList<>();
        while (!waiting.isEmpty()) {
            LoopCheck.awaitTrue("somebody is served", () -> waiting.stream().anyMatch(GroupServerTest::hasAnswer));
            Socket client = waiting.stream()
                    .filter(GroupServerTest::hasAnswer)
                    .findFirst()
                    .orElseThrow();
            served.add(client.getInputStream().read());
            waiting.remove(client);
            client.close();
        }
        assertThat(served).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        assertThat(most).as("served at a time").hasValueBetween(1, 2);
        shutDown(server);
    }

    private static boolean hasAnswer(Socket client) {
        try {
            return client.getInputStream().available() > 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    // ---- the start

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("does not join whoever listens at its port, and leaves the port free when it is closed")
    void portTaken(boolean spread) throws Exception {
        GroupServer server = start(spread);
        int port = server.port();
        assertThatThrownBy(() ->
                        Streams.startServer(group, EchoTest::echo, "127.0.0.1", port, StreamOptions.DEFAULT, spread))
                .isInstanceOf(BindException.class)
                .hasMessageContaining("" + port);
        ping(connect(server));
        shutDown(server);
        GroupServer again =
                Streams.startServer(group, EchoTest::echo, "127.0.0.1", port, StreamOptions.DEFAULT, spread);
        ping(connect(again));
        shutDown(again);
    }

    @Test
    @DisplayName("started without serving, has its clients wait until it does")
    void startServing() throws Exception {
        GroupServer server = start(true, StreamOptions.DEFAULT.withStartServing(false));
        Socket client = connect(server);
        assertThat(server.isServing()).isFalse();
        server.startServing();
        ping(client);
        assertThat(server.isServing()).isTrue();
        shutDown(server);
        assertThatThrownBy(server::startServing).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("is started on the loops that are not closed; when all are that fails")
    void someAreClosed() throws Exception {
        group.loops().get(0).close();
        GroupServer server = Streams.startServer(group, EchoTest::echo, "localhost", 0);
        assertThat(server.servers()).hasSize(2);
        ping(connect(server));
        shutDown(server);
        group.close();
        assertThatThrownBy(() -> Streams.startServer(group, EchoTest::echo, "localhost", 0))
                .isInstanceOf(LoopClosedException.class);
    }

    @Test
    @DisplayName("is undone everywhere when one loop cannot listen; a loop that polls leaves that to the others")
    void oneCannot() throws Exception {
        EventLoop last = group.loops().get(2);
        LoopCheck.join(
                last.createTask("end sockets", () -> SocketEngine.of(last).close()));
        if (last.driver() instanceof ProactorDriver) {
            assertThatThrownBy(() -> start(true))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("the event loop was closed");
        } else {
            GroupServer server = start(true);
            for (int i = 0; i < 12; i++) {
                ping(connect(server));
            }
            assertThat(shares(server).get(2)).isZero();
            shutDown(server);
        }
        LoopCheck.awaitTrue("no task is left", () -> group.statistics().tasksAlive() == 0);
    }

    @Test
    @DisplayName("is not started for a task that is cancelled meanwhile")
    void startCancelled() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        Resolver stuck = host -> {
            try {
                never.await();
            } catch (InterruptedException e) {
                // as expected
            }
            throw new UnknownHostException(host);
        };
        Task<GroupServer> start = check.loop()
                .createTask(
                        "start",
                        () -> Streams.startServer(
                                group, EchoTest::echo, "nowhere", 0, StreamOptions.DEFAULT.withResolver(stuck)));
        LoopCheck.awaitWaiting(start);
        start.cancel();
        assertThatThrownBy(() -> LoopCheck.join(start)).isInstanceOf(CancelledException.class);
        LoopCheck.awaitTrue("no task is left", () -> group.statistics().tasksAlive() == 0);
    }

    @Test
    @DisplayName("can be started and ended from anywhere: a plain thread, a task of its own, a task of another loop")
    void anywhere() throws Exception {
        shutDown(Streams.startServer(group, EchoTest::echo, "127.0.0.1", 0));
        shutDown(
                Streams.startServer(group, EchoTest::echo, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
        for (EventLoop loop : List.of(group.loops().get(1), check.loop())) {
            LoopCheck.join(loop.createTask("start and end", () -> {
                GroupServer server = Streams.startServer(group, EchoTest::echo, "127.0.0.1", 0);
                try (Connection client = Streams.openConnection("127.0.0.1", server.port())) {
                    client.writer().write("x");
                    assertThat(client.reader().read(1)).hasSize(1);
                }
                server.close();
                server.waitClosed();
                Async.yieldNow();
                assertThat(server.connections()).isZero();
            }));
        }
    }

    @Test
    @DisplayName("refuses bad input at once")
    void badInput() {
        assertThatThrownBy(() -> Streams.startServer(group, EchoTest::echo, "localhost", 65536))
                .isInstanceOf(IllegalArgumentException.class);
        StreamOptions patient = StreamOptions.DEFAULT.withResolveTimeout(Duration.ofSeconds(9));
        assertThatThrownBy(() -> Streams.startServer(group, EchoTest::echo, "no.such.host.invalid", 0, patient))
                .isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> Streams.startUnixServer(group, EchoTest::echo, Path.of("")))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
