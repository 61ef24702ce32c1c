package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("TLS: what has broken others does not break the loop")
@ExtendWith(WarmTls.class)
class TlsHostileTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private final AtomicInteger handled = new AtomicInteger();

    private Server serve(Tls tls) throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withTls(tls).withBacklog(1000);
        ClientHandler handler = (reader, writer) -> {
            handled.incrementAndGet();
            EchoTest.echo(reader, writer);
        };
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    private static Socket connect(Server server) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.port());
    }

    private void expectNobody(Server server) {
        LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
    }

    @Test
    @DisplayName(
            "Undertow CVE-2023-1108: a greeting that ends after each of its bytes takes few turns, and leaves nothing")
    void cutGreeting() throws Exception {
        byte[] hello = EnginePeer.hello("localhost");
        try (Server server = serve(Tls.server(Certificates.server()).withContexts(name -> null))) {
            Heartbeat.during(check, () -> {
                for (int length = 0; length <= hello.length; length++) {
                    try (Socket socket = connect(server)) {
                        socket.getOutputStream().write(hello, 0, length);
                        socket.setSoLinger(length % 3 == 0, 0);
                    }
                }
                expectNobody(server);
            });
            long turns = check.loop().statistics().turns();
            assertThat(turns).isLessThan(50L * hello.length + 2000); // the heart beats as well
            assertThat(handled).hasValue(0);
        }
    }

    @Test
    @DisplayName(
            "Netty CVE-2023-34462: 100 greetings that promise 16 MB and fall silent hold little, and end at the timeout")
    void hugeAndSilent() throws Exception {
        byte[] begin = new byte[16_389];
        System.arraycopy(new byte[] {22, 3, 3, 0x40, 0, 1, -1, -1, -1, 3, 3}, 0, begin, 0, 11);
        byte[] small = Arrays.copyOf(begin, 1000);
        Tls tls = Tls.server(Certificates.server()).withHandshakeTimeout(Duration.ofSeconds(1));
        try (Server server = serve(tls)) {
            List<Socket> silent = new ArrayList<>();
            long before = Heap.used();
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 100; i++) {
                    Socket socket = connect(server);
                    silent.add(socket);
                    socket.getOutputStream().write(i % 2 == 0 ? begin : small);
                }
            });
            long sent =
                    50L * (begin.length + small.length); // the engine keeps it, and a driver's buffer has grown with it
            Heap.assertGrownByLessThan(100 * (64L << 10) + 4 * sent, before);
            Heartbeat.during(
                    check,
                    () -> { // collections in between would hold the loop up
                        for (Socket socket : silent) {
                            assertEnds(socket);
                        }
                        expectNobody(server);
                    });
            assertThat(handled).hasValue(0);
            check.takeError();
        }
    }

    private static void assertEnds(Socket socket) throws IOException {
        socket.setSoTimeout(10_000);
        try (socket) {
            socket.getInputStream().readAllBytes();
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("it was not ended", e);
        } catch (IOException e) {
            // A reset will do.
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a stream that is cut off behind any record, or in one, is a failure; with close_notify it is an end")
    void truncation(String version) throws Exception {
        Heartbeat.during(check, () -> cutOffAnywhere(version));
    }

    private void cutOffAnywhere(String version) throws Exception {
        for (int records = 0; records < 4; records++) {
            for (int rest : new int[] {0, 1, 5, 20, -1}) {
                int expected = records * 100;
                boolean regular = rest == -1;
                CompletableFuture<Throwable> thrown = new CompletableFuture<>();
                try (Server server = check.call(() -> Streams.startServer(
                                (reader, writer) -> {
                                    assertThat(reader.readExactly(expected)).hasSize(expected);
                                    try {
                                        thrown.complete(reader.readAll().length == 0 ? null : new AssertionError());
                                    } catch (IOException e) {
                                        thrown.complete(e);
                                    }
                                },
                                "127.0.0.1",
                                0,
                                TlsTest.SERVER));
                        EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), version).shakeHands()) {
                    for (int i = 0; i < records; i++) {
                        peer.send(peer.record(new byte[100]));
                    }
                    peer.send(regular ? peer.closeNotify() : Arrays.copyOf(peer.record(new byte[100]), rest));
                    peer.socket.shutdownOutput();
                    if (regular) {
                        assertThat(thrown.get()).isNull();
                    } else {
                        assertThat(thrown.get()).isInstanceOf(SSLException.class);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("handshakes that are cancelled at any moment leave no descriptor, no timer, no connection")
    void cancelledAnywhere() throws Exception {
        Random random = new Random(4);
        try (Server server = serve(Tls.server(Certificates.server()))) {
            check.run(() -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT)
                    .close());
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            long descriptors = Descriptors.open();
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 100; i++) {
                    int turns = random.nextInt(60);
                    check.run(() -> {
                        Task<Connection> opening = Async.createTask(
                                () -> Streams.openConnection("localhost", server.port(), TlsTest.CLIENT));
                        for (int turn = 0; turn < turns && !opening.isDone(); turn++) {
                            Async.sleep(Duration.ofNanos(100_000));
                        }
                        opening.cancel();
                        try {
                            opening.await().close();
                        } catch (CancelledException e) {
                            // in time
                        }
                    });
                }
                expectNobody(server);
            });
            Descriptors.awaitAtMost(descriptors);
            check.errors().clear(); // a server may see a client go in the middle
        }
    }

    @Test
    @DisplayName("clients that vanish while keys are being made for them cost nothing")
    void vanishing() throws Exception {
        byte[] hello = EnginePeer.hello("localhost");
        try (Server server = serve(Tls.server(Certificates.server()))) {
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 200; i++) {
                    try (Socket socket = connect(server)) {
                        socket.getOutputStream().write(hello);
                        socket.setSoLinger(i % 2 == 0, 0);
                    }
                }
                expectNobody(server);
            });
            assertThat(handled).hasValue(0);
        }
    }

    @Test
    @DisplayName("CVE-2023-40217: plaintext, then the end at once: nobody is handed it")
    void plaintext() throws Exception {
        try (Server server = serve(Tls.server(Certificates.server()))) {
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 50; i++) {
                    try (Socket socket = connect(server)) {
                        socket.getOutputStream()
                                .write("GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
                        socket.setSoLinger(i % 2 == 0, 0);
                    }
                }
                check.run(
                        () -> server.shutdown(Duration.ofSeconds(10))); // handlers report when the connection has gone
            });
            assertThat(handled).hasValue(0);
            check.errors().clear(); // at most one, which of them is up to the resets
        }
    }

    @Test
    @DisplayName("a client of ours is cut off at every byte of a server's answer")
    void cutAnswer() throws Exception {
        byte[] answer = {22, 3, 3, 0, 50, 2, 0, 0, 46, 3, 3};
        try (ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Heartbeat.during(check, () -> {
                for (int length = 0; length <= answer.length; length++) {
                    Task<Connection> opening = check.loop()
                            .createTask(() ->
                                    Streams.openConnection("127.0.0.1", listening.getLocalPort(), TlsTest.CLIENT));
                    try (Socket socket = listening.accept()) {
                        assertThat(socket.getInputStream().readNBytes(50)).hasSize(50);
                        socket.getOutputStream().write(answer, 0, length);
                        socket.shutdownOutput();
                        assertThatThrownBy(() -> LoopCheck.join(opening)).isInstanceOf(IOException.class);
                    }
                }
            });
        }
    }
}
