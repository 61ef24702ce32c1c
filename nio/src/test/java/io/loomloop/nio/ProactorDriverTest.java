package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.spi.LoopDriver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
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
    @DisplayName("a connection that is closed cancels the timer that its peer's end has set, or is just setting")
    void noTimer() throws Exception {
        try (EventLoop loop = EventLoop.builder().driver(new ProactorDriver()).start()) {
            Duration least = timeToCancel(loop);
            for (int again = 0; again < 4 && least.toMillis() > 500; again++) {
                least = timeToCancel(loop);
            }
            assertThat(least).as("it would fire after a second").isLessThan(Duration.ofMillis(500));
        }
    }

    private static Duration timeToCancel(EventLoop loop) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            StreamWriter writer =
                    LoopCheck.join(loop.createTask(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort())
                            .writer()));
            try (Socket peer = listening.accept()) {
                LoopCheck.join(loop.createTask(() -> writer.write(new byte[16 << 20])));
                peer.shutdownOutput();
                LoopCheck.awaitTrue(
                        "the end is put off", () -> loop.statistics().timers() == 1);
                long start = System.nanoTime();
                LoopCheck.join(loop.createTask(() -> writer.abort()));
                LoopCheck.awaitTrue("there is no timer", () -> loop.statistics().timers() == 0);
                return Duration.ofNanos(System.nanoTime() - start);
            }
        }
    }

    @Test
    @DisplayName("a server at three addresses never has more clients than it may have")
    void neverMore() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withMaxConnections(1);
        CompletableFuture<Server> started = new CompletableFuture<>();
        AtomicInteger most = new AtomicInteger();
        try (EventLoop loop = EventLoop.builder().driver(new ProactorDriver()).start()) {
            Server server = LoopCheck.join(loop.createTask(() -> {
                ClientHandler handler =
                        (reader, writer) -> most.accumulateAndGet(started.join().connections(), Math::max);
                Server three = new Server(SocketEngine.of(loop), handler, options);
                three.bind(List.of(at("127.0.0.1"), at("127.0.0.2"), at("127.0.0.3")), options);
                return three.begin();
            }));
            started.complete(server);
            AtomicInteger served = new AtomicInteger();
            List<Thread> visitors = new ArrayList<>();
            for (SocketAddress address : server.addresses()) {
                visitors.add(Thread.ofVirtual().start(() -> {
                    for (int i = 0; i < 1000; i++) {
                        visit(address);
                        served.incrementAndGet();
                    }
                }));
            }
            for (Thread visitor : visitors) {
                assertThat(visitor.join(Duration.ofSeconds(30))).isTrue();
            }
            assertThat(served).hasValue(3000);
            assertThat(most).hasValue(1);
        }
    }

    private static InetSocketAddress at(String address) {
        return new InetSocketAddress(address, 0);
    }

    private static void visit(SocketAddress address) {
        try (Socket client = new Socket()) {
            client.connect(address);
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
