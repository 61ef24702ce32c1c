package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("StreamWriter")
class WriterTest {
    /** More than the system takes for a peer that does not read. */
    private static final int MUCH = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    @Test
    @DisplayName("every kind of write arrives, in order")
    void kinds() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write("1 ".getBytes(UTF_8));
                peer.writer.write("x2 x".getBytes(UTF_8), 1, 2);
                ByteBuffer buffer =
                        ByteBuffer.allocateDirect(2).put("3 ".getBytes(UTF_8)).flip();
                peer.writer.write(buffer);
                assertThat(buffer.hasRemaining()).isFalse();
                peer.writer.write(ByteBuffer.wrap("4 ".getBytes(UTF_8)).asReadOnlyBuffer());
                peer.writer.write("5é ");
                peer.writer.write(new byte[0]);
                peer.writer.writeLines(List.of("6 ".getBytes(UTF_8), new byte[0], "7".getBytes(UTF_8)));
                peer.writer.writeLines(List.of());
                peer.writer.close();
            });
            assertThat(new String(peer.receiveAll(), UTF_8)).isEqualTo("1 2 3 4 5é 6 7");
        }
    }

    @Test
    @DisplayName("writeLines keeps the order of small and large pieces, and asks the iterable once")
    void writeLines() throws Exception {
        List<byte[]> pieces = new ArrayList<>();
        Random random = new Random(1);
        int total = 0;
        for (int i = 0; i < 300; i++) {
            pieces.add(random(i % 7 == 0 ? 400_000 + i : random.nextInt(3000)));
            total += pieces.get(i).length;
        }
        ByteBuffer expected = ByteBuffer.allocate(total);
        pieces.forEach(expected::put);
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                Iterator<byte[]> once = pieces.iterator();
                peer.writer.writeLines(() -> once);
                List<byte[]> withNull = Arrays.asList("x".getBytes(UTF_8), null);
                assertThatThrownBy(() -> peer.writer.writeLines(withNull)).isInstanceOf(NullPointerException.class);
                peer.writer.close();
            });
            assertThat(Arrays.equals(peer.receiveAll(), expected.array())).isTrue();
        }
    }

    @Test
    @DisplayName("an array may be used again once it was written, sent or not")
    void arrayIsCopied() throws Exception {
        byte[] sent = random(MUCH);
        byte[] used = sent.clone();
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(used);
                assertThat(peer.writer.bufferedBytes()).isPositive();
                Arrays.fill(used, (byte) 0);
                peer.writer.close();
            });
            assertThat(Arrays.equals(peer.receiveAll(), sent)).isTrue();
        }
    }

    @Test
    @DisplayName("bytes of several tasks do not mix within a write, sent or queued")
    void writesStayTogether() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            List<Task<?>> writing = new ArrayList<>();
            for (char name = 'a'; name < 'k'; name++) {
                byte[] block = String.valueOf(name).repeat(100_000).getBytes(UTF_8);
                writing.add(check.loop().createTask(() -> {
                    for (int i = 0; i < 10; i++) {
                        peer.writer.write(block);
                        peer.writer.drain();
                    }
                }));
            }
            byte[] received = peer.socket.getInputStream().readNBytes(10 * 10 * 100_000);
            for (int block = 0; block < 100; block++) {
                byte[] one = Arrays.copyOfRange(received, block * 100_000, (block + 1) * 100_000);
                byte[] expected = new byte[one.length];
                Arrays.fill(expected, one[0]);
                assertThat(Arrays.equals(one, expected)).as("block %s", block).isTrue();
            }
            for (Task<?> task : writing) {
                LoopCheck.join(task);
            }
        }
    }

    @Test
    @DisplayName("row 67: drain throws the failure of the connection")
    void drainThrowsFailure() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.reset();
            LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
            assertThatThrownBy(() -> check.run(peer.writer::drain))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the connection is lost")
                    .hasMessageContaining("reset");
        }
    }

    @Test
    @DisplayName("row 67: drain after close lets others run once and then fails")
    void drainAfterClose() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.close();
                List<String> ran = new ArrayList<>();
                Task<Boolean> other = Async.createTask(() -> ran.add("other"));
                assertThatThrownBy(peer.writer::drain)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("closed");
                assertThat(ran).containsExactly("other");
                assertThat(other.isDone()).isTrue();
            });
        }
    }

    @Test
    @DisplayName("row 67: many tasks may drain")
    void manyDrain() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> peer.writer.write(random(MUCH)));
            List<Task<?>> draining = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                draining.add(check.loop().createTask(peer.writer::drain));
            }
            draining.forEach(LoopCheck::awaitWaiting);
            draining.remove(3).cancel();
            assertThat(draining).noneMatch(Task::isDone);
            assertThat(peer.socket.getInputStream().readNBytes(MUCH)).hasSize(MUCH);
            for (Task<?> task : draining) {
                LoopCheck.join(task);
            }
        }
    }

    @Test
    @DisplayName("row 68: drain waits above the high-water mark until the low one")
    void waterMarks() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withWriteBufferLimits(1000, 2000))) {
            check.run(() -> peer.writer.write(random(MUCH)));
            assertThat(peer.writer.bufferedBytes()).isGreaterThan(2000);
            Task<?> draining = check.loop().createTask(peer.writer::drain);
            LoopCheck.awaitWaiting(draining);
            Task<Long> left = check.loop().createTask(() -> {
                peer.writer.drain();
                return peer.writer.bufferedBytes();
            });
            assertThat(peer.socket.getInputStream().readNBytes(MUCH)).hasSize(MUCH);
            LoopCheck.join(draining);
            assertThat(LoopCheck.join(left)).isLessThanOrEqualTo(1000);
        }
    }

    @Test
    @DisplayName("row 68: writeLines counts as well")
    void writeLinesPauses() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<?> draining = check.loop().createTask(() -> {
                peer.writer.writeLines(List.of(random(MUCH / 2), new byte[10], random(MUCH / 2)));
                peer.writer.drain();
            });
            LoopCheck.awaitWaiting(draining);
            LoopCheck.awaitTrue("much is unsent", () -> peer.writer.bufferedBytes() > 64 << 10);
            assertThat(peer.socket.getInputStream().readNBytes(MUCH + 10)).hasSize(MUCH + 10);
            LoopCheck.join(draining);
        }
    }

    @Test
    @DisplayName("row 68: lower marks make the next drain wait, higher ones end the waiting")
    void changeMarks() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withWriteBufferLimits(0, Integer.MAX_VALUE))) {
            check.run(() -> {
                peer.writer.write(random(MUCH));
                peer.writer.drain();
                assertThat(peer.writer.bufferedBytes()).isPositive();
                peer.writer.setWriteBufferLimits(0, 0);
            });
            Task<?> draining = check.loop().createTask(peer.writer::drain);
            LoopCheck.awaitWaiting(draining);
            check.run(() -> peer.writer.setWriteBufferLimits(MUCH, MUCH));
            LoopCheck.join(draining);
            assertThatThrownBy(() -> peer.writer.setWriteBufferLimits(2, 1))
                    .isInstanceOf(IllegalArgumentException.class);
            peer.writer.abort();
        }
    }

    @Test
    @DisplayName("row 69: close sends what was written, and then the end")
    void closeFlushes() throws Exception {
        byte[] sent = random(MUCH);
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(sent);
                peer.writer.close();
                assertThat(peer.writer.isClosing()).isTrue();
                peer.writer.close();
            });
            Task<?> closed = check.loop().createTask(peer.writer::waitClosed);
            assertThat(Arrays.equals(peer.receiveAll(), sent)).isTrue();
            peer.socket.close();
            LoopCheck.join(closed);
            assertThat(peer.writer.bufferedBytes()).isZero();
        }
    }

    @Test
    @DisplayName("row 69: a task that was draining may write and close when it goes on")
    void closeAfterDrain() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<?> writing = check.loop().createTask(() -> {
                peer.writer.write(random(MUCH));
                peer.writer.drain();
                peer.writer.write("end");
                peer.writer.close();
                peer.writer.waitClosed();
            });
            byte[] received = peer.receiveAll();
            assertThat(received).hasSize(MUCH + 3);
            peer.socket.close();
            LoopCheck.join(writing);
        }
    }

    @Test
    @DisplayName("row 69: abort drops what is unsent, and the peer does not take it for the end")
    void abort() throws Throwable {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(random(MUCH));
                peer.writer.abort();
                peer.writer.abort();
                peer.writer.waitClosed();
                assertThat(peer.writer.bufferedBytes()).isZero();
            });
            check.assertCutOff(() -> assertThat(peer.receiveAll().length).isLessThan(MUCH));
        }
    }

    @Test
    @DisplayName("row 69: abort ends a drain")
    void abortEndsDrain() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<?> draining = check.loop().createTask(() -> {
                peer.writer.write(random(MUCH));
                peer.writer.drain();
            });
            LoopCheck.awaitWaiting(draining);
            peer.writer.abort();
            assertThatThrownBy(() -> LoopCheck.join(draining))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("aborted");
        }
    }

    @Test
    @DisplayName("a drain that is cancelled leaves the connection as it is")
    void cancelledDrain() throws Exception {
        byte[] sent = random(MUCH);
        try (Peer peer = Peer.connect(check)) {
            Task<?> draining = check.loop().createTask(() -> {
                peer.writer.write(sent);
                peer.writer.drain();
            });
            LoopCheck.awaitTrue("much is unsent", () -> peer.writer.bufferedBytes() > 64 << 10);
            draining.cancel();
            assertThatThrownBy(() -> LoopCheck.join(draining)).isInstanceOf(CancelledException.class);
            peer.writer.close();
            assertThat(Arrays.equals(peer.receiveAll(), sent)).isTrue();
        }
    }

    @Test
    @DisplayName("drain is a cancellation point even when it need not wait")
    void drainIsCancellationPoint() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                Async.currentTask().cancel();
                assertThatThrownBy(peer.writer::drain).isInstanceOf(CancelledException.class);
                Async.currentTask().cancel();
                assertThatThrownBy(peer.writer::waitClosed).isInstanceOf(CancelledException.class);
                Async.currentTask().uncancel();
                Async.currentTask().uncancel();
            });
        }
    }

    @Test
    @DisplayName("writeEof ends the output after what was written, the input goes on")
    void writeEof() throws Exception {
        byte[] sent = random(MUCH);
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(sent);
                peer.writer.writeEof();
                peer.writer.writeEof();
                assertThatThrownBy(() -> peer.writer.write("more"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("writeEof");
            });
            assertThat(Arrays.equals(peer.receiveAll(), sent)).isTrue();
            peer.send("answer\n");
            check.run(() -> assertThat(peer.reader.readLine()).isEqualTo("answer\n".getBytes(UTF_8)));
        }
    }

    @Test
    @DisplayName("row 71: the end of the input keeps the output open")
    void eofKeepsOpen() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.socket.shutdownOutput();
            check.run(() -> {
                assertThat(peer.reader.readAll()).isEmpty();
                assertThat(peer.writer.isClosing()).isFalse();
                peer.writer.write("still here");
                peer.writer.close();
            });
            assertThat(new String(peer.receiveAll(), UTF_8)).isEqualTo("still here");
        }
    }

    @Test
    @DisplayName("a writer belongs to its loop; closing and asking work anywhere")
    void offTheLoop() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            assertThatThrownBy(() -> peer.writer.write("x"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("createTask");
            assertThatThrownBy(peer.writer::drain).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(peer.writer::writeEof).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> peer.writer.setWriteBufferLimits(1, 2)).isInstanceOf(IllegalStateException.class);
            assertThat(peer.writer.remoteAddress()).isEqualTo(peer.socket.getLocalSocketAddress());
            assertThat(peer.writer.localAddress()).isEqualTo(peer.socket.getRemoteSocketAddress());
            peer.writer.close();
            peer.socket.shutdownOutput(); // or it would linger
            peer.writer.waitClosed();
            assertThat(peer.writer.isClosing()).isTrue();
            assertThat(peer.writer.remoteAddress()).isEqualTo(peer.socket.getLocalSocketAddress());
            assertThat(peer.writer).asString().contains("closed");
        }
    }

    @Test
    @DisplayName("null and bad ranges are refused")
    void badArguments() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                assertThatThrownBy(() -> peer.writer.write((byte[]) null)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> peer.writer.write((String) null)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> peer.writer.write((ByteBuffer) null)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> peer.writer.writeLines(null)).isInstanceOf(NullPointerException.class);
                assertThatThrownBy(() -> peer.writer.write(new byte[3], 2, 2))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> peer.writer.write(new byte[3], -1, 2))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            });
        }
    }
}
