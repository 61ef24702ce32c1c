package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.LoopFuture;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A server with a limit of connections")
class MaxConnectionsTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server start(ClientHandler handler, int max) throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withMaxConnections(max);
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(5000);
        return socket;
    }

    private static void ping(Socket client) throws IOException {
        client.getOutputStream().write(7);
        assertThat(client.getInputStream().read()).isEqualTo(7);
    }

    private static void leave(Socket client) throws IOException {
        client.close();
    }

    private static void end(Server server) {
        server.shutdown(Duration.ofSeconds(5));
    }

    @Test
    @DisplayName("has others wait in the backlog until one leaves")
    void waitInBacklog() throws Exception {
        Server server = start(EchoTest::echo, 2);
        try (Socket one = connect(server.port());
                Socket two = connect(server.port());
                Socket three = connect(server.port())) {
            three.getOutputStream().write(3);
            for (int i = 0; i < 20; i++) {
                ping(one);
                ping(two);
                assertThat(server.connections()).isEqualTo(2);
            }
            assertThat(three.getInputStream().available()).isZero();
            assertThat(server.isServing()).isTrue();
            leave(one);
            assertThat(three.getInputStream().read()).isEqualTo(3);
            assertThat(server.connections()).isEqualTo(2);
        }
        end(server);
    }

    @Test
    @DisplayName("never has more, and serves all in the end")
    void neverMore() throws Exception {
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        Server server = start(
                (reader, writer) -> {
                    most.accumulateAndGet(now.incrementAndGet(), Math::max);
                    EchoTest.echo(reader, writer);
                    now.decrementAndGet();
                },
                3);
        check.run(() -> {
            List<LoopFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                clients.add(check.loop().createTask(() -> {
                    try (Connection connection = Streams.openConnection("127.0.0.1", server.port())) {
                        connection.writer().write("ping\n");
                        assertThat(connection.reader().readLine()).hasSize(5);
                        assertThat(server.connections()).isLessThanOrEqualTo(3);
                    }
                }));
            }
            for (LoopFuture<Void> client : clients) {
                client.await();
            }
        });
        assertThat(most).hasValueBetween(1, 3);
        end(server);
    }

    @Test
    @DisplayName("counts a client until its handler has ended, even when its connection is gone")
    void handlersCount() throws Exception {
        LoopFuture<Void> finish = check.loop().createFuture();
        AtomicInteger begun = new AtomicInteger();
        Server server = start(
                (reader, writer) -> {
                    if (begun.incrementAndGet() == 1) {
                        finish.await();
                    } else {
                        writer.write("x");
                    }
                },
                1);
        Socket first = connect(server.port());
        LoopCheck.awaitTrue("the first is served", () -> begun.get() == 1);
        first.setSoLinger(true, 0);
        first.close();
        LoopCheck.awaitTrue("its connection is gone", () -> server.connections() == 0);
        try (Socket second = connect(server.port())) {
            check.run(() -> io.loomloop.Async.sleep(Duration.ofMillis(20)));
            assertThat(begun).hasValue(1);
            finish.setResult(null);
            assertThat(second.getInputStream().read()).isEqualTo('x');
        }
        end(server);
    }

    @Test
    @DisplayName("is idle while clients wait")
    void idle() throws Exception {
        Server server = start(EchoTest::echo, 1);
        try (Socket one = connect(server.port());
                Socket two = connect(server.port())) {
            ping(one);
            long before = cpu();
            LockSupport.parkNanos(300_000_000);
            assertThat(cpu() - before).isLessThan(60_000_000);
            leave(one);
            ping(two);
        }
        end(server);
    }

    private long cpu() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        String name = check.loop().name();
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread ->
                        thread.getName().equals(name) || thread.getName().equals(name + "-selector"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.threadId()))
                .sum();
    }

    @Test
    @DisplayName("counts those at all its addresses, and listens at all of them again")
    void severalAddresses() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withMaxConnections(1);
        List<ServerSocketChannel> channels = List.of(bind(), bind());
        Server server =
                check.call(() -> new Server(SocketEngine.of(check.loop()), EchoTest::echo, options).listen(channels));
        List<Integer> ports = server.addresses().stream()
                .map(address -> ((InetSocketAddress) address).getPort())
                .toList();
        for (int round = 0; round < 10; round++) {
            try (Socket here = connect(ports.get(0))) {
                ping(here);
                try (Socket there = connect(ports.get(1))) {
                    there.getOutputStream().write(8);
                    ping(here);
                    leave(here);
                    assertThat(there.getInputStream().read()).isEqualTo(8);
                }
            }
        }
        end(server);
    }

    private static ServerSocketChannel bind() throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        channel.configureBlocking(false);
        return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    @Test
    @DisplayName("refuses those who wait when it closes")
    void closeWhenFull() throws Exception {
        Server server = start(EchoTest::echo, 1);
        try (Socket one = connect(server.port());
                Socket two = connect(server.port())) {
            ping(one);
            server.close();
            LoopCheck.awaitTrue("the other is refused", () -> isEnded(two));
            ping(one);
        }
        end(server);
    }

    private static boolean isEnded(Socket socket) {
        try {
            return socket.getInputStream().read() == -1;
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    @DisplayName("has a limit that makes sense")
    void badLimit() {
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withMaxConnections(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(StreamOptions.DEFAULT.maxConnections()).isEqualTo(Integer.MAX_VALUE);
        assertThat(StreamOptions.DEFAULT.withMaxConnections(4).withLimit(9).maxConnections())
                .isEqualTo(4);
    }
}
