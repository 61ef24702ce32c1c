package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.spi.LoopDriver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The selector driver")
class SelectorDriverTest extends LoopDriverContract {
    @Override
    LoopDriver newDriver() {
        return new SelectorDriver();
    }

    private static EventLoop start() {
        return EventLoop.builder().driver(new SelectorDriver()).start();
    }

    private static void ping(Connection connection) throws Exception {
        connection.writer().write("ping\n".getBytes(UTF_8));
        assertThat(connection.reader().readLine()).hasSize(5);
    }

    @Test
    @DisplayName("serves sockets without a thread of their own")
    void noThread() throws Exception {
        try (EventLoop loop = start()) {
            LoopCheck.join(loop.createTask(() -> {
                Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
                try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                    ping(connection);
                }
                assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .contains(loop.name())
                        .doesNotContain(loop.name() + "-selector");
            }));
        }
    }

    @Test
    @DisplayName("serves them while the loop always has something to run")
    void busyLoop() throws Exception {
        try (EventLoop loop = start()) {
            LoopCheck.join(loop.createTask(() -> {
                List<Task<?>> busy = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    busy.add(Async.createTask(() -> {
                        for (; ; ) {
                            Async.yieldNow();
                        }
                    }));
                }
                Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
                try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                    for (int i = 0; i < 100; i++) {
                        ping(connection);
                    }
                }
                busy.forEach(Task::cancel);
            }));
        }
    }

    @Test
    @DisplayName("looks at them whenever a task that computes lets others run, be it the only one that could")
    void aloneAndComputing() throws Exception {
        try (EventLoop loop = start();
                ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            LoopCheck.join(loop.createTask(() -> {
                try (Connection connection = Streams.openConnection("127.0.0.1", listening.getLocalPort());
                        Socket peer = listening.accept()) {
                    Task<byte[]> reading =
                            Async.createTask(() -> connection.reader().readLine());
                    for (int i = 0; i < 10; i++) {
                        computeAndYield();
                    }
                    peer.getOutputStream().write("here\n".getBytes(UTF_8));
                    int steps = 0;
                    while (!reading.isDone()) {
                        computeAndYield();
                        steps++;
                    }
                    assertThat(steps).isLessThanOrEqualTo(5);
                }
            }));
        }
    }

    private static void computeAndYield() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 1_000_000) {
            Thread.onSpinWait();
        }
        Async.yieldNow();
    }

    @Test
    @DisplayName("touches no buffer of a task that waits, so all tasks of a loop can read into the same memory")
    void sharedMemory() throws Exception {
        int clients = 20;
        ByteBuffer memory = ByteBuffer.allocateDirect(1000);
        try (EventLoop loop = start();
                Server server = LoopCheck.join(loop.createTask(() -> Streams.startServer(
                        (reader, writer) -> {
                            ByteBuffer view = memory.duplicate();
                            while (reader.read(view.clear()) >= 0) {
                                writer.write(view.flip());
                            }
                        },
                        "127.0.0.1",
                        0)))) {
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                socket.setSoTimeout(10_000);
                sockets.add(socket);
            }
            LoopCheck.awaitTrue("all are served", () -> handlers(loop).size() == clients);
            handlers(loop).forEach(LoopCheck::awaitWaiting);
            for (int round = 0; round < 10; round++) {
                byte letter = (byte) ('a' + round);
                LoopCheck.join(loop.createTask(
                        () -> { // all of them are ready when the loop looks
                            for (int i = 0; i < clients; i++) {
                                byte[] message = new byte[500];
                                Arrays.fill(message, (byte) (letter + i));
                                sockets.get(i).getOutputStream().write(message);
                            }
                        }));
                for (int i = 0; i < clients; i++) {
                    assertThat(sockets.get(i).getInputStream().readNBytes(500)).containsOnly(letter + i);
                }
            }
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    @DisplayName(
            "loses nothing when a task is cancelled after it was woken for its bytes and before it could read them")
    void cancelledBeforeReading() throws Exception {
        try (EventLoop loop = start();
                ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            LoopCheck.join(loop.createTask(() -> {
                Connection connection = Streams.openConnection("127.0.0.1", listening.getLocalPort());
                try (connection;
                        Socket peer = listening.accept()) {
                    ByteBuffer buffer = ByteBuffer.allocateDirect(10);
                    Task<?> reading = Async.createTask(() -> connection.reader().read(buffer));
                    Async.sleep(Duration.ofMillis(1));
                    peer.getOutputStream().write('x');
                    do {
                        spin(); // so that the loop looks at its sockets
                        Async.yieldNow(); // and this runs before whoever it wakes
                    } while (loop.statistics().ready() == 0);
                    reading.cancel();
                    assertThatThrownBy(reading::await).isInstanceOf(CancelledException.class);
                    assertThat(buffer.position()).isZero();
                    assertThat(connection.reader().read(buffer)).isEqualTo(1);
                    assertThat(buffer.get(0)).isEqualTo((byte) 'x');
                }
            }));
        }
    }

    private static void spin() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < 1_000_000) {
            Thread.onSpinWait();
        }
    }

    private static List<Task<?>> handlers(EventLoop loop) {
        return loop.tasks().stream()
                .<Task<?>>map(task -> task)
                .filter(task -> task.name().startsWith("client "))
                .toList();
    }

    @Test
    @DisplayName("serves a few of the sockets that are ready, lets their tasks run, then serves the next")
    void someInATurn() throws Exception {
        assertThat(turnsFor80((reader, writer) -> reader.readExactly(1))).isGreaterThanOrEqualTo(10);
    }

    @Test
    @DisplayName("serves more at a time if their tasks read by themselves, but not all")
    void moreInATurn() throws Exception {
        assertThat(turnsFor80((reader, writer) -> reader.read(ByteBuffer.allocate(10))))
                .isBetween(2, 9);
    }

    /** In how many turns of the loop 80 clients are served that send at the same time. */
    private static int turnsFor80(ClientHandler read) throws Exception {
        Set<Long> turns = new HashSet<>();
        try (EventLoop loop = start();
                Server server = LoopCheck.join(loop.createTask(() -> Streams.startServer(
                        (reader, writer) -> {
                            read.handle(reader, writer);
                            turns.add(loop.statistics().turns());
                            writer.write("!");
                        },
                        "127.0.0.1",
                        0)))) {
            List<SocketChannel> clients = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                clients.add(SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port())));
            }
            LoopCheck.awaitTrue("all are served", () -> handlers(loop).size() == 80);
            handlers(loop).forEach(LoopCheck::awaitWaiting);
            LoopCheck.join(loop.createTask(() -> {
                for (SocketChannel client : clients) {
                    client.write(ByteBuffer.wrap(new byte[1])); // the loop, which is here, does not look meanwhile
                }
            }));
            for (SocketChannel client : clients) {
                assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(1);
                client.close();
            }
        }
        return turns.size();
    }

    @Test
    @DisplayName("loses no wake-up: threads give it work while sockets wake it as well")
    void wakeups() throws Exception {
        try (EventLoop loop = start()) {
            Task<?> sockets = loop.createTask(() -> {
                Server server = Streams.startServer(EchoTest::echo, "127.0.0.1", 0);
                try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                    for (; ; ) {
                        ping(connection);
                    }
                }
            });
            List<FutureTask<Void>> threads = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                FutureTask<Void> work = new FutureTask<>(() -> {
                    for (int n = 0; n < 2000; n++) {
                        int number = n;
                        assertThat(LoopCheck.join(loop.createTask(() -> number)))
                                .isEqualTo(number);
                    }
                    return null;
                });
                threads.add(work);
                Thread.ofPlatform().start(work);
            }
            for (FutureTask<Void> thread : threads) {
                thread.get();
            }
            assertThat(sockets.isDone()).isFalse();
        }
    }

    @Test
    @DisplayName("two loops that wake each other all the time go on")
    void twoLoops() throws Exception {
        try (EventLoop one = start();
                EventLoop two = start()) {
            Task<?> there = one.createTask(() -> askOften(two));
            Task<?> back = two.createTask(() -> askOften(one));
            LoopCheck.join(there);
            LoopCheck.join(back);
        }
    }

    private static void askOften(EventLoop other) {
        for (int i = 0; i < 5000; i++) {
            int number = i;
            assertThat(other.createTask(() -> number).await()).isEqualTo(number);
        }
    }

    @Test
    @DisplayName("reads from some and lets their tasks answer before it reads from others, when each brings a lot")
    void portions() throws Exception {
        int count = 20;
        StreamOptions small = StreamOptions.DEFAULT.withLimit(1000);
        try (EventLoop loop = start();
                ServerSocketChannel listening =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            List<Connection> connections = new ArrayList<>();
            List<SocketChannel> peers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                connections.add(LoopCheck.join(loop.createTask(
                        () -> Streams.openConnection((InetSocketAddress) listening.getLocalAddress(), small))));
                peers.add(listening.accept());
            }
            List<Task<Long>> reading = new ArrayList<>();
            for (Connection connection : connections) {
                reading.add(loop.createTask(() -> {
                    assertThat(connection.reader().read(1)).hasSize(1);
                    return loop.statistics().turns();
                }));
            }
            reading.forEach(LoopCheck::awaitWaiting);
            Task<?> held = loop.createTask(() -> {
                for (SocketChannel peer : peers) {
                    ByteBuffer large = ByteBuffer.allocate(64 << 10);
                    while (large.hasRemaining()) {
                        peer.write(large);
                    }
                }
            });
            LoopCheck.join(held);
            Set<Long> turns = new HashSet<>();
            for (Task<Long> each : reading) {
                turns.add(LoopCheck.join(each));
            }
            assertThat(turns).as("turns").hasSizeGreaterThanOrEqualTo(count / 2);
            for (SocketChannel peer : peers) {
                peer.close();
            }
        }
    }

    @Test
    @DisplayName("lets the loop go on when the service of sockets has ended")
    void withoutSockets() throws Exception {
        try (EventLoop loop = start()) {
            LoopCheck.join(loop.createTask(() -> SocketEngine.of(loop).close()));
            LoopCheck.join(loop.createTask(() -> {
                long start = loop.time();
                Async.sleep(Duration.ofMillis(5));
                assertThat(loop.time() - start).isGreaterThanOrEqualTo(5_000_000);
            }));
            for (int i = 0; i < 100; i++) {
                LoopCheck.join(loop.createTask(() -> {}));
            }
        }
    }

    @Test
    @DisplayName("is the default with -Dloomloop.io=selector")
    void byProperty() {
        System.setProperty("loomloop.io", "selector");
        try (EventLoop loop = EventLoop.open()) {
            assertThat(loop.driver()).isInstanceOf(SelectorDriver.class);
        } finally {
            System.clearProperty("loomloop.io");
        }
    }
}
