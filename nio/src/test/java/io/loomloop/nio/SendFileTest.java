package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("sendFile")
@SuppressWarnings("try") // closes in the middle are what is tested
class SendFileTest {
    /** More than the system takes for a peer that does not read. */
    private static final int SIZE = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private Path path;
    private byte[] content;

    @BeforeEach
    void makeFile() throws IOException {
        content = new byte[SIZE];
        new Random(1).nextBytes(content);
        path = Files.write(folder.resolve("file"), content);
    }

    private byte[] part(int from, int to) {
        return Arrays.copyOfRange(content, from, to);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    @Test
    @DisplayName("a writer sends a file behind what was written, and goes on after it; a slow peer gets it all")
    void writer() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            byte[] before = new byte[3_000_000];
            Arrays.fill(before, (byte) 'b');
            Task<?> sending = check.loop().createTask(() -> {
                peer.writer.write(before);
                assertThat(peer.writer.sendFile(path)).isEqualTo(SIZE);
                assertLittleIsLeft(peer.writer);
                peer.writer.write("after");
                assertThat(peer.writer.sendFile(path, 1000, 500)).isEqualTo(500);
                peer.writer.close();
            });
            LoopCheck.awaitWaiting(sending);
            assertThat(Arrays.equals(
                            peer.receiveAll(), join(before, content, "after".getBytes(UTF_8), part(1000, 1500))))
                    .isTrue();
            LoopCheck.join(sending);
        }
    }

    @Test
    @DisplayName("offset, count, the end of the file and the position of the file")
    void parts() throws Exception {
        try (Peer peer = Peer.connect(check);
                FileChannel file = FileChannel.open(path)) {
            check.run(() -> {
                assertThat(peer.writer.sendFile(file, 10, 20)).isEqualTo(20);
                assertThat(file.position()).isEqualTo(30);
                assertThat(peer.writer.sendFile(file, SIZE - 5, Long.MAX_VALUE)).isEqualTo(5);
                assertThat(file.position()).isEqualTo(SIZE);
                assertThat(peer.writer.sendFile(file)).isZero();
                assertThat(peer.writer.sendFile(file, SIZE + 100L, 5)).isZero();
                assertThat(peer.writer.sendFile(file, 7, 0)).isZero();
                assertThat(file.position()).isEqualTo(7);
                file.position(SIZE - 3);
                assertThat(peer.writer.sendFile(file)).isEqualTo(3);
                peer.writer.close();
            });
            assertThat(peer.receiveAll()).isEqualTo(join(part(10, 30), part(SIZE - 5, SIZE), part(SIZE - 3, SIZE)));
        }
    }

    @Test
    @DisplayName("a channel of the user's sends one too, and is refused to others meanwhile")
    void channel() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair();
                FileChannel file = FileChannel.open(path)) {
            Task<Long> sending = check.loop().createTask(() -> Sockets.sendFile(pair.channel, file, 5, Long.MAX_VALUE));
            LoopCheck.awaitTrue("it is full", () -> {
                try {
                    return pair.channel.isRegistered() && file.position() > 5;
                } catch (IOException e) {
                    return false;
                }
            });
            check.run(() -> assertThatThrownBy(() -> Sockets.sendAll(pair.channel, new byte[1]))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another task"));
            assertThat(Arrays.equals(pair.peer.getInputStream().readNBytes(SIZE - 5), part(5, SIZE)))
                    .isTrue();
            assertThat(LoopCheck.join(sending)).isEqualTo(SIZE - 5);
            assertThat(file.position()).isEqualTo(SIZE);
            check.run(() -> {
                assertThat(Sockets.sendFile(pair.channel, path, 1, 2)).isEqualTo(2);
                assertThat(Sockets.sendFile(pair.channel, file)).isZero();
            });
            assertThat(pair.peer.getInputStream().readNBytes(2)).isEqualTo(part(1, 3));
        }
    }

    @Test
    @DisplayName("a sink that is no channel gets a copy: into a program and back")
    void copied() throws Exception {
        check.run(() -> {
            try (Subprocess cat = Subprocess.exec("cat");
                    FileChannel file = FileChannel.open(path)) {
                Task<byte[]> reading =
                        check.loop().createTask(() -> cat.stdout().readAll());
                cat.stdin().write("before");
                Task<Long> sending = check.loop().createTask(() -> cat.stdin().sendFile(file, 100, SIZE));
                Async.yieldNow();
                assertThatThrownBy(() -> cat.stdin().write("in between"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a file is being sent");
                assertThat(sending.await()).isEqualTo(SIZE - 100);
                assertThat(file.position()).isEqualTo(SIZE);
                cat.stdin().writeEof();
                assertThat(Arrays.equals(reading.await(), join("before".getBytes(UTF_8), part(100, SIZE))))
                        .isTrue();
            }
        });
    }

    @Test
    @DisplayName("nothing else can be written meanwhile, and the loop goes on")
    void refusedMeanwhile() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(path));
            LoopCheck.awaitTrue("it has begun", () -> peer.writer.bufferedBytes() > 0);
            check.run(() -> {
                assertThatThrownBy(() -> peer.writer.write("x"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("a file is being sent");
                assertThatThrownBy(() -> peer.writer.writeEof()).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> peer.writer.sendFile(path, 0, 1)).isInstanceOf(IllegalStateException.class);
                peer.send("the other way");
                assertThat(peer.reader.readExactly(13)).hasSize(13);
            });
            assertThat(Arrays.equals(peer.socket.getInputStream().readNBytes(SIZE), content))
                    .isTrue();
            assertThat(LoopCheck.join(sending)).isEqualTo(SIZE);
            check.run(() -> peer.writer.write("y"));
            assertThat(peer.socket.getInputStream().read()).isEqualTo('y');
        }
    }

    @Test
    @DisplayName(
            "one that is cancelled has sent as much as the file's position says, and the connection goes on from there")
    void cancelled() throws Exception {
        try (Peer peer = Peer.connect(check);
                FileChannel file = FileChannel.open(path)) {
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(file, 0, SIZE));
            LoopCheck.awaitTrue(
                    "some is sent",
                    () -> peer.writer.bufferedBytes() < SIZE - 100_000 && peer.writer.bufferedBytes() > 0);
            sending.cancel();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(CancelledException.class);
            int sent = (int) file.position();
            assertThat(sent).isBetween(1, SIZE - 1);
            assertLittleIsLeft(peer.writer);
            Task<?> rest = check.loop().createTask(() -> {
                peer.writer.write("gap");
                assertThat(peer.writer.sendFile(file)).isEqualTo(SIZE - sent);
                peer.writer.close();
            });
            assertThat(Arrays.equals(peer.receiveAll(), join(part(0, sent), "gap".getBytes(UTF_8), part(sent, SIZE))))
                    .isTrue();
            LoopCheck.join(rest);
        }
    }

    /** No more than the high-water mark and a piece, and only where the file is copied: what the system sends by itself is never unsent. */
    private static void assertLittleIsLeft(StreamWriter writer) {
        int most = writer.sink().outbound().high() + (64 << 10);
        assertThat(writer.bufferedBytes()).isLessThanOrEqualTo(writer.sink() instanceof OutputOwner ? 0 : most);
    }

    @Test
    @DisplayName("close lets the file be sent first")
    void closeMeanwhile() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(path));
            LoopCheck.awaitTrue("it has begun", () -> peer.writer.bufferedBytes() > 0);
            peer.writer.close();
            assertThat(Arrays.equals(peer.receiveAll(), content)).isTrue();
            assertThat(LoopCheck.join(sending)).isEqualTo(SIZE);
        }
    }

    @Test
    @DisplayName("abort and a peer that breaks off end it with a failure")
    void broken() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(path));
            LoopCheck.awaitTrue("it has begun", () -> peer.writer.bufferedBytes() > 0);
            peer.writer.abort();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(IOException.class);
        }
        try (Peer peer = Peer.connect(check)) {
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(path));
            LoopCheck.awaitTrue("it has begun", () -> peer.writer.bufferedBytes() > 0);
            peer.reset();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(IOException.class);
        }
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            Task<Long> sending = check.loop().createTask(() -> Sockets.sendFile(pair.channel, path));
            LoopCheck.awaitWaiting(sending);
            pair.channel.close();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(ClosedChannelException.class);
        }
    }

    @Test
    @DisplayName("files are closed again, whatever happens; what cannot be sent is refused")
    void refused() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> peer.writer.sendFile(path, 0, 1)); // starts workers
            long before = Descriptors.open();
            Task<Long> sending = check.loop().createTask(() -> peer.writer.sendFile(path));
            LoopCheck.awaitTrue("it has begun", () -> peer.writer.bufferedBytes() > 0);
            sending.cancel();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(CancelledException.class);
            check.run(() -> {
                peer.writer.setWriteBufferLimits(
                        1 << 20, 1 << 20); // nobody reads what is left, so nothing shall wait for it
                assertThatThrownBy(() -> peer.writer.sendFile(folder.resolve("none")))
                        .isInstanceOf(NoSuchFileException.class);
                assertThatThrownBy(() -> peer.writer.sendFile(path, -1, 1))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> peer.writer.sendFile(path, 1, -1))
                        .isInstanceOf(IllegalArgumentException.class);
                FileChannel writable = FileChannel.open(path, StandardOpenOption.WRITE);
                try (writable) {
                    assertThatThrownBy(() -> peer.writer.sendFile(writable, 0, 10))
                            .isInstanceOf(NonReadableChannelException.class);
                }
                assertThatThrownBy(() -> peer.writer.sendFile(writable, 0, 10))
                        .isInstanceOf(ClosedChannelException.class);
                peer.writer.write("x");
                peer.writer.abort();
                assertThatThrownBy(() -> peer.writer.sendFile(path)).isInstanceOf(IllegalStateException.class);
            });
            Descriptors.awaitAtMost(before);
        }
    }
}
