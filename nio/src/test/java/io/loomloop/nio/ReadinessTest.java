package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.ContextVar;
import io.loomloop.LoopFuture;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Callbacks for channels that are ready")
@SuppressWarnings({"try", "AddressSelection"}) // closes in the middle are what is tested
class ReadinessTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static String read(ReadableByteChannel channel) {
        ByteBuffer buffer = ByteBuffer.allocate(100);
        try {
            channel.read(buffer);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new String(buffer.array(), 0, buffer.position(), UTF_8);
    }

    private int watched() throws Exception {
        return check.call(() -> SocketEngine.of(check.loop()).watches().count());
    }

    @Test
    @DisplayName("a reader is called for each arrival, on the loop, until it is removed")
    void reader() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            Queue<String> got = new ConcurrentLinkedQueue<>();
            check.run(() -> Sockets.addReader(pair.channel, () -> {
                assertThat(check.loop().isCurrent()).isTrue();
                got.add(read(pair.channel));
            }));
            for (int i = 0; i < 20; i++) {
                String text = "n" + i;
                pair.send(text);
                LoopCheck.awaitTrue("it arrives", () -> text.equals(got.poll()));
            }
            check.run(() -> {
                assertThat(Sockets.removeReader(pair.channel)).isTrue();
                pair.channel.configureBlocking(true);
                pair.channel.configureBlocking(false);
                assertThat(Sockets.removeReader(pair.channel)).isFalse();
                assertThat(Sockets.removeWriter(pair.channel)).isFalse();
                pair.send("unheard");
                assertThat(new String(Sockets.receive(pair.channel, 100), UTF_8))
                        .isEqualTo("unheard");
            });
            assertThat(got).isEmpty();
            assertThat(watched()).isZero();
        }
    }

    @Test
    @DisplayName("14: a new reader takes the place of the old one, which is not called any more, on its way or not")
    void replaced() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            AtomicInteger oldCalls = new AtomicInteger();
            check.run(() -> {
                for (int i = 0; i < 50; i++) {
                    Sockets.addReader(pair.channel, oldCalls::incrementAndGet);
                    pair.send("x");
                    check.loop()
                            .callSoon(() -> {}); // keeps the loop awake, so that with some luck the call is on its way
                    long until = System.nanoTime() + 200_000;
                    while (System.nanoTime() < until) {
                        Thread.onSpinWait();
                    }
                    LoopFuture<String> got = check.loop().createFuture();
                    Sockets.addReader(pair.channel, () -> got.trySetResult(read(pair.channel)));
                    assertThat(got.await()).isEqualTo("x");
                }
                assertThat(Sockets.removeReader(pair.channel)).isTrue();
            });
            assertThat(oldCalls).hasValue(0);
        }
    }

    @Test
    @DisplayName("14: the channel of a stream or of a server is refused")
    void owned() throws Exception {
        check.run(() -> {
            try (SocketsTest.Pair pair = new SocketsTest.Pair();
                    ServerSocketChannel listening = SocketsTest.listen()) {
                Connection connection = Streams.adopt(pair.channel);
                Server server = Streams.adopt((reader, writer) -> {}, listening);
                assertThatThrownBy(() -> Sockets.addReader(pair.channel, () -> {}))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("belongs to a connection");
                assertThatThrownBy(() -> Sockets.addWriter(pair.channel, () -> {}))
                        .isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> Sockets.receive(pair.channel, 10)).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> Sockets.accept(listening))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("belongs to a server");
                assertThat(Sockets.removeReader(pair.channel)).isFalse();
                connection.writer().abort();
                connection.writer().waitClosed();
                server.close();
                server.waitClosed();
            }
        });
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName(
            "what is left unread calls again, but lets all others run in between, and does not spin while it waits")
    void levelTriggered() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            pair.send("stays");
            check.run(() -> {
                AtomicInteger calls = new AtomicInteger();
                LoopFuture<Integer> blocked = check.loop().createFuture();
                Sockets.addReader(pair.channel, () -> {
                    if (calls.incrementAndGet() == 100) {
                        blocked.await(); // a callback may wait; meanwhile it is not called
                    }
                });
                int rounds = 0;
                while (calls.get() < 100) {
                    Async.yieldNow();
                    rounds++;
                }
                assertThat(rounds).isGreaterThanOrEqualTo(100);
                Async.sleep(java.time.Duration.ofMillis(30));
                assertThat(calls).hasValue(100);
                blocked.setResult(1);
                while (calls.get() < 102) {
                    Async.yieldNow();
                }
                assertThat(Sockets.removeReader(pair.channel)).isTrue();
            });
        }
    }

    @Test
    @DisplayName("what a callback throws goes to the exception handler, and it is called again")
    void failing() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            Queue<String> got = new ConcurrentLinkedQueue<>();
            check.run(() -> Sockets.addReader(pair.channel, () -> {
                got.add(read(pair.channel));
                throw new IllegalStateException("mine");
            }));
            for (int i = 0; i < 3; i++) {
                pair.send("x");
                assertThat(check.takeError().exception()).hasMessage("mine");
                assertThat(got.poll()).isEqualTo("x");
            }
            check.run(() -> assertThat(Sockets.removeReader(pair.channel)).isTrue());
        }
    }

    @Test
    @DisplayName("a callback removes or replaces itself")
    void removesItself() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            pair.send("x");
            check.run(() -> {
                List<String> calls = new ArrayList<>();
                LoopFuture<Boolean> removed = check.loop().createFuture();
                Sockets.addReader(pair.channel, () -> {
                    calls.add("first");
                    try {
                        Sockets.addReader(pair.channel, () -> {
                            calls.add("second");
                            try {
                                removed.setResult(Sockets.removeReader(pair.channel));
                            } catch (IOException e) {
                                removed.setException(e);
                            }
                        });
                    } catch (IOException e) {
                        removed.setException(e);
                    }
                });
                assertThat(removed.await()).isTrue();
                Async.sleep(java.time.Duration.ofMillis(10));
                assertThat(calls).containsExactly("first", "second");
            });
            assertThat(watched()).isZero();
        }
    }

    @Test
    @DisplayName("a writer is called when there is room, and when a channel is connected")
    void writer() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen();
                    SocketChannel client = SocketsTest.open()) {
                client.connect(listening.getLocalAddress());
                LoopFuture<Boolean> connected = check.loop().createFuture();
                Sockets.addWriter(client, () -> {
                    try {
                        connected.trySetResult(client.finishConnect());
                    } catch (IOException e) {
                        connected.trySetException(e);
                    }
                });
                assertThat(connected.await()).isTrue();
                assertThat(Sockets.removeWriter(client)).isTrue();
                LoopFuture<Integer> room = check.loop().createFuture();
                try (SocketChannel server = Sockets.accept(listening)) {
                    while (client.write(ByteBuffer.allocate(64 << 10)) > 0) {}
                    Sockets.addWriter(client, () -> room.trySetResult(1));
                    Async.sleep(java.time.Duration.ofMillis(10));
                    assertThat(room.isDone()).isFalse();
                    while (!room.isDone()) {
                        read(server);
                        Async.yieldNow();
                    }
                    assertThat(Sockets.removeWriter(client)).isTrue();
                }
            }
        });
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName(
            "every kind of channel: listening sockets, datagrams, both ends of a pipe, input and output of one at once")
    void kinds() throws Exception {
        check.run(() -> {
            Pipe pipe = Pipe.open();
            try (ServerSocketChannel listening = SocketsTest.listen();
                    DatagramChannel datagrams = DatagramChannel.open();
                    Pipe.SourceChannel source = pipe.source();
                    Pipe.SinkChannel sink = pipe.sink()) {
                datagrams.configureBlocking(false);
                datagrams.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                source.configureBlocking(false);
                sink.configureBlocking(false);

                LoopFuture<Integer> client = check.loop().createFuture();
                Sockets.addReader(listening, () -> client.trySetResult(1));
                try (Socket socket = new Socket("127.0.0.1", listening.socket().getLocalPort())) {
                    assertThat(socket.isConnected()).isTrue();
                    client.await();
                }
                LoopFuture<Integer> datagram = check.loop().createFuture();
                LoopFuture<Integer> room = check.loop().createFuture();
                Sockets.addReader(datagrams, () -> datagram.trySetResult(1));
                Sockets.addWriter(datagrams, () -> room.trySetResult(1));
                room.await();
                assertThat(datagram.isDone()).isFalse();
                datagrams.send(ByteBuffer.allocate(1), datagrams.getLocalAddress());
                datagram.await();
                LoopFuture<String> bytes = check.loop().createFuture();
                LoopFuture<Integer> pipeRoom = check.loop().createFuture();
                Sockets.addReader(source, () -> bytes.trySetResult(read(source)));
                Sockets.addWriter(sink, () -> pipeRoom.trySetResult(1));
                pipeRoom.await();
                sink.write(ByteBuffer.wrap("through".getBytes(UTF_8)));
                assertThat(bytes.await()).isEqualTo("through");
                assertThatThrownBy(() -> Sockets.addWriter(source, () -> {}))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> Sockets.addReader(sink, () -> {}))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> Sockets.addWriter(listening, () -> {}))
                        .isInstanceOf(IllegalArgumentException.class);
                for (boolean removed : new boolean[] {
                    Sockets.removeReader(listening), Sockets.removeReader(datagrams),
                    Sockets.removeWriter(datagrams), Sockets.removeReader(source),
                    Sockets.removeWriter(sink)
                }) {
                    assertThat(removed).isTrue();
                }
            }
        });
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName("a channel that its user closes is forgotten, and its descriptor is free")
    void closed() throws Exception {
        check.call(() -> SocketEngine.of(check.loop()));
        new SocketsTest.Pair().close(); // the JDK opens descriptors of its own for the first
        long before = Descriptors.open();
        AtomicInteger calls = new AtomicInteger();
        SocketsTest.Pair pair = new SocketsTest.Pair();
        check.run(() -> {
            Sockets.addReader(pair.channel, calls::incrementAndGet);
            Async.sleep(java.time.Duration.ofMillis(5));
        });
        pair.close();
        Descriptors.awaitAtMost(before);
        for (int i = 0; watched() > 0; i++) {
            assertThat(i).isLessThan(5000);
            java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
        }
        check.run(() -> assertThat(Sockets.removeReader(pair.channel)).isFalse());
        assertThat(calls).hasValue(0);
    }

    @Test
    @DisplayName("a loop that closes calls nobody any more and leaves the channel open, free and usable")
    void loopCloses() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            AtomicInteger calls = new AtomicInteger();
            check.run(() -> Sockets.addReader(pair.channel, calls::incrementAndGet));
            check.loop().close();
            assertThat(pair.channel.isOpen()).isTrue();
            assertThat(pair.channel.isRegistered()).isFalse();
            pair.channel.configureBlocking(true);
            pair.send("x");
            assertThat(pair.channel.read(ByteBuffer.allocate(10))).isEqualTo(1);
            assertThat(calls).hasValue(0);
        }
    }

    @Test
    @DisplayName("a callback runs in a copy of the context of who added it, the same each time")
    void context() throws Exception {
        ContextVar<String> variable = ContextVar.of("variable");
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            Queue<String> seen = new ConcurrentLinkedQueue<>();
            check.run(() -> {
                variable.set("a");
                Sockets.addReader(pair.channel, () -> {
                    read(pair.channel);
                    seen.add(variable.get());
                    variable.set(variable.get() + "b");
                });
                variable.set("other");
            });
            for (String expected : List.of("a", "ab", "abb")) {
                pair.send("x");
                LoopCheck.awaitTrue("it is called", () -> expected.equals(seen.poll()));
            }
            check.run(() -> assertThat(Sockets.removeReader(pair.channel)).isTrue());
        }
    }
}
