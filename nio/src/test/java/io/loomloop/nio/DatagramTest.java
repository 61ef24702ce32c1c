package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Datagrams")
@SuppressWarnings("AddressSelection") // literal addresses have one
class DatagramTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "localhost"})
    @DisplayName("there and back, bound to connected, with IPv4 and IPv6")
    void thereAndBack(String host) throws Exception {
        check.run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind(host, 0);
                    DatagramEndpoint client = DatagramEndpoint.connect(host, server.port())) {
                client.send("ping");
                Datagram ping = server.receive();
                assertThat(ping.text()).isEqualTo("ping");
                assertThat(ping.sender()).isEqualTo(client.localAddress());
                server.send("pong", ping.sender());
                Datagram pong = client.receive();
                assertThat(pong.text()).isEqualTo("pong");
                assertThat(pong.sender()).isEqualTo(server.localAddress()).isEqualTo(client.remoteAddress());
                assertThat(server.remoteAddress()).isNull();
            }
        });
    }

    @Test
    @DisplayName(
            "an empty datagram is one; a connected endpoint receives them, and refuses to send what the JDK would swallow")
    void empty() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                server.send(new byte[0], client.localAddress());
                assertThat(server.trySend(new byte[0], client.localAddress())).isTrue();
                server.send("after", client.localAddress());
                assertThat(client.receive().data()).isEmpty();
                assertThat(client.receive().data()).isEmpty();
                assertThat(client.receive().text()).isEqualTo("after");
                assertThatThrownBy(() -> client.send(""))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("empty");
            }
        });
    }

    @Test
    @DisplayName("the longest datagram arrives whole; a longer one is refused, and the endpoint goes on")
    void longest() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                byte[] longest = new byte[65_507];
                longest[65_506] = 1;
                client.send(ByteBuffer.wrap(longest));
                assertThat(server.receive().data()).isEqualTo(longest);
                assertThatThrownBy(() -> client.send(new byte[65_508])).isInstanceOf(IOException.class);
                client.send("on it goes");
                assertThat(server.receive().text()).isEqualTo("on it goes");
            }
        });
    }

    @Test
    @DisplayName("a closed port is reported to who receives, once, and is not fatal")
    void unreachableReceive() throws Exception {
        check.run(() -> {
            DatagramEndpoint gone = DatagramEndpoint.bind("127.0.0.1", 0);
            int port = gone.port();
            gone.close();
            gone.waitClosed();
            try (DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", port)) {
                client.send("anybody there?");
                assertThatThrownBy(client::receive).isInstanceOf(PortUnreachableException.class);
                assertThat(client.tryReceive()).isNull();
                assertThat(client.isClosed()).isFalse();
                try (DatagramEndpoint back = DatagramEndpoint.bind("127.0.0.1", port)) {
                    client.send("now?");
                    assertThat(back.receive().text()).isEqualTo("now?");
                    back.send("yes", client.localAddress());
                    assertThat(client.receive().text()).isEqualTo("yes");
                }
            }
        });
    }

    @Test
    @DisplayName("failures that nobody receives do not pile up, and datagrams behind them arrive")
    void unreachableFlood() throws Exception {
        check.run(() -> {
            DatagramEndpoint gone = DatagramEndpoint.bind("127.0.0.1", 0);
            int port = gone.port();
            gone.close();
            gone.waitClosed();
            try (DatagramEndpoint client =
                    DatagramEndpoint.connect("127.0.0.1", port, DatagramOptions.DEFAULT.withReceiveQueue(1000))) {
                int refused = 0;
                for (int i = 0; i < 1000; i++) {
                    try {
                        client.send("x");
                    } catch (PortUnreachableException e) {
                        refused++;
                    }
                }
                try (DatagramEndpoint back = DatagramEndpoint.bind("127.0.0.1", port)) {
                    back.send("here", client.localAddress());
                    int told = 0;
                    for (Datagram next = null; next == null; ) {
                        try {
                            next = client.receive();
                            assertThat(next.text()).isEqualTo("here");
                        } catch (PortUnreachableException e) {
                            told++;
                        }
                    }
                    assertThat(refused + told).isPositive();
                    assertThat(told).as("what the queue holds").isLessThanOrEqualTo(1000 / DatagramPort.OVERHEAD + 1);
                }
            }
        });
    }

    @Test
    @DisplayName("a receive that is cancelled takes nothing: of 200 cancelled at any moment none loses a datagram")
    void cancelledReceive() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                List<String> received = new ArrayList<>();
                int cancelled = 0;
                for (int i = 0; i < 200; i++) {
                    Task<Datagram> receiving = check.loop().createTask(server::receive);
                    Async.yieldNow();
                    client.send("n" + i);
                    for (int turns = i % 7; turns > 0; turns--) {
                        Async.yieldNow();
                    }
                    receiving.cancel();
                    try {
                        received.add(receiving.await().text());
                    } catch (CancelledException e) {
                        cancelled++;
                    }
                }
                while (received.size() < 200) {
                    received.add(server.receive().text());
                }
                for (int i = 0; i < 200; i++) {
                    assertThat(received.get(i)).isEqualTo("n" + i);
                }
                assertThat(cancelled).isPositive();
            }
        });
    }

    @Test
    @DisplayName(
            "many tasks receive: each datagram goes to one of them, and a cancelled one does not hold the others up")
    void manyReceivers() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                List<Task<Datagram>> receivers = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    receivers.add(check.loop().createTask(server::receive));
                }
                Async.yieldNow();
                receivers.remove(0).cancel();
                List<String> expected = new ArrayList<>();
                for (int i = 0; i < 9; i++) {
                    client.send("n" + i);
                    expected.add("n" + i);
                }
                List<String> received = new ArrayList<>();
                for (Task<Datagram> receiver : receivers) {
                    received.add(receiver.await().text());
                }
                assertThat(received).containsExactlyInAnyOrderElementsOf(expected);
            }
        });
    }

    @Test
    @DisplayName("a full queue pauses receiving; the system keeps what comes meanwhile, and nothing is reordered")
    void backPressure() throws Exception {
        check.run(() -> {
            DatagramOptions small = DatagramOptions.DEFAULT.withReceiveQueue(2000);
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0, small);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port())) {
                for (int round = 0; round < 5; round++) {
                    for (int i = 0; i < 50; i++) {
                        client.send("n" + i);
                    }
                    for (int i = 0; i < 50; i++) {
                        assertThat(server.receive().text()).isEqualTo("n" + i);
                    }
                }
            }
        });
    }

    @Test
    @DisplayName("a receiver that always finds datagrams lets others run")
    void fairness() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint self = DatagramEndpoint.bind("127.0.0.1", 0)) {
                Task<?> other = check.loop().createTask(() -> {});
                int rounds = 0;
                while (!other.isDone()) {
                    self.send("x", self.localAddress());
                    assertThat(rounds++).as("sends without letting others run").isLessThan(1000);
                }
            }
        });
    }

    @Test
    @DisplayName("who waits for the system to take datagrams again is woken, by the socket or by close")
    void awaitOutput() throws Exception {
        check.run(() -> {
            SocketEngine engine = SocketEngine.of(check.loop());
            java.nio.channels.DatagramChannel channel = java.nio.channels.DatagramChannel.open();
            channel.configureBlocking(false);
            channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            DatagramPort port = new DatagramPort(engine, channel, 1000);
            port.request(DatagramPort.START);
            for (int i = 0; i < 10; i++) {
                Task<?> first = check.loop().createTask(port::awaitOutput);
                Task<?> second = check.loop().createTask(port::awaitOutput);
                port.awaitOutput();
                first.await();
                second.await();
            }
            port.close();
            port.awaitOutput();
            port.awaitReleased();
        });
    }

    @Test
    @DisplayName("close wakes who receives, frees the descriptor, and what comes after fails with a sentence")
    void close() throws Exception {
        check.run(() -> {
            SocketEngine.of(check.loop()); // has descriptors of its own
            long before = Descriptors.open();
            DatagramEndpoint endpoint = DatagramEndpoint.bind("127.0.0.1", 0);
            Task<Datagram> receiving = check.loop().createTask(endpoint::receive);
            Async.yieldNow();
            endpoint.close();
            endpoint.close();
            assertThatThrownBy(receiving::await).hasRootCauseInstanceOf(SocketException.class);
            endpoint.waitClosed();
            assertThat(Descriptors.open()).isLessThanOrEqualTo(before);
            assertThatThrownBy(() -> endpoint.send("x", new InetSocketAddress("127.0.0.1", 9)))
                    .isInstanceOf(SocketException.class)
                    .hasMessage("this endpoint is closed");
            assertThatThrownBy(endpoint::tryReceive).isInstanceOf(SocketException.class);
            assertThat(endpoint.isClosed()).isTrue();
            assertThat(endpoint.port()).isPositive();
        });
    }

    @Test
    @DisplayName("a loop that closes takes its endpoints with it")
    void loopCloses() throws Exception {
        long before = Descriptors.open();
        DatagramEndpoint endpoint = check.call(() -> DatagramEndpoint.bind("127.0.0.1", 0));
        Task<Datagram> receiving = check.loop().createTask(endpoint::receive);
        LoopCheck.awaitWaiting(receiving);
        check.loop().close();
        assertThat(receiving.isCancelled()).isTrue();
        assertThat(endpoint.isClosed()).isTrue();
        Descriptors.awaitAtMost(before);
    }

    @Test
    @DisplayName("bad input is refused with a sentence")
    void badInput() throws Exception {
        check.run(() -> {
            try (DatagramEndpoint bound = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint connected = DatagramEndpoint.connect("127.0.0.1", bound.port())) {
                assertThatThrownBy(() -> bound.send("x"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("not connected");
                assertThatThrownBy(() -> connected.send("x", new InetSocketAddress("127.0.0.1", 9)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("is connected to");
                assertThatThrownBy(() -> bound.send("x", InetSocketAddress.createUnresolved("localhost", 9)))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> bound.send("x", new InetSocketAddress("127.0.0.1", 0)))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> bound.send("x", new InetSocketAddress("::1", bound.port())))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("does not support such addresses");
                assertThatThrownBy(() -> DatagramEndpoint.bind("127.0.0.1", bound.port()))
                        .isInstanceOf(BindException.class)
                        .hasMessageContaining("127.0.0.1");
                assertThatThrownBy(() -> DatagramEndpoint.bind("127.0.0.1", 65536))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> DatagramEndpoint.connect("127.0.0.1", 0))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> DatagramEndpoint.bind("", 0)).isInstanceOf(UnknownHostException.class);
                assertThatThrownBy(() -> DatagramOptions.DEFAULT.withReceiveQueue(0))
                        .isInstanceOf(IllegalArgumentException.class);
                DatagramOptions local = DatagramOptions.DEFAULT.withLocalAddress(new InetSocketAddress("127.0.0.1", 0));
                assertThatThrownBy(() -> DatagramEndpoint.bind("127.0.0.1", 0, local))
                        .isInstanceOf(IllegalArgumentException.class);
                DatagramOptions odd = DatagramOptions.DEFAULT.withSocketOption(StandardSocketOptions.TCP_NODELAY, true);
                long before = Descriptors.open();
                assertThatThrownBy(() -> DatagramEndpoint.bind("127.0.0.1", 0, odd))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThat(Descriptors.open()).isLessThanOrEqualTo(before);
            }
        });
        assertThatThrownBy(() -> DatagramEndpoint.bind("127.0.0.1", 0)).isInstanceOf(IllegalStateException.class);
        DatagramEndpoint elsewhere = check.call(() -> DatagramEndpoint.bind("127.0.0.1", 0));
        assertThatThrownBy(elsewhere::receive).isInstanceOf(IllegalStateException.class);
        elsewhere.close();
    }

    @Test
    @DisplayName("options are set, and can be changed and asked for")
    void options() throws Exception {
        check.run(() -> {
            DatagramOptions options = DatagramOptions.DEFAULT
                    .withBroadcast(true)
                    .withReusePort(true)
                    .withSocketOption(StandardSocketOptions.SO_RCVBUF, 32 << 10)
                    .withSocketOption(StandardSocketOptions.IP_MULTICAST_TTL, 3);
            try (DatagramEndpoint first = DatagramEndpoint.bind("127.0.0.1", 0, options);
                    DatagramEndpoint second = DatagramEndpoint.bind("127.0.0.1", first.port(), options)) {
                assertThat(first.option(StandardSocketOptions.SO_BROADCAST)).isTrue();
                assertThat(second.option(StandardSocketOptions.IP_MULTICAST_TTL))
                        .isEqualTo(3);
                second.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7);
                assertThat(second.option(StandardSocketOptions.IP_MULTICAST_TTL))
                        .isEqualTo(7);
            }
            DatagramOptions local = DatagramOptions.DEFAULT.withLocalAddress(new InetSocketAddress("127.0.0.2", 0));
            try (DatagramEndpoint server = DatagramEndpoint.bind("127.0.0.1", 0);
                    DatagramEndpoint client = DatagramEndpoint.connect("127.0.0.1", server.port(), local)) {
                client.send("x");
                assertThat(server.receive().sender().getAddress().getHostAddress())
                        .isEqualTo("127.0.0.2");
            }
        });
    }
}
