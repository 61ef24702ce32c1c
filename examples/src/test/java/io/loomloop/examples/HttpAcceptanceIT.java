package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The runnable jar against programs that nobody here wrote. */
@Timeout(120)
class HttpAcceptanceIT {
    private static final int IDLE_EACH = 5000;

    @TempDir
    Path root;

    @TempDir
    Path logs;

    private final List<Process> started = new ArrayList<>();
    private String address;

    @BeforeAll
    static void install() throws IOException, InterruptedException {
        Debian.needs("curl", "curl");
        Debian.needs("wrk", "wrk");
    }

    @BeforeEach
    void serve() throws IOException, InterruptedException {
        Path output = logs.resolve("server");
        start(output, "-jar", "target/demo.jar", "serve", "--port", "0", "--root", root.toString());
        String line = awaitLine(output, "serving ");
        address = line.substring(line.indexOf("http://"));
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process process : started) {
            process.destroy();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Starts a program that prints to a file: nobody reads on, and a pipe that is full would stop it. */
    private void start(Path output, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(arguments));
        started.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start());
    }

    private static String awaitLine(Path output, String start) throws IOException, InterruptedException {
        for (int i = 0; i < 1200; i++) {
            String printed = Files.readString(output);
            for (String line :
                    printed.substring(0, printed.lastIndexOf('\n') + 1).split("\n", -1)) {
                if (line.startsWith(start)) {
                    return line;
                }
            }
            Thread.sleep(50); // reason: another process writes the file, and nothing tells when
        }
        throw new AssertionError("no line '" + start + "' in a minute, but: " + Files.readString(output));
    }

    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return printed;
    }

    private Path randomFile(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return Files.write(root.resolve(name), bytes);
    }

    @Test
    void curlGetsAFileByteForByte(@TempDir Path target) throws Exception {
        for (int size : new int[] {0, 1, 65_536, 5_000_011}) {
            Path file = randomFile("file-" + size, size);
            Path copy = target.resolve("copy-" + size);
            run("curl", "-sSf", "-o", copy.toString(), address + "/file-" + size);
            assertThat(Files.mismatch(file, copy)).as("%d bytes", size).isEqualTo(-1);
        }
    }

    @Test
    void curlGetsA404() throws Exception {
        assertThat(run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", address + "/none"))
                .isEqualTo("404");
    }

    @Test
    void curlGetsItsChunkedPostBack(@TempDir Path target) throws Exception {
        Path file = randomFile("upload", 3_000_017);
        Path copy = target.resolve("echo");
        run(
                "curl",
                "-sSf",
                "-H",
                "Transfer-Encoding: chunked",
                "--data-binary",
                "@" + file,
                "-o",
                copy.toString(),
                address + "/echo");
        assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
    }

    @Test
    void curlIsToldThatAMegabyteOfHeaderIsTooMuch() throws Exception {
        Path headers = Files.writeString(logs.resolve("headers"), ("A: " + "x".repeat(99_000) + "\n").repeat(10));
        assertThat(run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "@" + headers, address))
                .isEqualTo("431");
    }

    @Test
    void wrkReportsNoSocketErrors() throws Exception {
        Files.writeString(root.resolve("small"), "hello");
        String report = run("wrk", "-t1", "-c64", "-d5", "--latency", address + "/delay?ms=0");
        System.out.println(report);
        assertThat(report)
                .doesNotContain("Socket errors")
                .doesNotContain("Non-2xx")
                .contains("Requests/sec");
    }

    @Test
    void curlIsAnsweredAtOnceBesideTenThousandIdleConnections() throws Exception {
        String port = address.substring(address.lastIndexOf(':') + 1);
        for (int i = 0; i < 2; i++) {
            Path output = logs.resolve("idle-" + i);
            start(
                    output,
                    "--add-opens=java.base/java.lang=ALL-UNNAMED",
                    "-cp",
                    "target/demo.jar",
                    "io.loomloop.examples.Idle",
                    port,
                    String.valueOf(IDLE_EACH));
            awaitLine(output, "holding " + IDLE_EACH + " connections");
        }
        for (int i = 0; i < 10; i++) { // what accepting has left to the JIT and the collector gets done
            run("curl", "-sS", address + "/delay?ms=0");
        }
        for (int i = 0; i < 5; i++) {
            String seconds = run("curl", "-sSf", "-o", "/dev/null", "-w", "%{time_total}", address + "/delay?ms=0");
            System.out.println("beside " + 2 * IDLE_EACH + " idle connections curl took " + seconds + " s");
            assertThat(Double.parseDouble(seconds))
                    .isLessThan(Duration.ofMillis(50).toNanos() / 1e9);
        }
    }
}
