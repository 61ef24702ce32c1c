package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Datagram;
import io.loomloop.nio.DatagramEndpoint;
import io.loomloop.nio.Server;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Subprocess;
import io.loomloop.testing.LoopExtension;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("nc and socat")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class SocatIT {
    private static final String HOST = "127.0.0.1";
    private static final byte[] DATA = Traffic.random(16 << 20);
    private static final String HASH = Traffic.sha256(DATA);

    @RegisterExtension
    final LoopExtension loops;

    SocatIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(30)).with(driver);
    }

    @BeforeAll
    static void install() throws Exception {
        Debian.needs("socat", "socat");
        Debian.needs("nc", "netcat-openbsd");
    }

    @Test
    @DisplayName("TCP: nc sends 16 MiB, ends its output, and gets an answer after that")
    void ncAsClient() throws Exception {
        try (Server server = Streams.startServer(Traffic::answerHash, HOST, 0)) {
            Subprocess nc = Subprocess.exec("nc", "-N", HOST, String.valueOf(server.port()));
            assertThat(Traffic.finish(nc, DATA)).isEqualTo(HASH);
        }
    }

    @Test
    @DisplayName("TCP: nc gets 16 MiB, which end with the connection")
    void ncReceives() throws Exception {
        try (Server server = Streams.startServer((reader, writer) -> writer.write(DATA), HOST, 0)) {
            Subprocess nc = Subprocess.shell("nc -d " + HOST + " " + server.port() + " | sha256sum");
            assertThat(Traffic.finish(nc, new byte[0])).startsWith(HASH);
        }
    }

    @Test
    @DisplayName("TCP: nc as a server gets and sends, and both sides end their output alone")
    void ncAsServer() throws Exception {
        try (Subprocess nc = Subprocess.exec("nc", "-v", "-N", "-l", HOST, "0");
                Connection connection = Streams.openConnection(HOST, Traffic.port(nc.stderr(), "Listening on \\S+ "))) {
            nc.stdin().write(DATA);
            nc.stdin().writeEof();
            assertThat(Traffic.sha256(connection.reader().readAll())).isEqualTo(HASH);
            connection.writer().write("ours, after its end");
            connection.writer().writeEof();
            assertThat(nc.stdout().readAll()).isEqualTo("ours, after its end".getBytes(UTF_8));
            assertThat(nc.waitFor()).isZero();
        }
    }

    @Test
    @DisplayName("TCP: socat echoes 16 MiB through our server while it sends them")
    void socatAsClient() throws Exception {
        try (Server server = Streams.startServer(Traffic::echo, HOST, 0)) {
            Subprocess socat = Subprocess.shell("socat -t 30 - TCP:" + HOST + ":" + server.port() + " | sha256sum");
            assertThat(Traffic.finish(socat, DATA)).startsWith(HASH);
        }
    }

    @Test
    @DisplayName("TCP: socat as a server answers only after our end of output")
    void socatAsServer() throws Exception {
        try (Subprocess socat = socat("TCP-LISTEN:0,bind=" + HOST, "EXEC:sha256sum");
                Connection connection = Streams.openConnection(HOST, socatPort(socat))) {
            connection.writer().write(DATA);
            connection.writer().drain();
            connection.writer().writeEof();
            assertThat(new String(connection.reader().readAll(), UTF_8)).startsWith(HASH);
            assertThat(socat.waitFor()).isZero();
        }
    }

    @Test
    @DisplayName("TCP: fifty connections to a socat that serves each with a process")
    void socatForks() throws Exception {
        try (Subprocess socat = socat("TCP-LISTEN:0,fork,backlog=64,bind=" + HOST, "EXEC:cat")) {
            int port = socatPort(socat);
            byte[] sent = Traffic.random(100_000);
            Async.taskGroup(group -> {
                for (int i = 0; i < 50; i++) {
                    Task<?> unused = group.createTask(() -> {
                        try (Connection connection = Streams.openConnection(HOST, port)) {
                            connection.writer().write(sent);
                            connection.writer().writeEof();
                            assertThat(connection.reader().readAll()).isEqualTo(sent);
                        }
                    });
                }
            });
        }
    }

    @Test
    @DisplayName("UDP: nc and we send each other datagrams")
    void ncDatagrams() throws Exception {
        try (DatagramEndpoint endpoint = DatagramEndpoint.bind(HOST, 0);
                Subprocess nc = Subprocess.exec("nc", "-u", HOST, String.valueOf(endpoint.port()))) {
            for (int i = 0; i < 50; i++) {
                String text = "datagram " + i + "\n";
                nc.stdin().write(text);
                Datagram received = endpoint.receive();
                assertThat(received.text()).isEqualTo(text);
                endpoint.send("answer to " + text, received.sender());
                assertThat(new String(nc.stdout().readLine(), UTF_8)).isEqualTo("answer to " + text);
            }
        }
    }

    @Test
    @DisplayName("UDP: a connected endpoint and a socat that echoes, datagrams up to the largest")
    void socatDatagrams() throws Exception {
        try (Subprocess socat = socat("-b", "65536", "UDP-LISTEN:0,bind=" + HOST, "PIPE");
                DatagramEndpoint endpoint = DatagramEndpoint.connect(HOST, socatPort(socat))) {
            for (int size : new int[] {1, 100, 1472, 9000, 65_507}) {
                byte[] sent = Traffic.random(size);
                endpoint.send(sent);
                assertThat(endpoint.receive().data()).as("%d bytes", size).isEqualTo(sent);
            }
        }
    }

    @Test
    @DisplayName("UDP: socat as a client of ours")
    void socatSendsDatagrams() throws Exception {
        try (DatagramEndpoint endpoint = DatagramEndpoint.bind(HOST, 0);
                Subprocess socat = Subprocess.exec("socat", "-", "UDP:" + HOST + ":" + endpoint.port())) {
            socat.stdin().write("there and back\n");
            Datagram received = endpoint.receive();
            endpoint.send(received.data(), received.sender());
            assertThat(new String(socat.stdout().readLine(), UTF_8)).isEqualTo("there and back\n");
            socat.stdin().writeEof();
            assertThat(socat.waitFor()).isZero();
        }
    }

    private static Subprocess socat(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 3];
        command[0] = "socat";
        command[1] = "-d";
        command[2] = "-d";
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        return Subprocess.exec(command);
    }

    private static int socatPort(Subprocess socat) throws Exception {
        return Traffic.port(socat.stderr(), ".* listening on (?:UDP )?AF=2 \\S+:");
    }
}
