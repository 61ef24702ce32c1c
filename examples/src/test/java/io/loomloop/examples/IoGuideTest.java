package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.LoopGroup;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Datagram;
import io.loomloop.nio.DatagramEndpoint;
import io.loomloop.nio.GroupServer;
import io.loomloop.nio.LoopFiles;
import io.loomloop.nio.Protocol;
import io.loomloop.nio.SelectorDriver;
import io.loomloop.nio.Server;
import io.loomloop.nio.Sockets;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Subprocess;
import io.loomloop.nio.Tls;
import io.loomloop.nio.Transport;
import io.loomloop.nio.Transports;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the guide to input and output, compiled and run; {@link DocsTest} compares the text. */
class IoGuideTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir
    Path folder;

    private static void run(VoidBody<?> body) throws Exception {
        EventLoop.run(() -> Async.timeout(Duration.ofSeconds(20), body));
    }

    private static void shout(StreamReader reader, StreamWriter writer) throws IOException {
        for (byte[] line : reader.lines()) {
            writer.write(new String(line, UTF_8).toUpperCase(Locale.ROOT));
            writer.drain();
        }
    }

    private static String ask(Connection connection, String question) throws IOException {
        connection.writer().write(question + "\n");
        return new String(connection.reader().readLine(), UTF_8).strip();
    }

    @Test
    void streams() throws Exception {
        run(() -> {
            try (Server server = Streams.startServer(IoGuideTest::shout, "127.0.0.1", 0);
                    Connection connection = Streams.openConnection("localhost", server.port())) {
                connection.writer().write("hello\n");
                connection.writer().drain(); // waits while too much is unsent
                byte[] line = connection.reader().readLine();
                assertThat(line).asString(UTF_8).isEqualTo("HELLO\n");
            }
        });
    }

    @Test
    void limits() throws Exception {
        run(() -> {
            StreamOptions careful = StreamOptions.DEFAULT
                    .withMaxConnections(1000) // the others wait in the backlog
                    .withFirstByteTimeout(Duration.ofSeconds(10))
                    .withIdleTimeout(Duration.ofMinutes(1))
                    .withLimit(8 << 10); // the longest line
            Server server = Streams.startServer(IoGuideTest::shout, "127.0.0.1", 0, careful);
            server.shutdown(Duration.ofSeconds(5)); // handlers may finish; then they are cancelled
            assertThat(server.connections()).isZero();
        });
    }

    @Test
    void severalLoops() throws Exception {
        try (LoopGroup group = LoopGroup.start(2);
                GroupServer server = Streams.startServer(group, IoGuideTest::shout, "127.0.0.1", 0)) {
            Task<String> greeting = group.next().createTask(() -> hello(server.port()));
            assertThat(greeting.await()).isEqualTo("HELLO");
            server.shutdown(Duration.ofSeconds(5)); // on all loops at the same time
            assertThat(server.connections()).isZero(); // of all loops
        }
    }

    private static String hello(int port) throws IOException {
        try (Connection connection = Streams.openConnection("127.0.0.1", port)) {
            return ask(connection, "hello");
        }
    }

    @Test
    void tls() throws Exception {
        SSLContext serverContext = context();
        SSLContext clientContext = serverContext;
        run(() -> {
            StreamOptions secured = StreamOptions.DEFAULT.withTls(Tls.server(serverContext));
            StreamOptions trusting = StreamOptions.DEFAULT.withTls(Tls.client(clientContext));
            try (Server server = Streams.startServer(IoGuideTest::shout, "localhost", 0, secured);
                    Connection connection = Streams.openConnection("localhost", server.port(), trusting)) {
                assertThat(ask(connection, "secret")).isEqualTo("SECRET");
                assertThatThrownBy(() -> Streams.openConnection("127.0.0.1", server.port(), trusting))
                        .isInstanceOf(SSLException.class); // the certificate is for "localhost"
            }
        });
    }

    /** A key for "localhost", which is trusted as well. */
    private SSLContext context() throws Exception {
        Path store = folder.resolve("localhost.p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        String arguments =
                "-genkeypair -keyalg EC -alias x -dname CN=localhost -ext san=dns:localhost -storepass secret";
        List<String> command = new ArrayList<>(List.of(keytool));
        command.addAll(List.of(arguments.split(" ", -1)));
        command.addAll(List.of("-keystore", store.toString()));
        assertThat(new ProcessBuilder(command).start().waitFor()).isZero();
        KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("x", keys.getCertificate("x"));
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keyManagers.init(keys, PASSWORD);
        TrustManagerFactory trustManagers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trustManagers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), trustManagers.getTrustManagers(), null);
        return context;
    }

    @Test
    void unix() throws Exception {
        Path path = folder.resolve("shout.sock");
        run(() -> {
            try (Server server = Streams.startUnixServer(IoGuideTest::shout, path);
                    Connection connection = Streams.openUnixConnection(path)) {
                assertThat(ask(connection, "beside you")).isEqualTo("BESIDE YOU");
                assertThat(server.isServing()).isTrue();
            }
        });
    }

    @Test
    void datagrams() throws Exception {
        run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                client.send("ping");
                Datagram ping = server.receive();
                server.send("pong", ping.sender());
                assertThat(client.receive().text()).isEqualTo("pong");
            }
        });
    }

    @Test
    void programs() throws Exception {
        run(() -> {
            try (Subprocess sort = Subprocess.exec("sort")) {
                Subprocess.Output output = sort.communicate("b\na\n".getBytes(UTF_8));
                assertThat(output.stdout()).asString(UTF_8).isEqualTo("a\nb\n");
            }
        });
    }

    @Test
    void files() throws Exception {
        Path path = folder.resolve("notes.txt");
        run(() -> {
            LoopFiles.writeString(path, "one\ntwo\n"); // on a worker; the loop goes on
            assertThat(LoopFiles.readAllLines(path)).containsExactly("one", "two");
        });
    }

    @Test
    void protocols() throws Exception {
        run(() -> {
            LoopFuture<String> answer = EventLoop.current().createFuture();
            Protocol asking = new Protocol() {
                @Override
                public void connectionMade(Transport transport) {
                    transport.write("hello\n");
                }

                @Override
                public void dataReceived(byte[] data) {
                    answer.setResult(new String(data, UTF_8));
                }
            };
            try (Server server = Streams.startServer(IoGuideTest::shout, "127.0.0.1", 0)) {
                Transport transport = Transports.connect(asking, "127.0.0.1", server.port());
                assertThat(answer.await()).isEqualTo("HELLO\n");
                transport.close();
            }
        });
    }

    @Test
    void channels() throws Exception {
        run(() -> {
            try (Server server = Streams.startServer(IoGuideTest::shout, "127.0.0.1", 0);
                    SocketChannel channel = SocketChannel.open()) {
                channel.configureBlocking(false);
                Sockets.connect(channel, server.addresses().get(0));
                Sockets.sendAll(channel, "raw\n".getBytes(UTF_8));
                ByteBuffer buffer = ByteBuffer.allocate(100);
                Sockets.receive(channel, buffer); // waits until something is there
                assertThat(UTF_8.decode(buffer.flip()).toString()).isEqualTo("RAW\n");
            }
        });
    }

    @Test
    void drivers() throws Exception {
        try (EventLoop loop = EventLoop.builder().driver(new SelectorDriver()).start()) {
            assertThat(loop.createTask(() -> "polls its own sockets").get()).isNotEmpty();
        }
    }
}
