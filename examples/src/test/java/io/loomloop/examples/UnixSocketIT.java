package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Server;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Subprocess;
import io.loomloop.testing.LoopExtension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Unix domain sockets with nc, socat and Python's asyncio")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class UnixSocketIT {
    private static final byte[] DATA = Traffic.random(16 << 20);
    private static final String HASH = Traffic.sha256(DATA);

    @RegisterExtension
    final LoopExtension loops;

    @TempDir
    Path folder;

    UnixSocketIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(30)).with(driver);
    }

    @BeforeAll
    static void install() throws Exception {
        Debian.needs("socat", "socat");
        Debian.needs("nc", "netcat-openbsd");
        Debian.needs("python3", "python3");
    }

    private Path path() {
        return folder.resolve("socket");
    }

    @Test
    @DisplayName("nc sends 16 MiB, ends its output, and gets an answer after that")
    void ncAsClient() throws Exception {
        try (Server server = Streams.startUnixServer(Traffic::answerHash, path())) {
            Subprocess nc = Subprocess.exec("nc", "-N", "-U", path().toString());
            assertThat(Traffic.finish(nc, DATA)).isEqualTo(HASH);
            assertThat(server.isServing()).isTrue();
        }
    }

    @Test
    @DisplayName("socat echoes 16 MiB through our server while it sends them")
    void socatAsClient() throws Exception {
        try (Server server = Streams.startUnixServer(Traffic::echo, path())) {
            Subprocess socat = Subprocess.shell("socat -t 30 - UNIX-CONNECT:" + path() + " | sha256sum");
            assertThat(Traffic.finish(socat, DATA)).startsWith(HASH);
            assertThat(server.isServing()).isTrue();
        }
    }

    @Test
    @DisplayName("socat as a server answers only after our end of output")
    void socatAsServer() throws Exception {
        try (Subprocess socat = Subprocess.exec("socat", "-d", "-d", "UNIX-LISTEN:" + path(), "EXEC:sha256sum")) {
            awaitLine(socat, "listening on ");
            try (Connection connection = Streams.openUnixConnection(path())) {
                connection.writer().write(DATA);
                connection.writer().drain();
                connection.writer().writeEof();
                assertThat(new String(connection.reader().readAll(), UTF_8)).startsWith(HASH);
            }
            assertThat(socat.waitFor()).isZero();
        }
    }

    private static void awaitLine(Subprocess program, String part) throws Exception {
        String line;
        do {
            line = new String(program.stderr().readLine(), UTF_8);
            assertThat(line).as("a line with '%s'", part).isNotEmpty();
        } while (!line.contains(part));
    }

    @Test
    @DisplayName("the file of a socat that was killed is in the way of none of our servers")
    void staleFile() throws Exception {
        try (Subprocess socat = Subprocess.exec("socat", "-d", "-d", "UNIX-LISTEN:" + path(), "EXEC:cat")) {
            awaitLine(socat, "listening on ");
            socat.kill();
            socat.waitFor();
        }
        assertThat(Files.exists(path())).isTrue();
        Server server = Streams.startUnixServer(Traffic::answerHash, path());
        try {
            assertThat(Traffic.finish(Subprocess.exec("nc", "-N", "-U", path().toString()), DATA))
                    .isEqualTo(HASH);
        } finally {
            server.close();
            server.waitClosed();
        }
        assertThat(Files.exists(path())).isFalse();
    }

    @Test
    @DisplayName("a Python server and a Python client, each with 16 MiB and an end of output")
    void python() throws Exception {
        String common = "import asyncio, hashlib, sys\n";
        try (Subprocess python = Subprocess.exec("python3", "-c", common + """
                async def handle(reader, writer):
                    writer.write(hashlib.sha256(await reader.read()).hexdigest().encode())
                    writer.close()
                async def main():
                    server = await asyncio.start_unix_server(handle, sys.argv[1])
                    print('ready', flush=True)
                    await server.serve_forever()
                asyncio.run(main())
                """, path().toString())) {
            assertThat(new String(python.stdout().readLine(), UTF_8)).isEqualTo("ready\n");
            try (Connection connection = Streams.openUnixConnection(path())) {
                connection.writer().write(DATA);
                connection.writer().writeEof();
                assertThat(new String(connection.reader().readAll(), UTF_8)).isEqualTo(HASH);
            }
            python.kill();
            python.waitFor(); // until then it listens
        }
        try (Server server = Streams.startUnixServer(Traffic::answerHash, path())) { // what Python has left behind
            Subprocess python = Subprocess.exec("python3", "-c", common + """
                    async def main():
                        reader, writer = await asyncio.open_unix_connection(sys.argv[1])
                        writer.write(sys.stdin.buffer.read())
                        writer.write_eof()
                        print((await reader.read()).decode(), end='')
                        writer.close()
                    asyncio.run(main())
                    """, path().toString());
            assertThat(Traffic.finish(python, DATA)).isEqualTo(HASH);
            assertThat(server.isServing()).isTrue();
        }
    }
}
