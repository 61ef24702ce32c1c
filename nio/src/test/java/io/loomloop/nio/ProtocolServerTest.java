package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.LoopFuture;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Servers of protocols")
class ProtocolServerTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static final class Echo extends Recorder {
        @Override
        public void dataReceived(byte[] data) {
            transport.write(data);
        }

        @Override
        public void pauseWriting() {
            transport.pauseReading();
        }

        @Override
        public void resumeWriting() {
            transport.resumeReading();
        }
    }

    @Test
    @DisplayName("each client gets a protocol of its own; both ends as protocols, with flow control, lose no byte")
    void echo() throws Exception {
        int clients = 20;
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        List<Echo> served = new CopyOnWriteArrayList<>();
        Server server = check.call(() -> Transports.startServer(
                () -> {
                    Echo echo = new Echo();
                    served.add(echo);
                    return echo;
                },
                "127.0.0.1",
                0));
        check.run(() -> {
            List<LoopFuture<byte[]>> answers = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                LoopFuture<byte[]> answer = check.loop().createFuture();
                answers.add(answer);
                Protocol client = new Protocol() {
                    private final java.io.ByteArrayOutputStream received = new java.io.ByteArrayOutputStream();

                    @Override
                    public void connectionMade(Transport transport) {
                        transport.write(sent);
                        transport.writeEof();
                    }

                    @Override
                    public void dataReceived(byte[] data) {
                        received.writeBytes(data);
                    }

                    @Override
                    public void connectionLost(@Nullable Throwable cause) {
                        answer.setResult(received.toByteArray());
                    }
                };
                Transports.connect(client, "127.0.0.1", server.port());
            }
            for (LoopFuture<byte[]> answer : answers) {
                assertThat(Arrays.equals(answer.await(), sent)).isTrue();
            }
            server.close();
            server.waitClosed();
        });
        assertThat(served).hasSize(clients).allSatisfy(echo -> {
            assertThat(echo.events).containsExactly("made", "eof", "lost");
            assertThat(echo.cause).isNull();
        });
    }

    @Test
    @DisplayName("closing a server's clients calls connectionLost, aborting them too")
    void closeClients() throws Exception {
        for (boolean abort : new boolean[] {false, true}) {
            Recorder protocol = new Recorder();
            Server server = check.call(() -> Transports.startServer(() -> protocol, "127.0.0.1", 0));
            try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                client.getOutputStream().write("x".getBytes(UTF_8));
                protocol.await("data:x");
                server.close();
                if (abort) {
                    server.abortClients();
                } else {
                    server.closeClients();
                }
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
            check.run(server::waitClosed);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "data:x", "lost");
            assertThat(protocol.cause).isNull();
        }
    }

    /** Opens a server in some way, connects in the same way, and waits until the client got its line back. */
    private void talk(Body<Server, Exception> starting, Connector connecting) throws Exception {
        Recorder client = new Recorder() {
            @Override
            public void connectionMade(Transport made) throws Exception {
                super.connectionMade(made);
                made.write("hello");
            }
        };
        check.run(() -> {
            Server server = starting.call();
            assertThat(connecting.connect(client, server)).isSameAs(client.transport);
            while (!client.events.contains("data:hello")) {
                Async.yieldNow();
            }
            client.transport.close();
            client.transport.waitClosed();
            server.close();
            server.waitClosed();
        });
        assertThat(client.events).containsExactly("made", "data:hello", "lost");
    }

    private interface Connector {
        Transport connect(Protocol protocol, Server server) throws Exception;
    }

    private static InetSocketAddress addressOf(Server server) {
        return (InetSocketAddress) server.addresses().get(0);
    }

    @Test
    @DisplayName("servers and connections at names, addresses and paths, with and without options")
    void shorthands(@TempDir Path folder) throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withLimit(1 << 10);
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Path path = folder.resolve("s");
        talk(
                () -> Transports.startServer(Echo::new, "127.0.0.1", 0),
                (client, server) -> Transports.connect(client, "127.0.0.1", server.port()));
        talk(
                () -> Transports.startServer(Echo::new, "127.0.0.1", 0, options),
                (client, server) -> Transports.connect(client, "127.0.0.1", server.port(), options));
        talk(
                () -> Transports.startServer(Echo::new, any),
                (client, server) -> Transports.connect(client, addressOf(server)));
        talk(
                () -> Transports.startServer(Echo::new, any, options),
                (client, server) -> Transports.connect(client, addressOf(server), options));
        talk(
                () -> Transports.startUnixServer(Echo::new, path),
                (client, server) -> Transports.connectUnix(client, path));
        talk(
                () -> Transports.startUnixServer(Echo::new, path, options),
                (client, server) -> Transports.connectUnix(client, path, options));
        talk(
                () -> Streams.startServer(EchoTest::echo, any),
                (client, server) -> Transports.start(Streams.openConnection(addressOf(server)), client));
    }

    @Test
    @DisplayName("null is refused by name, before anything is opened")
    void nulls(@TempDir Path folder) throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Path path = folder.resolve("s");
        StreamOptions options = StreamOptions.DEFAULT;
        check.run(() -> {
            refuses("protocol", () -> Transports.connect(null, "127.0.0.1", 1));
            refuses("protocol", () -> Transports.connect(null, any));
            refuses("protocol", () -> Transports.connectUnix(null, path));
            refuses("connection", () -> Transports.start((Connection) null, new Recorder()));
            refuses("endpoint", () -> Transports.start((DatagramEndpoint) null, new DatagramProtocol() {}));
            refuses("host", () -> Transports.connect(new Recorder(), (String) null, 1));
            refuses("address", () -> Transports.connect(new Recorder(), (InetSocketAddress) null, options));
            refuses("path", () -> Transports.connectUnix(new Recorder(), null, options));
            refuses("options", () -> Transports.connectUnix(new Recorder(), path, null));
            refuses("protocols", () -> Transports.startServer(null, any));
            refuses("protocols", () -> Transports.startUnixServer(null, path));
            refuses("address", () -> Transports.startServer(Recorder::new, null, options));
            refuses("path", () -> Transports.startUnixServer(Recorder::new, null));
            refuses("options", () -> Transports.startUnixServer(Recorder::new, path, null));
            refuses("handler", () -> Streams.startServer(null, any));
            refuses("address", () -> Streams.startServer(EchoTest::echo, (InetSocketAddress) null));
            refuses("address", () -> DatagramEndpoint.bind((InetSocketAddress) null));
            refuses("address", () -> DatagramEndpoint.connect((InetSocketAddress) null));
        });
        assertThat(path).doesNotExist();
    }

    private static void refuses(String name, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
    }

    @Test
    @DisplayName(
            "connectionMade that fails is reported by its name, the connection is closed, and nothing is left open")
    void connectionMadeFails(@TempDir Path folder) throws Exception {
        Path path = folder.resolve("s");
        IllegalStateException failure = new IllegalStateException("not today");
        List<Recorder> made = new CopyOnWriteArrayList<>();
        Supplier<Recorder> failing = () -> {
            Recorder protocol = new Recorder() {
                @Override
                public void connectionMade(Transport transport) throws Exception {
                    super.connectionMade(transport);
                    throw failure;
                }
            };
            made.add(protocol);
            return protocol;
        };
        Server server = check.call(() -> Transports.startUnixServer(failing, path));
        check.run(() -> Transports.connectUnix(new Recorder(), path).waitClosed());
        long before = Descriptors.open();
        for (int i = 0; i < 10; i++) {
            check.run(() -> {
                Transport transport = Transports.connectUnix(failing.get(), path);
                assertThat(transport.isClosing()).isTrue();
                transport.waitClosed();
            });
        }
        LoopCheck.awaitTrue(
                "all servers' ends",
                () -> server.connections() == 0 && check.errors().size() == 21);
        Descriptors.awaitAtMost(before);
        assertThat(made).hasSize(21).allSatisfy(protocol -> {
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "lost");
            assertThat(protocol.cause).isSameAs(failure);
        });
        assertThat(check.errors()).allSatisfy(error -> {
            assertThat(error.exception()).isSameAs(failure);
            assertThat(error.message()).startsWith("connectionMade failed, ").endsWith(" is aborted");
        });
        check.errors().clear();
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }

    @Test
    @DisplayName("a supplier that gives null is reported, and the client is closed")
    void supplierGivesNull() throws Exception {
        Server server = check.call(() -> Transports.startServer(() -> null, "127.0.0.1", 0));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(check.takeError().exception())
                .isInstanceOf(NullPointerException.class)
                .hasMessage("the supplier of protocols has given null");
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }

    @Test
    @DisplayName("a supplier that fails is reported, and the client is closed")
    void supplierFails() throws Exception {
        IllegalStateException failure = new IllegalStateException("no more protocols");
        Server server = check.call(() -> Transports.startServer(
                () -> {
                    throw failure;
                },
                "127.0.0.1",
                0,
                StreamOptions.DEFAULT));
        try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
        assertThat(check.takeError().exception()).isSameAs(failure);
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }
}
