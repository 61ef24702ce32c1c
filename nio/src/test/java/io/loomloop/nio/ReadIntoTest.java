package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("A read into the caller's buffer")
class ReadIntoTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static ByteBuffer buffer(boolean direct, int size) {
        return direct ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("that waits gets what arrives, within position and limit")
    void waiting(boolean direct) throws Exception {
        ByteBuffer buffer = buffer(direct, 10).position(2).limit(6);
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer));
            LoopCheck.awaitWaiting(reading);
            peer.send("abcdef");
            assertThat(LoopCheck.join(reading)).isEqualTo(4);
            assertThat(buffer.position()).isEqualTo(6);
            assertThat(buffer.limit()).isEqualTo(6);
            assertThat(check.call(() -> peer.reader.readExactly(2))).asString().isEqualTo("ef");
        }
        byte[] bytes = new byte[10];
        buffer.clear().get(bytes);
        assertThat(bytes).asString().isEqualTo("\0\0abcd\0\0\0\0");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("that waits is told of the end, of a loss and of a close")
    void endings(boolean direct) throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer(direct, 10)));
            LoopCheck.awaitWaiting(reading);
            peer.socket.shutdownOutput();
            assertThat(LoopCheck.join(reading)).isEqualTo(-1);
        }
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer(direct, 10)));
            LoopCheck.awaitWaiting(reading);
            peer.reset();
            assertThatThrownBy(() -> LoopCheck.join(reading)).isInstanceOf(IOException.class);
        }
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer(direct, 10)));
            LoopCheck.awaitWaiting(reading);
            peer.writer.close();
            assertThat(LoopCheck.join(reading)).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("that is cancelled leaves the buffer alone, and what arrives later to the next one")
    void cancelled(boolean direct) throws Exception {
        ByteBuffer buffer = buffer(direct, 10);
        try (Peer peer = Peer.connect(check)) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer));
            LoopCheck.awaitWaiting(reading);
            reading.cancel();
            assertThatThrownBy(() -> LoopCheck.join(reading)).isInstanceOf(CancelledException.class);
            peer.send("abc");
            assertThat(check.call(() -> peer.reader.readExactly(3))).asString().isEqualTo("abc");
            assertThat(buffer.position()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("that is cancelled at the moment in which bytes arrive loses none, again and again")
    void cancelRaces(boolean direct) throws Exception {
        byte[] sent = new byte[200_000];
        long seed = System.nanoTime();
        System.out.println("ReadIntoTest, seed " + seed);
        new Random(seed).nextBytes(sent);
        try (Peer peer = Peer.connect(check)) {
            Task<byte[]> receiving =
                    check.loop().createTask(() -> receiveWhileCancelled(peer, buffer(direct, 700), sent.length));
            OutputStream out = peer.socket.getOutputStream();
            for (int i = 0; i < sent.length; i += 500) {
                out.write(sent, i, Math.min(500, sent.length - i));
                LockSupport.parkNanos(20_000);
            }
            assertThat(Arrays.equals(LoopCheck.join(receiving), sent))
                    .as("all bytes, in order")
                    .isTrue();
        }
    }

    /** Each second read is cancelled by a callback, which comes before or after the bytes do. */
    private byte[] receiveWhileCancelled(Peer peer, ByteBuffer buffer, int size) throws Exception {
        ByteArrayOutputStream received = new ByteArrayOutputStream();
        for (int turn = 0; received.size() < size; turn++) {
            Task<Integer> reading = check.loop().createTask(() -> peer.reader.read(buffer.clear()));
            if (turn % 2 == 0) {
                check.loop().callLater(java.time.Duration.ofNanos(50_000), reading::cancel);
            }
            int count;
            try {
                count = reading.await();
            } catch (CancelledException e) {
                assertThat(buffer.position()).as("untouched").isZero();
                continue;
            }
            for (int i = 0; i < count; i++) {
                received.write(buffer.get(i));
            }
        }
        return received.toByteArray();
    }

    @Test
    @DisplayName("gets all of a large message, whatever the size of its buffer")
    void large() throws Exception {
        byte[] sent = new byte[3 << 20];
        new Random(1).nextBytes(sent);
        try (Peer peer = Peer.connect(check)) {
            ByteBuffer buffer = ByteBuffer.allocateDirect(sent.length);
            Task<?> receiving = check.loop().createTask(() -> {
                while (buffer.hasRemaining()) {
                    assertThat(peer.reader.read(buffer)).isPositive();
                }
            });
            peer.socket.getOutputStream().write(sent);
            LoopCheck.join(receiving);
            byte[] received = new byte[sent.length];
            buffer.flip().get(received);
            assertThat(Arrays.equals(received, sent)).isTrue();
        }
    }
}
