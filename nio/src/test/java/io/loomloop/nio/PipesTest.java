package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Pipes")
@SuppressWarnings("try") // closes in the middle are what is tested
class PipesTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    @DisplayName("what goes in comes out, under the water marks, and then the end; descriptors are free")
    void throughAndEnd() throws Exception {
        byte[] data = random(5_000_000);
        SocketEngine engine = check.call(() -> SocketEngine.of(check.loop()));
        new SocketsTest.Pair().close(); // the JDK opens descriptors of its own for the first
        long before = Descriptors.open();
        check.run(() -> {
            Pipe pipe = Pipe.open();
            StreamReader reader = Pipes.reader(pipe.source());
            StreamWriter writer = Pipes.writer(pipe.sink());
            Task<?> writing = check.loop().createTask(() -> {
                for (int i = 0; i < 50; i++) {
                    writer.write(data, i * 100_000, 100_000);
                    writer.drain();
                }
                writer.write("line\nand the rest");
                writer.close();
                writer.waitClosed();
            });
            assertThat(Arrays.equals(reader.readExactly(data.length), data)).isTrue();
            assertThat(reader.readLine()).isEqualTo("line\n".getBytes(UTF_8));
            assertThat(new String(reader.readAll(), UTF_8)).isEqualTo("and the rest");
            assertThat(reader.atEof()).isTrue();
            writing.await();
            assertThat(pipe.sink().isOpen()).isFalse();
            assertThat(writer.isClosing()).isTrue();
            assertThatThrownBy(writer::remoteAddress).isInstanceOf(UnsupportedOperationException.class);
        });
        Descriptors.awaitAtMost(before);
        LoopCheck.awaitTrue("its channels are forgotten", () -> engine.watches().count() == 0);
    }

    @Test
    @DisplayName("a pipe that is full makes drain wait; writeEof closes it when everything is sent")
    void backPressure() throws Exception {
        Pipe pipe = Pipe.open();
        byte[] data = random(1_000_000);
        StreamWriter writer = check.call(() -> Pipes.writer(pipe.sink()));
        Task<?> writing = check.loop().createTask(() -> {
            writer.write(data);
            assertThat(writer.bufferedBytes()).isPositive();
            writer.drain();
            writer.writeEof();
            assertThatThrownBy(() -> writer.write("x")).isInstanceOf(IllegalStateException.class);
        });
        LoopCheck.awaitWaiting(writing);
        ByteBuffer received = ByteBuffer.allocate(data.length);
        while (received.hasRemaining()) {
            pipe.source().read(received);
        }
        assertThat(Arrays.equals(received.array(), data)).isTrue();
        LoopCheck.join(writing);
        assertThat(pipe.source().read(ByteBuffer.allocate(1))).isEqualTo(-1);
        pipe.source().close();
        writer.waitClosed();
    }

    @Test
    @DisplayName("a reader that is behind makes the pipe wait")
    void pauses() throws Exception {
        Pipe pipe = Pipe.open();
        pipe.sink().configureBlocking(false);
        StreamReader reader = check.call(() -> Pipes.reader(pipe.source(), StreamOptions.DEFAULT.withLimit(1000)));
        long[] written = {0};
        LoopCheck.awaitTrue("it pauses", () -> {
            try {
                written[0] += pipe.sink().write(ByteBuffer.allocate(10_000));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return reader.toString().contains("paused");
        });
        pipe.sink().close();
        assertThat(check.<byte[]>call(reader::readAll)).hasSize((int) written[0]);
    }

    @Test
    @DisplayName("a pipe whose other end is closed is broken: the next write finds out, and drain says so")
    void brokenPipe() throws Exception {
        check.run(() -> {
            Pipe pipe = Pipe.open();
            StreamWriter writer = Pipes.writer(pipe.sink());
            pipe.source().close();
            writer.write("x");
            assertThatThrownBy(writer::drain).isInstanceOf(IOException.class).hasMessageContaining("roken pipe");
            assertThatThrownBy(writer::waitClosed).isInstanceOf(IOException.class);
            assertThat(pipe.sink().isOpen()).isFalse();
        });
    }

    @Test
    @DisplayName("a pipe that breaks with bytes unsent ends who waits in drain")
    void brokenWhileWaiting() throws Exception {
        Pipe pipe = Pipe.open();
        StreamWriter writer = check.call(() -> Pipes.writer(pipe.sink()));
        Task<?> draining = check.loop().createTask(() -> {
            writer.write(new byte[1_000_000]);
            writer.drain();
        });
        LoopCheck.awaitWaiting(draining);
        pipe.source().close();
        assertThatThrownBy(() -> LoopCheck.join(draining))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("roken pipe");
    }

    @Test
    @DisplayName("a user who closes the channel ends the reader, and whoever waits in drain")
    void closedByUser() throws Exception {
        Pipe pipe = Pipe.open();
        StreamReader reader = check.call(() -> Pipes.reader(pipe.source()));
        StreamWriter writer = check.call(() -> Pipes.writer(pipe.sink()));
        Task<byte[]> reading = check.loop().createTask(() -> reader.read(1));
        LoopCheck.awaitWaiting(reading);
        pipe.source().close();
        assertThat(LoopCheck.join(reading)).isEmpty();
        pipe.sink().close();
        assertThatThrownBy(() -> LoopCheck.join(check.loop().createTask(writer::waitClosed)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("closed by others");
    }

    @Test
    @DisplayName("abort drops what is unsent; a read that is cancelled takes nothing")
    void abortAndCancel() throws Exception {
        check.run(() -> {
            Pipe pipe = Pipe.open();
            StreamReader reader = Pipes.reader(pipe.source());
            StreamWriter writer = Pipes.writer(pipe.sink());
            Task<byte[]> reading = check.loop().createTask(() -> reader.readExactly(3));
            Async.yieldNow();
            writer.write("ab");
            Async.yieldNow();
            reading.cancel();
            assertThatThrownBy(reading::await).isInstanceOf(CancelledException.class);
            writer.write("c");
            assertThat(new String(reader.readExactly(3), UTF_8)).isEqualTo("abc");
            writer.write(new byte[10_000_000]);
            writer.abort();
            writer.waitClosed();
            assertThat(reader.readAll().length).isLessThan(10_000_000);
        });
    }

    @Test
    @DisplayName("a file goes into a pipe")
    void sendFile(@TempDir Path folder) throws Exception {
        byte[] data = random(2_000_000);
        Path path = Files.write(folder.resolve("file"), data);
        check.run(() -> {
            Pipe pipe = Pipe.open();
            StreamReader reader = Pipes.reader(pipe.source());
            StreamWriter writer = Pipes.writer(pipe.sink());
            Task<Long> sending = check.loop().createTask(() -> {
                writer.write("first");
                long sent = writer.sendFile(path);
                writer.close();
                return sent;
            });
            assertThat(reader.readExactly(5)).hasSize(5);
            assertThat(Arrays.equals(reader.readAll(), data)).isTrue();
            assertThat(sending.await()).isEqualTo(data.length);
        });
    }

    @Test
    @DisplayName("a loop that closes closes its pipes, and reports what was not sent")
    void loopCloses() throws Exception {
        Pipe pipe = Pipe.open();
        StreamReader reader = check.call(() -> Pipes.reader(pipe.source()));
        Task<byte[]> reading = check.loop().createTask(() -> reader.read(1));
        LoopCheck.awaitWaiting(reading);
        Pipe other = Pipe.open();
        StreamWriter writer = check.call(() -> Pipes.writer(other.sink()));
        check.run(() -> writer.write(new byte[1_000_000]));
        check.loop().close();
        assertThat(reading.isCancelled()).isTrue();
        assertThat(pipe.source().isOpen()).isFalse();
        assertThat(other.sink().isOpen()).isFalse();
        assertThat(check.takeError().message()).contains("were not sent by pipe");
        pipe.sink().close();
        other.source().close();
    }

    @Test
    @DisplayName("14: a channel belongs to one stream, and to nobody else; it is refused when closed")
    void owned() throws Exception {
        check.run(() -> {
            Pipe pipe = Pipe.open();
            StreamReader reader = Pipes.reader(pipe.source());
            assertThatThrownBy(() -> Pipes.reader(pipe.source()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("already");
            assertThatThrownBy(() -> Sockets.receive(pipe.source(), 1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("belongs to a pipe's stream");
            pipe.sink().configureBlocking(false);
            Sockets.addWriter(pipe.sink(), () -> {});
            assertThatThrownBy(() -> Pipes.writer(pipe.sink()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a callback watches it");
            Sockets.removeWriter(pipe.sink());
            StreamWriter writer = Pipes.writer(pipe.sink());
            writer.write("x");
            writer.close();
            assertThat(reader.readAll()).hasSize(1);
            writer.waitClosed();
            assertThatThrownBy(() -> Pipes.writer(pipe.sink())).isInstanceOf(ClosedChannelException.class);
        });
    }

    @Test
    @DisplayName("a blocking stream is read by a thread of its own, to its end, or until the loop closes")
    void blockingStream() throws Exception {
        check.run(() -> {
            StreamReader reader = Pipes.reader(new ByteArrayInputStream("one\ntwo\n".getBytes(UTF_8)));
            assertThat(reader.readLine()).isEqualTo("one\n".getBytes(UTF_8));
            assertThat(reader.readAll()).isEqualTo("two\n".getBytes(UTF_8));
        });
        PipedInputStream in = new PipedInputStream();
        try (PipedOutputStream out = new PipedOutputStream(in)) {
            StreamReader reader = check.call(() -> Pipes.reader(in));
            out.write("typed".getBytes(UTF_8));
            out.flush();
            assertThat(check.<byte[]>call(() -> reader.readExactly(5))).hasSize(5);
            Task<byte[]> reading = check.loop().createTask(() -> reader.read(1));
            LoopCheck.awaitWaiting(reading);
            check.loop().close();
            assertThat(reading.isCancelled()).isTrue();
        }
        awaitPumpsEnd();
    }

    @Test
    @DisplayName(
            "a blocking stream stays its owner's: nobody closes it or holds its monitor, and who closes it ends the reader")
    void blockingStreamIsNotOurs() throws Exception {
        AtomicBoolean closed = new AtomicBoolean();
        AtomicBoolean locked = new AtomicBoolean();
        InputStream stream = new FilterInputStream(new ByteArrayInputStream("typed".getBytes(UTF_8))) {
            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                locked.set(Thread.holdsLock(this));
                return super.read(into, offset, length);
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
        InputStream console = System.in;
        System.setIn(stream);
        try {
            assertThat(check.<byte[]>call(() -> Pipes.reader(System.in).readAll()))
                    .isEqualTo("typed".getBytes(UTF_8));
        } finally {
            System.setIn(console);
        }
        awaitPumpsEnd();
        assertThat(closed).isFalse();
        assertThat(locked).isFalse();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
            StreamReader reader = check.call(() -> Pipes.reader(socket.getInputStream()));
            Task<byte[]> reading = check.loop().createTask(() -> reader.read(1));
            LoopCheck.awaitWaiting(reading);
            socket.close();
            assertThatThrownBy(() -> LoopCheck.join(reading))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("closed");
        }
        awaitPumpsEnd();
    }

    private void awaitPumpsEnd() {
        LoopCheck.awaitTrue(
                "the threads that read end with their streams",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(
                                thread -> thread.getName().equals(check.loop().name() + "-input-stream")));
    }
}
