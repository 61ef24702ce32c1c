package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("DatagramTransport and DatagramProtocol")
class DatagramTransportTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static class Recorder implements DatagramProtocol {
        final List<String> events = new CopyOnWriteArrayList<>();
        volatile DatagramTransport transport;
        volatile @Nullable Throwable cause;
        volatile @Nullable IOException error;

        @Override
        public void connectionMade(DatagramTransport made) {
            transport = made;
            events.add("made");
        }

        @Override
        public void datagramReceived(Datagram datagram) throws Exception {
            events.add("data:" + datagram.text());
        }

        @Override
        public void errorReceived(IOException received) {
            error = received;
            events.add("error");
        }

        @Override
        public void connectionLost(@Nullable Throwable thrown) {
            cause = thrown;
            events.add("lost");
        }

        @Override
        public void pauseWriting() {
            events.add("pause");
        }

        @Override
        public void resumeWriting() {
            events.add("resume");
        }

        void await(String event) {
            LoopCheck.awaitTrue(event + " is among " + events, () -> events.contains(event));
        }
    }

    private <P extends Recorder> P bind(P protocol) throws Exception {
        check.run(() -> Transports.start(DatagramEndpoint.bind("127.0.0.1", 0), protocol));
        return protocol;
    }

    private void close(Recorder... protocols) throws Exception {
        check.run(() -> {
            for (Recorder protocol : protocols) {
                protocol.transport.close();
                protocol.transport.close();
                protocol.transport.waitClosed();
                assertThat(protocol.transport.isClosing()).isTrue();
            }
        });
    }

    @Test
    @DisplayName("made, datagrams with their senders, empty ones too, lost")
    void exchange() throws Exception {
        Recorder server = bind(new Recorder() {
            @Override
            public void datagramReceived(Datagram datagram) throws Exception {
                super.datagramReceived(datagram);
                transport.sendTo(ByteBuffer.wrap(("re: " + datagram.text()).getBytes(UTF_8)), datagram.sender());
            }
        });
        Recorder client = bind(new Recorder());
        check.run(() -> {
            InetSocketAddress to = server.transport.localAddress();
            client.transport.sendTo("one".getBytes(UTF_8), to);
            client.transport.sendTo(new byte[0], to);
            assertThat(client.transport.remoteAddress()).isNull();
            assertThat(client.transport.protocol()).isSameAs(client);
            assertThat(client.transport.loop()).isSameAs(check.loop());
        });
        client.await("data:re: ");
        close(server, client);
        assertThat(server.events).containsExactly("made", "data:one", "data:", "lost");
        assertThat(client.events).containsExactly("made", "data:re: one", "data:re: ", "lost");
        assertThat(client.cause).isNull();
    }

    @Test
    @DisplayName("errors are received, and the endpoint goes on")
    void errorsAreReceived() throws Exception {
        Recorder gone = bind(new Recorder());
        InetSocketAddress address = gone.transport.localAddress();
        close(gone);
        Recorder protocol = new Recorder();
        check.run(() -> {
            DatagramTransport transport =
                    Transports.start(DatagramEndpoint.connect(address, DatagramOptions.DEFAULT), protocol);
            assertThat(transport.remoteAddress()).isEqualTo(address);
            transport.sendTo("x".getBytes(UTF_8));
        });
        protocol.await("error");
        assertThat(protocol.error).isInstanceOf(PortUnreachableException.class);
        assertThat(protocol.transport.isClosing()).isFalse();
        check.run(() -> {
            protocol.transport.sendTo(ByteBuffer.wrap(new byte[70_000]));
            assertThatThrownBy(() -> protocol.transport.sendTo(new byte[0]))
                    .isInstanceOf(UnsupportedOperationException.class);
        });
        LoopCheck.awaitTrue("another one", () -> protocol.events.size() == 3);
        close(protocol);
        assertThat(protocol.events).containsExactly("made", "error", "error", "lost");
    }

    @Test
    @DisplayName("a callback that fails is reported, and ends the endpoint with the cause")
    void callbackFails() throws Exception {
        IllegalStateException failure = new IllegalStateException("bad datagram");
        Recorder protocol = bind(new Recorder() {
            @Override
            public void datagramReceived(Datagram datagram) throws Exception {
                super.datagramReceived(datagram);
                throw failure;
            }
        });
        check.run(() -> protocol.transport.sendTo(new byte[0], protocol.transport.localAddress()));
        protocol.await("lost");
        assertThat(protocol.cause).isSameAs(failure);
        assertThat(check.takeError().exception()).isSameAs(failure);
    }

    @Test
    @DisplayName(
            "what the system does not take is sent later, in order; the marks pause and resume, and close sends the rest")
    void backlog() throws Exception {
        Recorder server = bind(new Recorder());
        Recorder client = new Recorder();
        check.run(() -> {
            DatagramEndpoint endpoint = DatagramEndpoint.bind("127.0.0.1", 0);
            DatagramPump pump = new DatagramPump(endpoint, client);
            pump.start();
            client.transport.setWriteBufferLimits(9, 17);
            InetSocketAddress to = server.transport.localAddress();
            pump.keep(ByteBuffer.wrap("1".getBytes(UTF_8)), to);
            assertThat(client.events).containsExactly("made");
            pump.keep(ByteBuffer.wrap("2".getBytes(UTF_8)), to);
            assertThat(client.transport.writeBufferSize()).as("8 for each").isEqualTo(18);
            assertThat(client.events).containsExactly("made", "pause");
            client.transport.sendTo("3".getBytes(UTF_8), to);
            assertThat(client.transport.writeBufferSize()).isEqualTo(27);
            client.transport.close();
            client.transport.sendTo("dropped".getBytes(UTF_8), to);
            client.transport.waitClosed();
        });
        assertThat(client.events).containsExactly("made", "pause", "resume", "lost");
        server.await("data:3");
        close(server);
        assertThat(server.events).containsExactly("made", "data:1", "data:2", "data:3", "lost");
    }

    @Test
    @DisplayName("abort drops what was not sent")
    void abort() throws Exception {
        Recorder client = new Recorder();
        check.run(() -> {
            DatagramPump pump = new DatagramPump(DatagramEndpoint.bind("127.0.0.1", 0), client);
            pump.start();
            pump.keep(ByteBuffer.wrap(new byte[100_000]), client.transport.localAddress());
            client.transport.abort();
            client.transport.waitClosed();
        });
        assertThat(client.events).containsExactly("made", "pause", "lost");
    }

    @Test
    @DisplayName("row 71: after the close datagrams are dropped, with a warning from the fifth on")
    void sendAfterClose() throws Exception {
        Recorder protocol = bind(new Recorder());
        InetSocketAddress to = protocol.transport.localAddress();
        close(protocol);
        try (LogCheck log = new LogCheck("io.loomloop.nio")) {
            check.run(() -> {
                for (int i = 0; i < 4; i++) {
                    protocol.transport.sendTo(new byte[1], to);
                }
                assertThat(log.messages()).isEmpty();
                protocol.transport.sendTo(new byte[1], to);
                assertThat(log.messages()).singleElement().asString().contains("5 datagrams");
            });
        }
    }

    @Test
    @DisplayName("it has options, another protocol can take over, and it belongs to its loop")
    void rest() throws Exception {
        Recorder first = bind(new Recorder());
        Recorder second = new Recorder();
        DatagramTransport transport = first.transport;
        transport.setOption(StandardSocketOptions.SO_BROADCAST, true);
        assertThat(transport.option(StandardSocketOptions.SO_BROADCAST)).isTrue();
        assertThatThrownBy(() -> transport.sendTo(new byte[1], transport.localAddress()))
                .isInstanceOf(IllegalStateException.class);
        check.run(() -> {
            assertThatThrownBy(() -> transport.sendTo(new byte[1])).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> transport.setWriteBufferLimits(2, 1)).isInstanceOf(IllegalArgumentException.class);
            transport.setProtocol(second);
            transport.sendTo(new byte[0], transport.localAddress());
        });
        second.await("data:");
        close(first);
        assertThat(first.events).containsExactly("made");
        assertThat(second.events).containsExactly("data:", "lost");
    }

    @Test
    @DisplayName("a loop that closes ends its endpoints, and they are told")
    void loopCloses() throws Exception {
        Recorder protocol = bind(new Recorder());
        check.loop().close();
        assertThat(protocol.events).containsExactly("made", "lost");
        assertThat(protocol.cause).isInstanceOf(CancelledException.class);
    }

    /** Does something in one of its callbacks. */
    private static final class Doing extends Recorder {
        private final String where;
        private final Runnable action;

        Doing(String where, Runnable action) {
            this.where = where;
            this.action = action;
        }

        private void at(String event) {
            if (event.equals(where)) {
                action.run();
            }
        }

        @Override
        public void connectionMade(DatagramTransport made) {
            super.connectionMade(made);
            at("made");
        }

        @Override
        public void datagramReceived(Datagram datagram) throws Exception {
            super.datagramReceived(datagram);
            at("data:");
        }

        @Override
        public void connectionLost(@Nullable Throwable thrown) {
            super.connectionLost(thrown);
            at("lost");
        }
    }

    private void provoke(Doing protocol) throws Exception {
        if (protocol.where.equals("data:")) {
            check.run(() -> protocol.transport.sendTo(new byte[0], protocol.transport.localAddress()));
        } else if (protocol.where.equals("lost")) {
            protocol.transport.close();
        }
        protocol.await(protocol.where);
    }

    @ParameterizedTest
    @ValueSource(strings = {"made", "data:", "lost"})
    @DisplayName("who got connectionMade gets connectionLost, once, with whatever a callback fails")
    void errors(String where) throws Exception {
        OutOfMemoryError error = new OutOfMemoryError("thrown by a test");
        Doing protocol = bind(new Doing(where, () -> {
            throw error;
        }));
        provoke(protocol);
        protocol.await("lost");
        check.run(protocol.transport::waitClosed);
        assertThat(protocol.events).containsOnlyOnce("made", "lost").endsWith("lost");
        assertThat(protocol.cause).isSameAs(where.equals("lost") ? null : error);
        assertThat(check.takeError().exception()).isSameAs(error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"data:", "lost"})
    @DisplayName("a loop that closes while a callback waits tells the protocol, even if that ignores its cancellation")
    void loopClosesInCallback(String where) throws Exception {
        for (boolean ignored : new boolean[] {false, true}) {
            Doing protocol = bind(new Doing(where, () -> {
                try {
                    check.loop().createFuture().await();
                } catch (CancelledException e) {
                    if (!ignored) {
                        throw e;
                    }
                }
            }));
            provoke(protocol);
            check.restart();
            assertThat(protocol.events).containsOnlyOnce("made", "lost").endsWith("lost");
        }
    }
}
