package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Operations on channels of the user's")
@SuppressWarnings({"try", "AddressSelection"}) // closes in the middle are what is tested
class SocketsTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    static ServerSocketChannel listen() throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        channel.configureBlocking(false);
        return channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    }

    static SocketChannel open() throws IOException {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        return channel;
    }

    /** A channel in non-blocking mode and its plain peer. */
    static final class Pair implements AutoCloseable {
        final SocketChannel channel;
        final Socket peer;

        Pair() throws IOException {
            try (ServerSocket listening = new ServerSocket()) {
                listening.setReceiveBufferSize(8 << 10);
                listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                channel = SocketChannel.open(listening.getLocalSocketAddress());
                channel.configureBlocking(false);
                peer = listening.accept();
            }
        }

        void send(String text) throws IOException {
            peer.getOutputStream().write(text.getBytes(UTF_8));
        }

        @Override
        public void close() throws IOException {
            channel.close();
            peer.close();
        }
    }

    private int watched() throws Exception {
        return check.call(() -> SocketEngine.of(check.loop()).watches().count());
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    @DisplayName("connect, accept, send and receive, with both ends in tasks; the input's end is an empty array and -1")
    void thereAndBack() throws Exception {
        byte[] sent = random(3_000_000);
        check.run(() -> {
            try (ServerSocketChannel listening = listen();
                    SocketChannel client = open()) {
                Task<SocketChannel> accepting = check.loop().createTask(() -> Sockets.accept(listening));
                Sockets.connect(client, listening.getLocalAddress());
                try (SocketChannel server = accepting.await()) {
                    assertThat(server.isBlocking()).isFalse();
                    ByteBuffer first = ByteBuffer.wrap(sent, 0, 1000);
                    ByteBuffer second = ByteBuffer.wrap(sent, 1000, 2_000_000).asReadOnlyBuffer();
                    ByteBuffer third = ByteBuffer.allocateDirect(sent.length - 2_001_000)
                            .put(sent, 2_001_000, sent.length - 2_001_000)
                            .flip();
                    Task<?> sending = check.loop().createTask(() -> {
                        Sockets.sendAll(client, first, second, ByteBuffer.allocate(0), third);
                        client.shutdownOutput();
                    });
                    ByteBuffer received = ByteBuffer.allocate(sent.length);
                    while (Sockets.receive(server, received) > 0) {}
                    assertThat(Arrays.equals(received.array(), sent)).isTrue();
                    sending.await();
                    assertThat(first.hasRemaining() || second.hasRemaining() || third.hasRemaining())
                            .isFalse();
                    assertThat(Sockets.receive(server, 10)).isEmpty();
                    assertThat(Sockets.receive(server, ByteBuffer.allocate(10))).isEqualTo(-1);
                    Sockets.sendAll(server, "answer".getBytes(UTF_8));
                    assertThat(new String(Sockets.receive(client, 100), UTF_8)).isEqualTo("answer");
                    assertThat(Sockets.receive(client, 0)).isEmpty();
                    assertThat(Sockets.receive(client, ByteBuffer.allocate(0))).isZero();
                }
            }
        });
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName("connect looks names up, and fails as the system does")
    void connect() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = listen();
                    SocketChannel client = open()) {
                int port = listening.socket().getLocalPort();
                SocketAddress name = InetSocketAddress.createUnresolved("127.0.0.1", port);
                Sockets.connect(client, name);
                assertThat(client.isConnected()).isTrue();
                listening.close();
                try (SocketChannel refused = open()) {
                    assertThatThrownBy(() -> Sockets.connect(refused, new InetSocketAddress("127.0.0.1", port)))
                            .isInstanceOf(ConnectException.class);
                }
            }
        });
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName("datagrams to and from, also empty ones; a closed port is reported and not fatal")
    void datagrams() throws Exception {
        check.run(() -> {
            InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            try (DatagramChannel one = DatagramChannel.open().bind(any);
                    DatagramChannel two = DatagramChannel.open().bind(any)) {
                one.configureBlocking(false);
                two.configureBlocking(false);
                Task<Datagram> receiving = check.loop().createTask(() -> Sockets.receiveFrom(two, 100));
                Async.yieldNow();
                assertThat(Sockets.sendTo(one, "ping".getBytes(UTF_8), two.getLocalAddress()))
                        .isEqualTo(4);
                Datagram ping = receiving.await();
                assertThat(ping.text()).isEqualTo("ping");
                assertThat(ping.sender()).isEqualTo(one.getLocalAddress());
                assertThat(Sockets.sendTo(two, new byte[0], one.getLocalAddress()))
                        .isZero();
                Sockets.sendTo(two, ByteBuffer.wrap("long one".getBytes(UTF_8)), one.getLocalAddress());
                ByteBuffer buffer = ByteBuffer.allocate(4);
                assertThat(Sockets.receiveFrom(one, buffer)).isEqualTo(two.getLocalAddress());
                assertThat(buffer.position()).isZero();
                assertThat(Sockets.receiveFrom(one, buffer)).isEqualTo(two.getLocalAddress());
                assertThat(new String(buffer.array(), UTF_8)).isEqualTo("long");

                SocketAddress gone = two.getLocalAddress();
                two.close();
                one.connect(gone);
                assertThatThrownBy(() -> sendUntilRefused(one, gone)).isInstanceOf(PortUnreachableException.class);
                assertThatThrownBy(() -> Sockets.sendTo(one, new byte[0], gone))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
        });
        assertThat(watched()).isZero();
    }

    /** Again and again: a channel that was closed gets datagrams until the selector has let go of it. */
    private static void sendUntilRefused(DatagramChannel from, SocketAddress to) throws Exception {
        for (int i = 0; i < 50; i++) {
            Sockets.sendTo(from, "anybody?".getBytes(UTF_8), to);
            try {
                Async.timeout(Duration.ofMillis(100), () -> Sockets.receiveFrom(from, 10));
            } catch (TimeoutException e) {
                // once more
            }
        }
    }

    @Test
    @DisplayName("closing a channel ends whoever waits for it, and frees its descriptor")
    void closeWhileWaiting() throws Exception {
        check.call(() -> SocketEngine.of(check.loop()));
        new Pair().close(); // the JDK opens descriptors of its own for the first
        long before = Descriptors.open();
        for (int i = 0; i < 3; i++) {
            try (Pair pair = new Pair();
                    ServerSocketChannel listening = listen()) {
                Task<?> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 1));
                Task<?> sending = check.loop().createTask(() -> Sockets.sendAll(pair.channel, new byte[16 << 20]));
                Task<?> accepting = check.loop().createTask(() -> Sockets.accept(listening));
                LoopCheck.awaitWaiting(receiving);
                LoopCheck.awaitWaiting(sending);
                LoopCheck.awaitWaiting(accepting);
                if (i == 0) { // off the loop
                    pair.channel.close();
                    listening.close();
                } else {
                    check.run(() -> {
                        pair.channel.close();
                        listening.close();
                    });
                }
                for (Task<?> waiting : List.of(receiving, sending, accepting)) {
                    assertThatThrownBy(() -> LoopCheck.join(waiting)).isInstanceOf(ClosedChannelException.class);
                }
            }
        }
        Descriptors.awaitAtMost(before);
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName("one task for each side: a second one is refused, the first goes on")
    void oneAtATime() throws Exception {
        try (Pair pair = new Pair()) {
            Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(receiving);
            check.run(() -> {
                assertThatThrownBy(() -> Sockets.receive(pair.channel, 10))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("another task is waiting");
                assertThatThrownBy(() -> Sockets.addReader(pair.channel, () -> {}))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a task is waiting");
                Sockets.sendAll(pair.channel, "out".getBytes(UTF_8));
                Sockets.addWriter(pair.channel, () -> {});
                assertThatThrownBy(() -> Sockets.sendAll(pair.channel, "out".getBytes(UTF_8)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a callback watches");
                assertThat(Sockets.removeWriter(pair.channel)).isTrue();
            });
            assertThat(pair.peer.getInputStream().readNBytes(3)).hasSize(3);
            pair.send("in");
            assertThat(LoopCheck.join(receiving)).hasSize(2);
        }
    }

    @Test
    @DisplayName("both sides of a channel wait and are served at once")
    void bothSides() throws Exception {
        try (Pair pair = new Pair()) {
            byte[] data = random(8 << 20);
            Task<?> sending = check.loop().createTask(() -> Sockets.sendAll(pair.channel, data));
            Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(sending);
            LoopCheck.awaitWaiting(receiving);
            pair.send("first");
            assertThat(LoopCheck.join(receiving)).hasSize(5);
            LoopCheck.awaitWaiting(sending);
            Task<byte[]> again = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(again);
            assertThat(pair.peer.getInputStream().readNBytes(data.length)).isEqualTo(data);
            LoopCheck.join(sending);
            pair.send("second");
            assertThat(LoopCheck.join(again)).hasSize(6);
        }
    }

    @Test
    @DisplayName("a pipe's ends can be received from and sent to")
    void pipe() throws Exception {
        check.run(() -> {
            Pipe pipe = Pipe.open();
            try (Pipe.SourceChannel source = pipe.source();
                    Pipe.SinkChannel sink = pipe.sink()) {
                source.configureBlocking(false);
                sink.configureBlocking(false);
                byte[] data = random(1_000_000);
                Task<?> sending = check.loop().createTask(() -> Sockets.sendAll(sink, data));
                ByteBuffer received = ByteBuffer.allocate(data.length);
                while (received.hasRemaining()) {
                    Sockets.receive(source, received);
                }
                sending.await();
                assertThat(Arrays.equals(received.array(), data)).isTrue();
            }
        });
    }

    @Test
    @DisplayName("a fast peer does not keep others from running")
    void fairness() throws Exception {
        try (Pair pair = new Pair()) {
            check.run(() -> {
                Task<?> other = check.loop().createTask(() -> {});
                int rounds = 0;
                pair.peer.setTcpNoDelay(true);
                while (!other.isDone()) {
                    pair.send("x");
                    Sockets.receive(pair.channel, 1);
                    assertThat(rounds++).isLessThan(1000);
                }
            });
        }
    }

    @Test
    @DisplayName(
            "when the loop closes, tasks are cancelled, and the channel stays open, is free, and works as a blocking one")
    void loopCloses() throws Exception {
        try (Pair pair = new Pair()) {
            Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(receiving);
            check.loop().close();
            assertThat(receiving.isCancelled()).isTrue();
            assertThat(pair.channel.isRegistered()).isFalse();
            pair.channel.configureBlocking(true);
            pair.send("still there");
            assertThat(pair.channel.read(ByteBuffer.allocate(100))).isEqualTo(11);
        }
    }

    @Test
    @DisplayName("who waits when the sockets end, although the loop does not, is told")
    void socketsEnd() throws Exception {
        try (Pair pair = new Pair()) {
            Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 10));
            LoopCheck.awaitWaiting(receiving);
            check.endSockets();
            assertThatThrownBy(() -> LoopCheck.join(receiving))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("are closed");
            assertThatThrownBy(() -> check.call(() -> Sockets.receive(pair.channel, 10)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("are closed");
        }
    }

    @Test
    @DisplayName("many channels at once wait for little")
    void many() throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Task<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Pair pair = new Pair();
            pairs.add(pair);
            tasks.add(check.loop().createTask(() -> {
                long total = 0;
                for (byte[] bytes = Sockets.receive(pair.channel, 16);
                        bytes.length > 0;
                        bytes = Sockets.receive(pair.channel, 16)) {
                    total += bytes.length;
                    Sockets.sendAll(pair.channel, bytes);
                }
                return total;
            }));
        }
        for (int round = 0; round < 20; round++) {
            for (Pair pair : pairs) {
                pair.send("round " + (round % 10));
            }
            for (Pair pair : pairs) {
                assertThat(new String(pair.peer.getInputStream().readNBytes(7), UTF_8))
                        .isEqualTo("round " + (round % 10));
            }
        }
        for (Pair pair : pairs) {
            pair.peer.shutdownOutput();
        }
        for (Task<Long> task : tasks) {
            assertThat(LoopCheck.join(task)).isEqualTo(140);
        }
        for (Pair pair : pairs) {
            pair.close();
        }
        assertThat(watched()).isZero();
    }

    @Test
    @DisplayName("bad input is refused with a sentence, and each operation is a cancellation point")
    void badInput() throws Exception {
        try (Pair pair = new Pair();
                DatagramChannel datagrams = DatagramChannel.open()) {
            datagrams.configureBlocking(false);
            check.run(() -> {
                SocketChannel blocking = SocketChannel.open();
                assertThatThrownBy(() -> Sockets.receive(blocking, 1))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("blocking mode");
                assertThatThrownBy(() -> Sockets.addReader(blocking, () -> {}))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("blocking mode");
                blocking.close();
                assertThatThrownBy(() -> Sockets.receive(blocking, 1)).isInstanceOf(ClosedChannelException.class);
                assertThatThrownBy(() -> Sockets.receive(pair.channel, -1))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> Sockets.receive(datagrams, 1))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("receiveFrom");
                assertThatThrownBy(() -> Sockets.sendAll(pair.channel, new ByteBuffer[] {null}))
                        .isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> Sockets.sendTo(
                                datagrams, new byte[1], InetSocketAddress.createUnresolved("localhost", 9)))
                        .isInstanceOf(IllegalArgumentException.class);
            });
            Task<?> cancelled = check.loop().createTask(() -> {
                Async.currentTask().cancel();
                Sockets.sendAll(pair.channel, new byte[1]);
            });
            assertThatThrownBy(() -> LoopCheck.join(cancelled)).isInstanceOf(CancelledException.class);
            pair.channel.shutdownOutput();
            assertThat(pair.peer.getInputStream().read()).isEqualTo(-1);
            assertThatThrownBy(() -> Sockets.receive(pair.channel, 1)).isInstanceOf(IllegalStateException.class);
        }
    }
}
