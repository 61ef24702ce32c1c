package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.nio.Subprocess;
import io.loomloop.nio.SubprocessOptions;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("1 GiB through a server with a heap of 64 MiB, with curl")
@ParameterizedClass
@ValueSource(strings = {"selector-thread", "selector"})
class BigFileIT {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 1024;

    @RegisterExtension
    final LoopExtension loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(100));

    @TempDir
    static Path root;

    private static Path file;
    private static String hash;

    private final String driver;
    private Subprocess server;
    private String address;

    BigFileIT(String driver) {
        this.driver = driver;
    }

    @BeforeAll
    static void makeFile() throws Exception {
        Debian.needs("curl", "curl");
        file = root.resolve("big");
        MessageDigest digest = Traffic.sha256();
        byte[] piece = Traffic.random(MIB);
        try (OutputStream output = Files.newOutputStream(file)) {
            for (int i = 0; i < SIZE; i++) {
                ByteBuffer.wrap(piece).putInt(i); // no two pieces are the same
                digest.update(piece);
                output.write(piece);
            }
        }
        hash = Traffic.hex(digest);
    }

    @BeforeEach
    void serve() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        server = Subprocess.exec(
                SubprocessOptions.DEFAULT.withStderr(Redirect.INHERIT),
                List.of(
                        java,
                        "-Xmx64m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-Dloomloop.io=" + driver,
                        "-jar",
                        "target/demo.jar",
                        "serve",
                        "--port",
                        "0",
                        "--root",
                        root.toString()));
        String line = new String(server.stdout().readLine(), UTF_8);
        address = line.substring(line.indexOf("http://")).strip();
    }

    @AfterEach
    void stop() throws IOException {
        assertThat(server.isAlive()).as("the server has had memory enough").isTrue();
        long peak = Files.readAllLines(Path.of("/proc/" + server.pid() + "/status")).stream()
                .filter(line -> line.startsWith("VmHWM:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
        System.out.printf("%s: %d KiB resident at the most%n", driver, peak);
        assertThat(peak).as("resident, in KiB, half of it the JVM itself").isLessThan(256 << 10);
        server.close();
        server.waitFor();
    }

    @Test
    @DisplayName("download")
    void download() throws IOException {
        Subprocess curl = Subprocess.shell("curl -sSf " + address + "/big | sha256sum");
        assertThat(Traffic.finish(curl, new byte[0])).startsWith(hash);
    }

    @Test
    @DisplayName("download by a client that is slow: what it does not take stays in the file")
    void slowDownload() throws IOException {
        Subprocess curl = Subprocess.shell("curl -sSf --limit-rate 20M --max-time 2 -o /dev/null " + address + "/big");
        assertThat(curl.communicate().returnCode()).as("given up in the middle").isEqualTo(28);
        Subprocess other = Subprocess.exec("curl", "-sSf", address);
        assertThat(Traffic.finish(other, new byte[0])).isEqualTo("OK\n");
    }

    @Test
    @DisplayName("upload of a known length")
    void upload() throws IOException {
        Subprocess curl = Subprocess.exec("curl", "-sSf", "-T", file.toString(), address + "/upload");
        assertThat(Traffic.finish(curl, new byte[0])).isEqualTo(hash);
    }

    @Test
    @DisplayName("upload in chunks")
    void chunkedUpload() throws IOException {
        Subprocess curl = Subprocess.shell("cat " + file + " | curl -sSf -T - " + address + "/upload");
        assertThat(Traffic.finish(curl, new byte[0])).isEqualTo(hash);
    }
}
