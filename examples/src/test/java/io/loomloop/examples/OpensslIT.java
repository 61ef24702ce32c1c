package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.nio.ClientHandler;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Subprocess;
import io.loomloop.nio.Tls;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("TLS with openssl, socat and curl")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class OpensslIT {
    private static final String HOST = "127.0.0.1";
    private static final byte[] DATA = Traffic.random(8 << 20);
    private static final String HASH = Traffic.sha256(DATA);

    @TempDir
    static Path folder;

    private static Identity server;
    private static Identity client;
    private static SSLContext serving; // these take long, which a loop has not got
    private static SSLContext trusting;
    private static SSLContext known;
    private static Path file;
    private static String fileHash;

    @RegisterExtension
    final LoopExtension loops;

    private final List<ErrorContext> errors = new CopyOnWriteArrayList<>();

    OpensslIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime()
                .stuckAfter(Duration.ofSeconds(30))
                .with(builder -> driver.apply(builder).exceptionHandler((loop, error) -> errors.add(error)));
    }

    @BeforeAll
    static void makeCertificates() throws Exception {
        Debian.needs("openssl", "openssl");
        Debian.needs("socat", "socat");
        Debian.needs("curl", "curl");
        server = Identity.make(folder, "localhost");
        client = Identity.make(folder, "somebody");
        serving = server.context(client);
        trusting = Identity.contextTrusting(server);
        known = client.context(server);
        byte[] content = Traffic.random(64 << 20);
        file = Files.write(folder.resolve("file"), content);
        fileHash = Traffic.sha256(content);
    }

    private static StreamOptions serving() {
        return StreamOptions.DEFAULT.withTls(Tls.server(serving));
    }

    private static StreamOptions trusting(String version) {
        return StreamOptions.DEFAULT.withTls(Tls.client(trusting).withProtocols(version));
    }

    private static String flag(String version) {
        return version.equals("TLSv1.2") ? "-tls1_2" : "-tls1_3";
    }

    /** A client that checks our name; it goes on when its input ends, until we end. */
    private static Subprocess sClient(Server to, String version, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-quiet", flag(version)));
        command.addAll(List.of("-connect", HOST + ":" + to.port(), "-servername", "localhost"));
        command.addAll(List.of("-CAfile", server.certificate().toString(), "-verify_return_error"));
        command.addAll(List.of("-verify_hostname", "localhost"));
        command.addAll(List.of(more));
        return Subprocess.exec(command.toArray(String[]::new));
    }

    /** A server that answers each line with the same one reversed. */
    private static Subprocess sServer(String version, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of("openssl", "s_server", "-rev", flag(version)));
        command.addAll(
                List.of("-accept", HOST + ":0", "-cert", server.certificate().toString()));
        command.addAll(List.of("-key", server.key().toString()));
        command.addAll(List.of(more));
        return Subprocess.exec(command.toArray(String[]::new));
    }

    private static int port(Subprocess sServer) throws IOException {
        return Traffic.port(sServer.stdout(), "ACCEPT \\S+:");
    }

    // ---- s_client

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_client sends 8 MiB, gets the answer, and then our end")
    void sClientGetsAnAnswer(String version) throws Exception {
        ClientHandler handler = (reader, writer) -> {
            byte[] got = reader.readExactly(DATA.length);
            assertThat(writer.sslSession().getProtocol()).isEqualTo(version);
            writer.write(Traffic.sha256(got));
        };
        try (Server running = Streams.startServer(handler, HOST, 0, serving())) {
            assertThat(Traffic.finish(sClient(running, version), DATA)).isEqualTo(HASH);
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_client gets 8 MiB, which end with an end of TLS")
    void sClientReceives(String version) throws Exception {
        ClientHandler handler = (reader, writer) -> writer.write(DATA);
        try (Server running = Streams.startServer(handler, HOST, 0, serving());
                Subprocess openssl = sClient(running, version)) {
            assertThat(Traffic.sha256(openssl.stdout().readAll())).isEqualTo(HASH);
            assertThat(new String(openssl.stderr().readAll(), UTF_8)).doesNotContain("error:");
            assertThat(openssl.waitFor()).isZero();
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("the end of s_client's output is an end")
    void sClientEnds(String version) throws Exception {
        LoopFuture<String> seen = EventLoop.current().createFuture();
        ClientHandler handler = (reader, writer) -> seen.setResult(Traffic.sha256(reader.readAll()));
        try (Server running = Streams.startServer(handler, HOST, 0, serving())) {
            Traffic.finish(sClient(running, version, "-no_ign_eof", "-nocommands"), DATA);
            assertThat(seen.await()).isEqualTo(HASH);
        }
        assertThat(errors).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("the death of s_client is not an end: the stream may have been cut off")
    void sClientDies(String version) throws Exception {
        LoopFuture<byte[]> seen = EventLoop.current().createFuture();
        ClientHandler handler = (reader, writer) -> {
            writer.write(reader.readLine());
            try {
                seen.setResult(reader.readAll());
            } catch (IOException e) {
                seen.setException(e);
            }
        };
        try (Server running = Streams.startServer(handler, HOST, 0, serving());
                Subprocess openssl = sClient(running, version)) {
            openssl.stdin().write("half\n");
            assertThat(openssl.stdout().readLine()).isNotEmpty();
            openssl.kill();
            assertThatThrownBy(seen::await).hasCauseInstanceOf(SSLException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_client shows its certificate, and one without any gets no answer")
    void clientCertificates(String version) throws Exception {
        Tls tls = Tls.server(serving).withClientAuth(Tls.ClientAuth.NEED);
        ClientHandler handler = (reader, writer) -> {
            Certificate first = writer.peerCertificates().get(0);
            writer.write(((X509Certificate) first).getSubjectX500Principal().getName());
        };
        try (Server running = Streams.startServer(handler, HOST, 0, StreamOptions.DEFAULT.withTls(tls))) {
            String certificate = client.certificate().toString();
            Subprocess shown = sClient(
                    running, version, "-cert", certificate, "-key", client.key().toString());
            assertThat(Traffic.finish(shown, new byte[0])).isEqualTo("CN=somebody");
            assertThat(errors).isEmpty();
            try (Subprocess unknown = sClient(running, version)) {
                Subprocess.Output output = unknown.communicate(new byte[0]);
                assertThat(output.stdout()).isEmpty();
                assertThat(output.returnCode()).isNotZero();
            }
        }
        assertThat(errors).hasSize(1);
        assertThat(errors.get(0).exception()).isInstanceOf(SSLException.class);
    }

    @Test
    @DisplayName("s_client and we choose an application protocol")
    void applicationProtocol() throws Exception {
        Tls tls = Tls.server(serving).withApplicationProtocols("h2", "http/1.1");
        ClientHandler handler = (reader, writer) -> writer.write(String.valueOf(writer.applicationProtocol()));
        try (Server running = Streams.startServer(handler, HOST, 0, StreamOptions.DEFAULT.withTls(tls))) {
            Subprocess some = sClient(running, "TLSv1.3", "-alpn", "spdy/1,http/1.1");
            assertThat(Traffic.finish(some, new byte[0])).isEqualTo("http/1.1");
            assertThat(Traffic.finish(sClient(running, "TLSv1.3"), new byte[0])).isEqualTo("null");
        }
    }

    // ---- s_server

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_server answers us line by line, and takes our end")
    void sServerAnswers(String version) throws Exception {
        try (Subprocess openssl = sServer(version, "-naccept", "1");
                Connection connection = Streams.openConnection(HOST, port(openssl), trusting(version))) {
            assertThat(connection.sslSession().getProtocol()).isEqualTo(version);
            for (int i = 0; i < 100; i++) {
                String line = i + " " + "x".repeat(i * 80);
                connection.writer().write(line + "\n");
                assertThat(new String(connection.reader().readLine(), UTF_8))
                        .isEqualTo(new StringBuilder(line).reverse() + "\n");
            }
            connection.writer().close();
            connection.writer().waitClosed();
            assertThat(openssl.waitFor()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_server that is not trusted, or has another name, gets nothing from us")
    void wrongServer(String version) throws Exception {
        try (Subprocess openssl = sServer(version)) {
            int port = port(openssl);
            StreamOptions others = StreamOptions.DEFAULT.withTls(Tls.client(Identity.contextTrusting(client)));
            assertThatThrownBy(() -> Streams.openConnection(HOST, port, others)).isInstanceOf(SSLException.class);
            Tls otherName = Tls.client(trusting).withServerName("elsewhere.example");
            assertThatThrownBy(() -> Streams.openConnection(HOST, port, StreamOptions.DEFAULT.withTls(otherName)))
                    .isInstanceOf(SSLException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("s_server that insists on a certificate takes ours, and refuses us without")
    void ourCertificate(String version) throws Exception {
        String trusted = client.certificate().toString();
        try (Subprocess openssl = sServer(version, "-Verify", "1", "-verify_return_error", "-CAfile", trusted)) {
            int port = port(openssl);
            StreamOptions ours = StreamOptions.DEFAULT.withTls(Tls.client(known).withProtocols(version));
            try (Connection connection = Streams.openConnection(HOST, port, ours)) {
                connection.writer().write("abc\n");
                assertThat(new String(connection.reader().readLine(), UTF_8)).isEqualTo("cba\n");
            }
            assertThatThrownBy(() -> {
                        try (Connection connection = Streams.openConnection(HOST, port, trusting(version))) {
                            connection.writer().write("abc\n");
                            connection.reader().readLine(); // with TLS 1.3 the refusal comes after the handshake
                        }
                    })
                    .isInstanceOf(SSLException.class);
        }
    }

    // ---- half-close: s_client and s_server have none, they end both directions at once

    @Test
    @DisplayName("TLS 1.3: socat answers after the end of our output")
    void halfCloseOfOurs() throws Exception {
        String listen =
                "OPENSSL-LISTEN:0,bind=" + HOST + ",verify=0,cert=" + server.certificate() + ",key=" + server.key();
        try (Subprocess socat = Subprocess.exec("socat", "-d", "-d", "-t", "30", listen, "EXEC:sha256sum");
                Connection connection = Streams.openConnection(
                        HOST, Traffic.port(socat.stderr(), ".* listening on AF=2 \\S+:"), trusting("TLSv1.3"))) {
            connection.writer().write(DATA);
            connection.writer().drain();
            connection.writer().writeEof();
            assertThat(new String(connection.reader().readAll(), UTF_8)).startsWith(HASH);
        }
    }

    @Test
    @DisplayName("TLS 1.3: socat ends its output, and gets an answer after that")
    void halfCloseOfSocat() throws Exception {
        try (Server running = Streams.startServer(Traffic::answerHash, HOST, 0, serving())) {
            String to = "OPENSSL:" + HOST + ":" + running.port() + ",cafile=" + server.certificate();
            Subprocess socat = Subprocess.exec("socat", "-t", "30", "-", to);
            assertThat(Traffic.finish(socat, DATA)).isEqualTo(HASH);
        }
        assertThat(errors).isEmpty();
    }

    // ---- upgrade

    @Test
    @DisplayName("s_client upgrades a conversation that has begun in plain text (STARTTLS)")
    void startTls() throws Exception {
        ClientHandler smtp = (reader, writer) -> {
            writer.write("220 here\r\n");
            assertThat(new String(reader.readLine(), UTF_8)).startsWith("EHLO ");
            writer.write("250-here\r\n250 STARTTLS\r\n");
            assertThat(new String(reader.readLine(), UTF_8)).isEqualTo("STARTTLS\r\n");
            writer.write("220 go on\r\n");
            Connection secured = Streams.upgradeToTls(reader, writer, Tls.server(serving));
            secured.writer().write(Traffic.sha256(secured.reader().readExactly(DATA.length)));
            secured.writer().close();
            secured.writer().waitClosed();
        };
        try (Server running = Streams.startServer(smtp, HOST, 0)) {
            String printed = Traffic.finish(sClient(running, "TLSv1.3", "-starttls", "smtp"), DATA);
            assertThat(printed).endsWith(HASH);
        }
        assertThat(errors).isEmpty();
    }

    // ---- curl

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    @DisplayName("curl downloads and uploads over HTTPS, and does not talk to whom it does not know")
    void curl(String version) throws Exception {
        StreamOptions options = serving().withLimit(HttpRequest.MAX_HEAD);
        try (Server running = Streams.startServer(new HttpServer(folder), HOST, 0, options)) {
            String url = "https://localhost:" + running.port();
            String curl = "curl -4 -sSf --tlsv" + version + " --tls-max " + version + " --cacert "
                    + server.certificate() + " ";
            assertThat(Traffic.finish(Subprocess.shell(curl + url + "/file | sha256sum"), new byte[0]))
                    .startsWith(fileHash);
            assertThat(Traffic.finish(Subprocess.shell(curl + "-T " + file + " " + url + "/up"), new byte[0]))
                    .isEqualTo(fileHash);
            assertThat(Traffic.finish(Subprocess.shell("cat " + file + " | " + curl + "-T - " + url), new byte[0]))
                    .isEqualTo(fileHash);
            assertThat(errors).isEmpty();
            Subprocess.Output stranger =
                    Subprocess.exec("curl", "-4", "-sS", url + "/file").communicate();
            assertThat(stranger.returnCode()).as("no trusted certificate").isEqualTo(60);
        }
    }
}
