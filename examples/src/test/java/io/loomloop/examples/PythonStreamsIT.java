package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.nio.ClientHandler;
import io.loomloop.nio.Connection;
import io.loomloop.nio.IncompleteReadException;
import io.loomloop.nio.ProactorDriver;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Streams;
import io.loomloop.nio.Subprocess;
import io.loomloop.nio.SubprocessOptions;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Streams of Python's asyncio")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class PythonStreamsIT {
    private static final String HOST = "127.0.0.1";
    private static final int BIG = 32 << 20;
    private static final byte[] SEPARATOR = "--end--".getBytes(UTF_8);

    /** What the Python programs share. */
    private static final String COMMON = """
            import asyncio, hashlib, os, random, socket, struct, sys
            HOST = '127.0.0.1'
            async def serve(handler):
                server = await asyncio.start_server(handler, HOST, 0)
                print(server.sockets[0].getsockname()[1], flush=True)
                async with server:
                    await server.serve_forever()
            async def echo(reader, writer):
                while data := await reader.read(65536):
                    writer.write(data)
                    await writer.drain()
                writer.close()
            async def talk(port, size, pieces):
                reader, writer = await asyncio.open_connection(HOST, port)
                sent, received = hashlib.sha256(), hashlib.sha256()
                async def send():
                    left = size
                    while left:
                        data = os.urandom(min(left, random.randint(1, pieces)))
                        left -= len(data)
                        sent.update(data)
                        writer.write(data)
                        await writer.drain()
                    writer.write_eof()
                sending = asyncio.create_task(send())
                while data := await reader.read(65536):
                    received.update(data)
                await sending
                writer.close()
                await writer.wait_closed()
                assert sent.digest() == received.digest()
            # records of three kinds, which only the fitting read method takes apart; the hash of all at the end
            async def send_records(writer, count):
                digest = hashlib.sha256()
                for i in range(count):
                    size = int(2 ** random.uniform(0, 15))
                    kind = random.choice(['line', 'exact', 'until'])
                    data = os.urandom(size)
                    if kind == 'line':
                        data = data.replace(b'\\n', b' ') + b'\\n'
                    if kind == 'until':
                        data = data.replace(b'-', b' ') + b'--end--'
                    digest.update(data)
                    writer.write(b'%s %d\\n' % (kind.encode(), len(data)) + data)
                    await writer.drain()
                writer.write(b'hash %s\\n' % digest.hexdigest().encode())
            async def receive_records(reader):
                digest, count = hashlib.sha256(), 0
                while True:
                    kind, argument = (await reader.readline()).split()
                    if kind == b'hash':
                        assert argument.decode() == digest.hexdigest()
                        return count
                    count += 1
                    if kind == b'line':
                        data = await reader.readline()
                    elif kind == b'exact':
                        data = await reader.readexactly(int(argument))
                    else:
                        data = await reader.readuntil(b'--end--')
                    digest.update(data)
            def reset(writer):
                writer.get_extra_info('socket').setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                writer.transport.abort()
            """;

    @RegisterExtension
    final LoopExtension loops;

    PythonStreamsIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(40)).with(driver);
    }

    @BeforeAll
    static void install() throws Exception {
        Debian.needs("python3", "python3");
    }

    private static Subprocess python(String program, Object... arguments) throws IOException {
        String[] command = new String[arguments.length + 3];
        command[0] = "python3";
        command[1] = "-c";
        command[2] = COMMON + program;
        for (int i = 0; i < arguments.length; i++) {
            command[i + 3] = arguments[i].toString();
        }
        return Subprocess.exec(SubprocessOptions.DEFAULT.withStderr(Redirect.INHERIT), command);
    }

    /** Runs a Python program that talks to a handler of ours. */
    private static String runAgainst(ClientHandler handler, String program) throws IOException {
        Server server = Streams.startServer(handler, HOST, 0);
        try {
            return Traffic.finish(python(program, server.port()), new byte[0]);
        } finally {
            server.close();
            server.waitClosed();
        }
    }

    // ---- echo

    @Test
    @DisplayName("a Python client gets 32 MiB back, byte for byte, in pieces of any size")
    void echoToClient() throws Exception {
        String program = "asyncio.run(talk(int(sys.argv[1]), " + BIG + ", 300000))\nprint('ok')\n";
        assertThat(runAgainst(Traffic::echo, program)).isEqualTo("ok\n");
    }

    @Test
    @DisplayName("we get 32 MiB back from a Python server, byte for byte, in pieces of any size")
    void echoFromServer() throws Exception {
        try (Subprocess python = python("asyncio.run(serve(echo))")) {
            talk(Traffic.port(python.stdout(), ""), BIG, 300_000);
        }
    }

    private static void talk(int port, int size, int pieces) throws IOException {
        MessageDigest sent = Traffic.sha256();
        MessageDigest received = Traffic.sha256();
        try (Connection connection = Streams.openConnection(HOST, port)) {
            Task<?> sending = Async.createTask(() -> {
                Random random = new Random(size);
                for (int left = size; left > 0; ) {
                    byte[] data = new byte[Math.min(left, 1 + random.nextInt(pieces))];
                    random.nextBytes(data);
                    left -= data.length;
                    sent.update(data);
                    connection.writer().write(data);
                    connection.writer().drain();
                }
                connection.writer().writeEof();
            });
            StreamReader reader = connection.reader();
            for (byte[] data = reader.read(Traffic.PIECE); data.length > 0; data = reader.read(Traffic.PIECE)) {
                received.update(data);
            }
            sending.await();
            connection.writer().close();
            connection.writer().waitClosed();
        }
        assertThat(Traffic.hex(received)).isEqualTo(Traffic.hex(sent));
    }

    @Test
    @DisplayName("200 connections of one Python client at once")
    void manyFromClient() throws Exception {
        assertThat(runAgainst(Traffic::echo, """
                        async def main():
                            await asyncio.gather(*(talk(int(sys.argv[1]), 50_000 + i, 5000) for i in range(200)))
                            print('ok')
                        asyncio.run(main())
                        """)).isEqualTo("ok\n");
    }

    @Test
    @DisplayName("200 connections of ours to a Python server at once")
    void manyToServer() throws Exception {
        try (Subprocess python = python("asyncio.run(serve(echo))")) {
            int port = Traffic.port(python.stdout(), "");
            Async.taskGroup(group -> {
                for (int i = 0; i < 200; i++) {
                    int size = 50_000 + i;
                    Task<?> unused = group.createTask(() -> talk(port, size, 5000));
                }
            });
        }
    }

    // ---- lines, counts, separators

    @Test
    @DisplayName("lines, counted bytes and separators mixed, from a Python server to us")
    void recordsFromServer() throws Exception {
        try (Subprocess python = python("""
                async def handle(reader, writer):
                    await send_records(writer, 3000)
                    writer.close()
                asyncio.run(serve(handle))
                """)) {
            try (Connection connection = Streams.openConnection(HOST, Traffic.port(python.stdout(), ""))) {
                assertThat(receiveRecords(connection.reader())).isEqualTo(3000);
                assertThat(connection.reader().readLine()).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("lines, counted bytes and separators mixed, from a Python client and back to it")
    void recordsToClient() throws Exception {
        ClientHandler handler = (reader, writer) -> {
            writer.write(receiveRecords(reader) + "\n");
            sendRecords(writer, 3000);
        };
        assertThat(runAgainst(handler, """
                        async def main():
                            reader, writer = await asyncio.open_connection(HOST, int(sys.argv[1]))
                            await send_records(writer, 2000)
                            assert await reader.readline() == b'2000\\n'
                            print(await receive_records(reader))
                            assert await reader.read() == b''
                            writer.close()
                        asyncio.run(main())
                        """)).isEqualTo("3000\n");
    }

    private static int receiveRecords(StreamReader reader) throws IOException {
        MessageDigest digest = Traffic.sha256();
        for (int count = 0; ; count++) {
            String[] head = new String(reader.readLine(), UTF_8).strip().split(" ");
            switch (head[0]) {
                case "line" -> digest.update(reader.readLine());
                case "exact" -> digest.update(reader.readExactly(Integer.parseInt(head[1])));
                case "until" -> digest.update(reader.readUntil(SEPARATOR));
                default -> {
                    assertThat(head).containsExactly("hash", Traffic.hex(digest));
                    return count;
                }
            }
        }
    }

    private static void sendRecords(StreamWriter writer, int count) throws IOException {
        MessageDigest digest = Traffic.sha256();
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            String kind = new String[] {"line", "exact", "until"}[random.nextInt(3)];
            byte[] end = kind.equals("line") ? new byte[] {'\n'} : kind.equals("until") ? SEPARATOR : new byte[0];
            byte[] data = new byte[(int) Math.pow(2, random.nextDouble() * 15) + end.length];
            random.nextBytes(data);
            for (int j = 0; j < data.length; j++) {
                data[j] = end.length > 0 && data[j] == end[0] ? (byte) ' ' : data[j];
            }
            System.arraycopy(end, 0, data, data.length - end.length, end.length);
            digest.update(data);
            writer.write(kind + " " + data.length + "\n");
            writer.write(data);
            writer.drain();
        }
        writer.write("hash " + Traffic.hex(digest) + "\n");
    }

    // ---- ends

    @Test
    @DisplayName("a Python client that ends its output gets an answer afterwards")
    void halfCloseOfClient() throws Exception {
        assertThat(runAgainst(Traffic::answerHash, """
                        async def main():
                            reader, writer = await asyncio.open_connection(HOST, int(sys.argv[1]))
                            data = os.urandom(3000000)
                            writer.write(data)
                            writer.write_eof()
                            assert (await reader.read()).decode() == hashlib.sha256(data).hexdigest()
                            assert reader.at_eof()
                            writer.close()
                            await writer.wait_closed()
                            print('ok')
                        asyncio.run(main())
                        """)).isEqualTo("ok\n");
    }

    @Test
    @DisplayName("a Python server gets the end of our output, and answers it with more than fits into buffers")
    void halfCloseOfOurs() throws Exception {
        try (Subprocess python = python("""
                async def handle(reader, writer):
                    data = await reader.read()
                    assert reader.at_eof()
                    writer.write(data * 3)
                    await writer.drain()
                    writer.close()
                asyncio.run(serve(handle))
                """)) {
            try (Connection connection = Streams.openConnection(HOST, Traffic.port(python.stdout(), ""))) {
                byte[] sent = Traffic.random(1 << 20);
                connection.writer().write(sent);
                connection.writer().writeEof();
                for (int i = 0; i < 3; i++) {
                    assertThat(Traffic.sha256(connection.reader().readExactly(sent.length)))
                            .isEqualTo(Traffic.sha256(sent));
                }
                assertThat(connection.reader().readAll()).isEmpty();
                assertThat(connection.reader().atEof()).isTrue();
            }
        }
    }

    @Test
    @DisplayName("row 65: what a Python peer sends before it ends early is in the failure")
    void endsEarly() throws Exception {
        try (Subprocess python = python("""
                async def handle(reader, writer):
                    writer.write(b'half')
                    writer.close()
                asyncio.run(serve(handle))
                """)) {
            int port = Traffic.port(python.stdout(), "");
            try (Connection connection = Streams.openConnection(HOST, port)) {
                assertThatThrownBy(() -> connection.reader().readExactly(8))
                        .isInstanceOfSatisfying(
                                IncompleteReadException.class,
                                e -> assertThat(e.partial()).isEqualTo("half".getBytes(UTF_8)));
            }
        }
    }

    @Test
    @DisplayName("the reset of a Python server fails the read that waits, and the next drain")
    void resetOfServer() throws Exception {
        try (Subprocess python = python("""
                async def handle(reader, writer):
                    await reader.readline()
                    reset(writer)
                asyncio.run(serve(handle))
                """)) {
            try (Connection connection = Streams.openConnection(HOST, Traffic.port(python.stdout(), ""))) {
                connection.writer().write("reset\n");
                assertThatThrownBy(() -> connection.reader().readLine()).isInstanceOf(IOException.class);
                assertThatThrownBy(() -> connection.writer().drain()).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    @DisplayName("a Python client that resets in the middle of what it gets ends its handler")
    void resetOfClient() throws Exception {
        LoopFailure failure = new LoopFailure();
        ClientHandler endless = (reader, writer) -> {
            try {
                for (; ; ) {
                    writer.write(new byte[Traffic.PIECE]);
                    writer.drain();
                }
            } catch (IOException e) {
                failure.seen = e;
                throw e;
            }
        };
        assertThat(runAgainst(endless, """
                        async def main():
                            reader, writer = await asyncio.open_connection(HOST, int(sys.argv[1]))
                            await reader.readexactly(1000000)
                            reset(writer)
                            await asyncio.sleep(0)
                            print('ok')
                        asyncio.run(main())
                        """)).isEqualTo("ok\n");
        assertThat(failure.seen).isInstanceOf(IOException.class);
    }

    /** Holds what a handler has met. */
    private static final class LoopFailure {
        private IOException seen;
    }

    @Test
    @DisplayName("our abort with bytes unsent is a reset for Python, not an end")
    void abortOfOurs() throws Exception {
        // The JDK's asynchronous channels cannot send one.
        boolean resets = !(EventLoop.current().driver() instanceof ProactorDriver);
        ClientHandler aborts = (reader, writer) -> {
            writer.write(new byte[32 << 20]);
            reader.readLine();
            writer.abort();
        };
        assertThat(runAgainst(aborts, """
                        async def main():
                            reader, writer = await asyncio.open_connection(HOST, int(sys.argv[1]), limit=1024)
                            writer.write(b'abort\\n')
                            try:
                                while await reader.read(65536):
                                    await asyncio.sleep(0.001)
                                print('an end')
                            except ConnectionResetError:
                                print('a reset')
                        asyncio.run(main())
                        """)).isEqualTo(resets ? "a reset\n" : "an end\n");
    }
}
