package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Task;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Needs {@code python3}. */
@DisplayName("Datagrams with programs that nobody here wrote")
@SuppressWarnings("AddressSelection") // literal addresses have one
@Timeout(60)
class DatagramPythonIT {
    /** Says its port, then sends each datagram back in upper case until an empty one comes. */
    private static final String PYTHON_SERVER = """
            import socket, sys
            s = socket.socket(socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
            s.bind((sys.argv[1], 0))
            print(s.getsockname()[1], flush=True)
            while True:
                data, sender = s.recvfrom(65535)
                s.sendto(data.upper(), sender)
                if not data:
                    break
            """;

    /** asyncio's own client: sends datagrams to a server, one after another as each is answered. */
    private static final String ASYNCIO_CLIENT = """
            import asyncio, sys
            class Client(asyncio.DatagramProtocol):
                def connection_made(self, transport):
                    self.transport, self.done, self.left = transport, asyncio.get_running_loop().create_future(), 100
                    transport.sendto(b'100')
                def datagram_received(self, data, addr):
                    assert data == b'<%d>' % self.left, data
                    self.left -= 1
                    if self.left:
                        self.transport.sendto(b'%d' % self.left)
                    else:
                        self.done.set_result(None)
            async def main():
                transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
                    Client, remote_addr=(sys.argv[1], int(sys.argv[2])))
                await client.done
                transport.close()
                print('done', flush=True)
            asyncio.run(main())
            """;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static Process python(String program, String... arguments) throws IOException {
        String[] command = new String[arguments.length + 3];
        command[0] = "python3";
        command[1] = "-c";
        command[2] = program;
        System.arraycopy(arguments, 0, command, 3, arguments.length);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static String line(Process process) throws IOException {
        return Objects.requireNonNull(
                new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine(), "a line");
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, true", "127.0.0.1, false", "::1, true", "::1, false"})
    @DisplayName("a Python server answers, connected and not")
    void pythonServer(String host, boolean connected) throws Exception {
        Process python = python(PYTHON_SERVER, host);
        try {
            int port = Integer.parseInt(line(python));
            check.run(() -> {
                InetSocketAddress server = new InetSocketAddress(host, port);
                try (DatagramEndpoint client = connected
                        ? DatagramEndpoint.connect(server, DatagramOptions.DEFAULT)
                        : DatagramEndpoint.bind(host, 0)) {
                    for (int i = 0; i < 100; i++) {
                        String text = "datagram " + i + " " + "x".repeat(i * 100);
                        client.send(text, server);
                        Datagram answer = client.receive();
                        assertThat(answer.text()).isEqualTo(text.toUpperCase(Locale.ROOT));
                        assertThat(answer.sender()).isEqualTo(server);
                    }
                }
                try (DatagramEndpoint last = DatagramEndpoint.bind(host, 0)) {
                    last.send("", server);
                    assertThat(last.receive().data()).isEmpty();
                }
            });
            assertThat(python.waitFor()).isZero();
        } finally {
            python.destroyForcibly();
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1", "::1"})
    @DisplayName("asyncio's own datagram client is answered")
    void asyncioClient(String host) throws Exception {
        DatagramEndpoint server = check.call(() -> DatagramEndpoint.bind(host, 0));
        Task<?> serving = check.loop().createTask(() -> {
            for (int i = 0; i < 100; i++) {
                Datagram next = server.receive();
                server.send("<" + next.text() + ">", next.sender());
            }
        });
        Process python = python(ASYNCIO_CLIENT, host, String.valueOf(server.port()));
        try {
            assertThat(line(python)).isEqualTo("done");
            LoopCheck.join(serving);
            assertThat(python.waitFor()).isZero();
        } finally {
            python.destroyForcibly();
            server.close();
        }
    }
}
