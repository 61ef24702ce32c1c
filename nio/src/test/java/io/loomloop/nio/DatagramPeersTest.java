package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Task;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.channels.MembershipKey;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Needs {@code python3}. */
@DisplayName("Datagrams among several, and with programs that nobody here wrote")
@SuppressWarnings("AddressSelection") // literal addresses have one
class DatagramPeersTest {
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

    private static NetworkInterface loopback() throws IOException {
        return Objects.requireNonNull(NetworkInterface.getByInetAddress(InetAddress.getByName("127.0.0.1")));
    }

    @Test
    @DisplayName("a group: members get what is sent to it, but not what is sent while they are out")
    void multicast() throws Exception {
        check.run(() -> {
            NetworkInterface over = loopback();
            InetAddress group = InetAddress.getByName("239.255.77.1");
            DatagramOptions shared = DatagramOptions.DEFAULT
                    .withSocketOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_IF, over)
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            try (DatagramEndpoint first = DatagramEndpoint.bind("0.0.0.0", 0, shared);
                    DatagramEndpoint second = DatagramEndpoint.bind("0.0.0.0", first.port(), shared)) {
                InetSocketAddress members = new InetSocketAddress(group, first.port());
                MembershipKey membership = first.join(group, over);
                second.join(group, over);
                first.send("all", members);
                assertThat(first.receive().text()).isEqualTo("all");
                assertThat(second.receive().text()).isEqualTo("all");

                membership.drop();
                second.send("without the first", members);
                first.join(group, over);
                second.send("again", members);
                assertThat(first.receive().text()).isEqualTo("again");
                assertThat(second.receive().text()).isEqualTo("without the first");
                assertThat(second.receive().text()).isEqualTo("again");
            }
        });
    }

    @Test
    @DisplayName("a group of IPv6 can be joined and left")
    void multicast6() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint member = DatagramEndpoint.bind("::", 0)) {
                MembershipKey membership = member.join(InetAddress.getByName("ff02::7:71"), loopback());
                assertThat(membership.isValid()).isTrue();
                membership.drop();
                assertThat(membership.isValid()).isFalse();
            }
        });
    }

    @Test
    @DisplayName("a group, of one sender alone: others are not heard")
    void sourceSpecific() throws Exception {
        check.run(() -> {
            NetworkInterface over = loopback();
            InetAddress group = InetAddress.getByName("232.1.2.3");
            DatagramOptions sending =
                    DatagramOptions.DEFAULT.withSocketOption(StandardSocketOptions.IP_MULTICAST_IF, over);
            try (DatagramEndpoint member = DatagramEndpoint.bind("0.0.0.0", 0);
                    DatagramEndpoint wanted = DatagramEndpoint.bind("127.0.0.1", 0, sending);
                    DatagramEndpoint other = DatagramEndpoint.bind("127.0.0.2", 0, sending)) {
                member.join(group, over, InetAddress.getByName("127.0.0.1"));
                InetSocketAddress members = new InetSocketAddress(group, member.port());
                other.send("from the other", members);
                wanted.send("from the wanted", members);
                assertThat(member.receive().text()).isEqualTo("from the wanted");
            }
        });
    }

    @Test
    @DisplayName("a broadcast needs the option, and arrives")
    void broadcast() throws Exception {
        check.run(() -> {
            InetAddress everybody = InetAddress.getByName("127.255.255.255");
            try (DatagramEndpoint server = DatagramEndpoint.bind("0.0.0.0", 0);
                    DatagramEndpoint client =
                            DatagramEndpoint.bind("127.0.0.1", 0, DatagramOptions.DEFAULT.withBroadcast(true))) {
                client.send("to all", new InetSocketAddress(everybody, server.port()));
                assertThat(server.receive().text()).isEqualTo("to all");
            }
        });
    }
}
