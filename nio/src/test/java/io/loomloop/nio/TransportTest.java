package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ContextVar;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Transport and Protocol")
@SuppressWarnings("try") // a peer that does nothing but be there
class TransportTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** Connects a protocol to a plain socket. */
    private Socket connect(Protocol protocol) throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            check.run(() -> Transports.connect(protocol, "127.0.0.1", listening.getLocalPort()));
            return listening.accept();
        }
    }

    private static void send(Socket peer, String text) throws IOException {
        peer.getOutputStream().write(text.getBytes(UTF_8));
    }

    @Test
    @DisplayName("made, data, end, lost: each callback in its place, once")
    void lifeOfConnection() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            assertThat(protocol.events).containsExactly("made");
            send(peer, "one");
            protocol.await("data:one");
            send(peer, "two");
            protocol.await("data:two");
            peer.shutdownOutput();
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "data:one", "data:two", "eof", "lost");
            assertThat(protocol.cause).isNull();
            assertThat(protocol.transport.isClosing()).isTrue();
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
            check.run(protocol.transport::waitClosed);
        }
    }

    @Test
    @DisplayName("row 71: eofReceived that returns true keeps the connection open for writing")
    void eofKeepsOpen() throws Exception {
        Recorder protocol = new Recorder() {
            @Override
            public boolean eofReceived() throws Exception {
                super.eofReceived();
                return true;
            }
        };
        try (Socket peer = connect(protocol)) {
            peer.shutdownOutput();
            protocol.await("eof");
            check.run(() -> {
                assertThat(protocol.transport.isReading()).isFalse();
                assertThat(protocol.transport.isClosing()).isFalse();
                protocol.transport.write("answer");
                assertThat(protocol.transport.canWriteEof()).isTrue();
                protocol.transport.writeEof();
            });
            assertThat(peer.getInputStream().readAllBytes()).isEqualTo("answer".getBytes(UTF_8));
            assertThat(protocol.events).containsExactly("made", "eof");
            check.run(() -> {
                protocol.transport.close();
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events).containsExactly("made", "eof", "lost");
        }
    }

    @Test
    @DisplayName("row 70: connectionMade comes before connect returns, and before any byte")
    void connectionMadeFirst() throws Exception {
        LoopFuture<@Nullable Void> go = check.loop().createFuture();
        Recorder protocol = new Recorder() {
            @Override
            public void connectionMade(Transport made) throws Exception {
                super.connectionMade(made);
                note("in", go::await);
                note("out");
            }
        };
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Task<Transport> connecting =
                    check.loop().createTask(() -> Transports.connect(protocol, "127.0.0.1", listening.getLocalPort()));
            try (Socket peer = listening.accept()) {
                send(peer, "early");
                protocol.await("in");
                LoopCheck.awaitWaiting(connecting);
                check.run(() -> go.setResult(null));
                assertThat(LoopCheck.join(connecting)).isSameAs(protocol.transport);
                protocol.await("data:early");
                assertThat(protocol.events).containsExactly("made", "in", "out", "data:early");
                protocol.transport.abort();
                protocol.await("lost");
            }
        }
    }

    @Test
    @DisplayName("row 70: reading that is paused inside connectionMade is, until it is resumed")
    void pauseInConnectionMade() throws Exception {
        Recorder protocol = new Recorder() {
            @Override
            public void connectionMade(Transport made) throws Exception {
                super.connectionMade(made);
                made.pauseReading();
                made.pauseReading();
            }
        };
        try (Socket peer = connect(protocol)) {
            send(peer, "held");
            peer.shutdownOutput();
            SocketStream socket = (SocketStream) sinkOf(protocol);
            LoopCheck.awaitTrue("all has arrived", () -> socket.inbound().isEnded());
            check.run(() -> {
                for (int i = 0; i < 10; i++) {
                    Async.yieldNow();
                }
                assertThat(protocol.events).containsExactly("made");
                assertThat(protocol.transport.isReading()).isFalse();
                assertThat(protocol.transport).hasToString("Transport[" + socket + ", paused]");
                protocol.transport.resumeReading();
                assertThat(protocol.transport.isReading()).isTrue();
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events).containsExactly("made", "data:held", "eof", "lost");
        }
    }

    private static ByteSink sinkOf(Recorder protocol) throws Exception {
        var writer = Transport.class.getDeclaredField("writer");
        writer.setAccessible(true);
        return ((StreamWriter) writer.get(protocol.transport)).sink();
    }

    @Test
    @DisplayName("a protocol that pauses in the middle of bytes gets the rest when it resumes")
    void pauseInDataReceived() throws Exception {
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                super.dataReceived(data);
                transport.pauseReading();
            }
        };
        try (Socket peer = connect(protocol)) {
            send(peer, "a");
            protocol.await("data:a");
            send(peer, "b");
            check.run(() -> protocol.transport.resumeReading());
            protocol.await("data:b");
            protocol.transport.close();
        }
        protocol.await("lost");
        assertThat(protocol.events).containsExactly("made", "data:a", "data:b", "lost");
    }

    @Test
    @DisplayName("a callback that waits keeps the order, and others run")
    void callbackWaits() throws Exception {
        LoopFuture<@Nullable Void> go = check.loop().createFuture();
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                note("in", () -> {
                    if (!go.isDone()) {
                        go.await();
                    }
                });
                super.dataReceived(data);
            }
        };
        try (Socket peer = connect(protocol)) {
            send(peer, "1");
            protocol.await("in");
            send(peer, "2");
            peer.shutdownOutput();
            check.run(() -> {
                Async.yieldNow();
                assertThat(protocol.events).containsExactly("made", "in");
                go.setResult(null);
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events).containsExactly("made", "in", "data:1", "in", "data:2", "eof", "lost");
        }
    }

    @Test
    @DisplayName(
            "what a callback throws goes to the exception handler, aborts the connection, and is told to connectionLost")
    void callbackFails() throws Exception {
        IOException failure = new IOException("no such command");
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                super.dataReceived(data);
                throw failure;
            }
        };
        try (Socket peer = connect(protocol)) {
            send(peer, "x");
            protocol.await("lost");
            assertThat(protocol.cause).isSameAs(failure);
            assertThat(protocol.events).containsExactly("made", "data:x", "lost");
            assertThat(check.takeError()).satisfies(error -> {
                assertThat(error.exception()).isSameAs(failure);
                assertThat(error.message()).contains("dataReceived");
            });
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("connectionMade that fails closes the connection, which connect hands out closed")
    void connectionMadeFails() throws Exception {
        AssertionError failure = new AssertionError("not ready");
        Recorder protocol = new Recorder() {
            @Override
            public void connectionMade(Transport made) throws Exception {
                super.connectionMade(made);
                throw failure;
            }
        };
        try (Socket peer = connect(protocol)) {
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "lost");
            assertThat(protocol.cause).isSameAs(failure);
            assertThat(protocol.transport.isClosing()).isTrue();
            assertThat(check.takeError().exception()).isSameAs(failure);
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("connectionLost that fails is reported, and waitClosed returns")
    void connectionLostFails() throws Exception {
        IllegalStateException failure = new IllegalStateException("cannot clean up");
        Recorder protocol = new Recorder() {
            @Override
            public void connectionLost(@Nullable Throwable thrown) throws Exception {
                super.connectionLost(thrown);
                throw failure;
            }
        };
        try (Socket peer = connect(protocol)) {
            check.run(() -> {
                protocol.transport.close();
                protocol.transport.close();
                peer.close();
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events).containsExactly("made", "lost");
            assertThat(check.takeError().exception()).isSameAs(failure);
        }
    }

    @Test
    @DisplayName("a connection that is lost delivers what has arrived before, then the cause")
    void reset() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            send(peer, "last");
            protocol.await("data:last");
            peer.setSoLinger(true, 0);
        }
        protocol.await("lost");
        assertThat(protocol.events).containsExactly("made", "data:last", "lost");
        assertThat(protocol.cause).isInstanceOf(IOException.class).hasMessageContaining("reset");
    }

    @Test
    @DisplayName("row 71: writes after a loss are dropped, with a warning from the fifth on")
    void writesAfterLoss() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            peer.setSoLinger(true, 0);
        }
        protocol.await("lost");
        try (LogCheck log = new LogCheck("io.loomloop.nio")) {
            check.run(() -> {
                for (int i = 0; i < 4; i++) {
                    protocol.transport.write("nobody reads this");
                }
                assertThat(log.messages()).isEmpty();
                protocol.transport.writeLines(List.of(new byte[1]));
                protocol.transport.write(new byte[0]);
                assertThat(log.messages()).singleElement().asString().contains("5 writes");
            });
        }
        assertThat(protocol.events).containsExactly("made", "lost");
    }

    @Test
    @DisplayName("callbacks see the context that the connection was made in")
    void context() throws Exception {
        ContextVar<String> name = ContextVar.of("name");
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                super.dataReceived(data);
                note(name.get());
            }
        };
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            check.run(() -> {
                name.set("connector");
                Transports.connect(protocol, "127.0.0.1", listening.getLocalPort());
                name.set("later");
            });
            try (Socket peer = listening.accept()) {
                send(peer, "x");
                protocol.await("connector");
                peer.shutdownOutput();
                protocol.await("lost");
            }
        }
    }

    @Test
    @DisplayName("row 72: a connection whose task is cancelled is aborted silently")
    void cancelled() throws Exception {
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                super.dataReceived(data);
                note("in", () -> check.loop().createFuture().await());
            }
        };
        try (Socket peer = connect(protocol)) {
            send(peer, "x");
            protocol.await("in");
            check.loop().tasks().forEach(task -> task.cancel("enough"));
            protocol.await("lost");
            assertThat(protocol.cause).isInstanceOf(CancelledException.class).hasMessage("enough");
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("a loop that closes ends its transports, and they are told")
    void loopCloses() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.loop().close();
            assertThat(protocol.events).containsExactly("made", "lost");
            assertThat(protocol.cause).isInstanceOf(CancelledException.class);
            assertThat(peer.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("a connection that was used as streams can go on as a transport, with what was read ahead")
    void upgrade() throws Exception {
        try (Peer peer = Peer.connect(check).send("hello\nthe rest")) {
            assertThat(check.call(peer.reader::readLine)).isEqualTo("hello\n".getBytes(UTF_8));
            Recorder protocol = new Recorder();
            check.run(() -> {
                Transports.start(peer.connection, protocol);
                assertThatThrownBy(() -> peer.reader.read(1)).isInstanceOf(IllegalStateException.class);
            });
            protocol.await("data:the rest");
            peer.socket.close();
            protocol.await("lost");
        }
    }

    @Test
    @DisplayName("a connection that somebody reads from is not handed over")
    void upgradeWhileReading() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.read(1));
            LoopCheck.awaitWaiting(reading);
            assertThatThrownBy(() -> check.run(() -> Transports.start(peer.connection, new Recorder())))
                    .isInstanceOf(IllegalStateException.class);
            peer.send("x");
            assertThat(LoopCheck.join(reading)).hasSize(1);
        }
    }

    @Test
    @DisplayName("another protocol gets the callbacks from the next one on")
    void setProtocol() throws Exception {
        Recorder second = new Recorder();
        Recorder first = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                super.dataReceived(data);
                transport.setProtocol(second);
                assertThat(transport.protocol()).isSameAs(second);
            }
        };
        try (Socket peer = connect(first)) {
            send(peer, "1");
            first.await("data:1");
            send(peer, "2");
            second.await("data:2");
        }
        second.await("lost");
        assertThat(first.events).containsExactly("made", "data:1");
        assertThat(second.events).containsExactly("data:2", "eof", "lost");
    }

    @Test
    @DisplayName("it tells addresses and options, also of a socket that is closed")
    void extraInfo() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            Transport transport = protocol.transport;
            assertThat(transport.option(StandardSocketOptions.TCP_NODELAY)).isTrue();
            transport.setOption(StandardSocketOptions.TCP_NODELAY, false);
            assertThat(transport.option(StandardSocketOptions.TCP_NODELAY)).isFalse();
            assertThat(transport.loop()).isSameAs(check.loop());
            peer.close();
            protocol.await("lost");
            assertThat(((InetSocketAddress) transport.localAddress()).getPort()).isEqualTo(peer.getPort());
            assertThat(((InetSocketAddress) transport.remoteAddress()).getPort())
                    .isEqualTo(peer.getLocalPort());
        }
    }

    @Test
    @DisplayName("it belongs to its loop, and a callback cannot wait for its own end")
    void wrongPlace() throws Exception {
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Recorder protocol = new Recorder() {
            @Override
            public boolean eofReceived() throws Exception {
                try {
                    transport.waitClosed();
                } catch (IllegalStateException e) {
                    thrown.set(e);
                }
                return super.eofReceived();
            }
        };
        try (Socket peer = connect(protocol)) {
            assertThatThrownBy(() -> protocol.transport.write("x")).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(protocol.transport::pauseReading).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> protocol.transport.setProtocol(protocol))
                    .isInstanceOf(IllegalStateException.class);
        }
        protocol.await("lost");
        assertThat(thrown.get()).hasMessageContaining("its own end");
    }

    @Test
    @DisplayName("connect that fails does not call the protocol")
    void connectFails() throws Exception {
        int port;
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = listening.getLocalPort();
        }
        Recorder protocol = new Recorder();
        assertThatThrownBy(() -> check.run(() -> Transports.connect(protocol, "127.0.0.1", port)))
                .isInstanceOf(java.net.ConnectException.class);
        assertThat(protocol.events).isEmpty();
    }
}
