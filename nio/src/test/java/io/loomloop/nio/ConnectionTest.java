package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Connection, and what its streams can do besides")
class ConnectionTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static List<String> rest(StreamReader reader) {
        List<String> lines = new ArrayList<>();
        for (byte[] line : reader.lines()) {
            lines.add(new String(line, UTF_8));
        }
        return lines;
    }

    // ---- lines

    @Test
    @DisplayName("lines come one by one until the end of the stream, the last maybe without its end")
    void lines() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<List<String>> reading = check.loop().createTask(() -> rest(peer.reader));
            LoopCheck.awaitWaiting(reading);
            peer.send("one\n\ntw");
            peer.send("o\nthree");
            peer.socket.shutdownOutput();
            assertThat(LoopCheck.join(reading)).containsExactly("one\n", "\n", "two\n", "three");
            assertThat(check.call(() -> rest(peer.reader))).isEmpty();
        }
    }

    @Test
    @DisplayName("after leaving the loop one can read on, and loop again")
    void linesInParts() throws Exception {
        try (Peer peer = Peer.connect(check).send("1\n2\n3\n4\n")) {
            peer.socket.shutdownOutput();
            check.run(() -> {
                for (byte[] line : peer.reader.lines()) {
                    assertThat(line).isEqualTo("1\n".getBytes(UTF_8));
                    break;
                }
                assertThat(peer.reader.readLine()).isEqualTo("2\n".getBytes(UTF_8));
                assertThat(rest(peer.reader)).containsExactly("3\n", "4\n");
                Iterator<byte[]> none = peer.reader.lines().iterator();
                assertThat(none.hasNext()).isFalse();
                assertThatThrownBy(none::next).isInstanceOf(NoSuchElementException.class);
            });
        }
    }

    @Test
    @DisplayName("what fails under an iteration comes unchecked, with the cause; a long line does not end it")
    void linesFail() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withLimit(3)).send("too long\nok\n")) {
            check.run(() -> {
                Iterator<byte[]> lines = peer.reader.lines().iterator();
                assertThatThrownBy(lines::hasNext)
                        .isInstanceOf(UncheckedIOException.class)
                        .hasCauseInstanceOf(LimitOverrunException.class);
                assertThat(lines.next()).isEqualTo("ok\n".getBytes(UTF_8));
            });
            peer.reset();
            assertThatThrownBy(() -> check.call(() -> rest(peer.reader))).isInstanceOf(UncheckedIOException.class);
        }
    }

    // ---- reading into buffers

    @Test
    @DisplayName("reading into a buffer takes what there is and has room, from several chunks, and tells the end")
    void readIntoBuffer() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(ByteBuffer.allocateDirect(4)));
            LoopCheck.awaitWaiting(reading);
            peer.send("abc");
            assertThat(LoopCheck.join(reading)).isEqualTo(3);
            peer.send("defghi");
            ByteBuffer buffer = ByteBuffer.allocate(10).position(8);
            assertThat(check.call(() -> peer.reader.read(buffer))).isEqualTo(2);
            assertThat(buffer.hasRemaining()).isFalse();
            assertThat(check.call(() -> peer.reader.read(buffer))).isZero();
            assertThat(new String(buffer.array(), 8, 2, UTF_8)).isEqualTo("de");
            byte[] array = new byte[9];
            assertThat(check.call(() -> peer.reader.read(array, 1, 3))).isEqualTo(3);
            assertThat(array).startsWith(0, 'f', 'g', 'h', 0);
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(array, 5, 5)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(buffer.asReadOnlyBuffer())))
                    .isInstanceOf(ReadOnlyBufferException.class);
            peer.socket.shutdownOutput();
            assertThat(check.call(() -> peer.reader.read(array, 0, 9))).isEqualTo(1);
            assertThat(check.call(() -> peer.reader.read(array, 0, 9))).isEqualTo(-1);
        }
    }

    @Test
    @DisplayName("reading into a buffer takes several chunks at once, and leaves the rest of the last")
    void readChunksIntoBuffer() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            SocketStream socket = (SocketStream) peer.writer.sink();
            peer.send("ab");
            LoopCheck.awaitTrue("it has arrived", () -> socket.inbound().hasNews());
            peer.send("cd");
            peer.socket.shutdownOutput();
            LoopCheck.awaitTrue("all has arrived", () -> socket.inbound().isEnded());
            byte[] array = new byte[3];
            assertThat(check.call(() -> peer.reader.read(array, 0, 3))).isEqualTo(3);
            assertThat(array).isEqualTo("abc".getBytes(UTF_8));
            assertThat(check.call(peer.reader::readAll)).isEqualTo("d".getBytes(UTF_8));
        }
    }

    // ---- the pair

    @Test
    @DisplayName("it tells addresses and options: peername, sockname, and what is asked of the socket")
    void extraInfo() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            InetSocketAddress local = (InetSocketAddress) peer.connection.localAddress();
            InetSocketAddress remote = (InetSocketAddress) peer.connection.remoteAddress();
            assertThat(local.getPort()).isEqualTo(peer.socket.getPort());
            assertThat(remote.getPort()).isEqualTo(peer.socket.getLocalPort());
            assertThat(peer.writer.option(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
            peer.writer.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            assertThat(peer.writer.option(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThatThrownBy(() -> peer.writer.option(StandardSocketOptions.IP_MULTICAST_TTL))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> peer.writer.setOption(StandardSocketOptions.SO_KEEPALIVE, null))
                    .isInstanceOf(NullPointerException.class);
            assertThat(peer.writer.canWriteEof()).isTrue();
        }
    }

    @Test
    @DisplayName("a pipe has no options")
    void pipe() throws Exception {
        check.run(() -> {
            try (Subprocess cat = Subprocess.exec("cat")) {
                assertThatThrownBy(() -> cat.stdin().option(StandardSocketOptions.SO_KEEPALIVE))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThat(cat.stdin().canWriteEof()).isTrue();
            }
        });
    }

    @Test
    @DisplayName("half-close: the peer's end and ours are independent, in either order")
    void halfClose() throws Exception {
        for (boolean peerFirst : new boolean[] {false, true}) {
            try (Peer peer = Peer.connect(check)) {
                if (peerFirst) {
                    peer.send("question").socket.shutdownOutput();
                    assertThat(check.call(peer.reader::readAll)).isEqualTo("question".getBytes(UTF_8));
                }
                check.run(() -> {
                    peer.writer.write("answer");
                    peer.writer.drain();
                    peer.writer.writeEof();
                });
                assertThat(peer.receiveAll()).isEqualTo("answer".getBytes(UTF_8));
                if (!peerFirst) {
                    peer.send("afterwards").socket.shutdownOutput();
                    assertThat(check.call(peer.reader::readAll)).isEqualTo("afterwards".getBytes(UTF_8));
                }
                assertThat(peer.connection.isClosing()).isFalse();
                peer.connection.close();
                check.run(peer.connection::waitClosed);
            }
        }
    }

    @Test
    @DisplayName("in a task that is cancelled, try-with-resources sends what was written and closes")
    void cancelled() throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Task<?> task = check.loop().createTask(() -> {
                try (Connection connection = Streams.openConnection("127.0.0.1", listening.getLocalPort())) {
                    connection.writer().write("hello");
                    try {
                        connection.reader().readLine();
                    } catch (CancelledException e) {
                        connection.writer().write(", bye");
                        throw e;
                    }
                }
            });
            try (Socket peer = listening.accept()) {
                assertThat(peer.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
                LoopCheck.awaitWaiting(task);
                task.cancel();
                assertThat(peer.getInputStream().readAllBytes()).isEqualTo(", bye".getBytes(UTF_8));
            }
            LoopCheck.awaitTrue("it has ended", task::isDone);
            assertThat(task.isCancelled()).isTrue();
        }
    }

    @Test
    @DisplayName("abort drops what is unsent")
    void abort() throws Throwable {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(new byte[16 << 20]);
                peer.connection.abort();
                peer.connection.waitClosed();
                assertThat(peer.connection.isClosing()).isTrue();
            });
            check.assertCutOff(() -> assertThat(peer.receiveAll().length).isLessThan(16 << 20));
        }
    }

    // ---- forgotten

    @Test
    @DisplayName("a connection that was forgotten is closed by the garbage collector, with a warning")
    void forgotten() throws Exception {
        check.loop().setDebug(true);
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                LogCheck log = new LogCheck("io.loomloop.nio")) {
            StreamReader reader = check.call(() -> Streams.openConnection("127.0.0.1", listening.getLocalPort())
                    .reader());
            try (Socket peer = listening.accept()) {
                System.gc();
                peer.getOutputStream().write("still here\n".getBytes(UTF_8));
                byte[] line = check.call(reader::readLine);
                assertThat(line).as("its reader is in use").isEqualTo("still here\n".getBytes(UTF_8));
                assertThat(log.messages()).isEmpty();
                reader = null;
                LoopCheck.awaitTrue("it is missed", () -> {
                    System.gc();
                    return !log.messages().isEmpty();
                });
                assertThat(log.messages()).singleElement().asString().contains("never closed", "127.0.0.1");
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @Test
    @DisplayName("one that was closed is forgotten without a word")
    void closedAndForgotten() throws Exception {
        try (LogCheck log = new LogCheck("io.loomloop.nio");
                Peer peer = Peer.connect(check)) {
            Forgotten forgotten = new Forgotten(peer.writer, peer.writer.sink());
            peer.connection.close();
            forgotten.close();
            assertThat(log.messages()).isEmpty();
        }
    }

    @Test
    @DisplayName("one that was closed is gone with the next collection: nothing waits for a thread to come round")
    void closedIsGarbage() throws Exception {
        int many = 200;
        List<WeakReference<ByteSink>> closed = new ArrayList<>();
        try (ServerSocket listening = new ServerSocket(0, many, InetAddress.getLoopbackAddress())) {
            for (int i = 0; i < many; i++) {
                closed.add(openAndClose(listening));
            }
        }
        System.gc();
        long left = closed.stream().filter(sink -> sink.get() != null).count();
        assertThat(left).as("sinks in memory").isLessThan(many / 10);
    }

    private WeakReference<ByteSink> openAndClose(ServerSocket listening) throws Exception {
        return check.call(() -> {
            Connection connection = Streams.openConnection("127.0.0.1", listening.getLocalPort());
            listening.accept().close();
            connection.close();
            connection.waitClosed();
            return new WeakReference<>(connection.writer().sink());
        });
    }
}
