package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardSocketOptions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Flow control: a slow side makes the other wait, in bounded memory")
class FlowControlTest {
    private static final int BLOCK = 4 << 10;
    private static final int TOTAL = 64 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** Sends blocks until all is sent or the stream breaks, and counts. */
    static Thread flood(Peer peer, AtomicLong sent) {
        Thread thread = new Thread(() -> {
            byte[] block = new byte[BLOCK];
            try (OutputStream out = peer.socket.getOutputStream()) {
                for (int i = 0; i < TOTAL / BLOCK; i++) {
                    out.write(block);
                    sent.addAndGet(BLOCK);
                }
            } catch (IOException e) {
                // The test has closed the connection.
            }
        });
        thread.start();
        return thread;
    }

    static void awaitStall(AtomicLong sent) {
        AtomicLong seen = new AtomicLong(-1);
        AtomicLong since = new AtomicLong();
        AtomicInteger looks = new AtomicInteger(); // a pause of the whole machine is only one
        LoopCheck.awaitTrue("the sender stalls", () -> {
            if (sent.get() != seen.get()) {
                seen.set(sent.get());
                since.set(System.nanoTime());
                looks.set(0);
            }
            return looks.incrementAndGet() > 100 && System.nanoTime() - since.get() > 100_000_000;
        });
    }

    @Test
    @DisplayName("a reader that does not read stops the peer after twice the limit and what the system buffers")
    void readerThatDoesNotRead() throws Exception {
        StreamOptions options =
                StreamOptions.DEFAULT.withLimit(32 << 10).withSocketOption(StandardSocketOptions.SO_RCVBUF, 16 << 10);
        try (Peer peer = Peer.connect(check, options)) {
            peer.socket.setSendBufferSize(16 << 10);
            AtomicLong sent = new AtomicLong();
            Heartbeat.during(check, () -> {
                Thread sender = flood(peer, sent);
                LoopCheck.awaitTrue("it pauses", () -> peer.reader.toString().contains("paused"));
                awaitStall(sent);
                assertThat(sent).hasValueBetween(64L << 10, 512L << 10);
                // and goes on when it reads, whatever it asks for
                Task<Long> reading = check.loop().createTask(() -> {
                    long total = peer.reader.readExactly(1 << 20).length;
                    for (int count = 1; count > 0; total += count) {
                        count = peer.reader.read(10_000).length;
                    }
                    return total;
                });
                assertThat(LoopCheck.join(reading)).isEqualTo(TOTAL);
                sender.join();
            });
        }
    }

    @Test
    @DisplayName("a peer that sends single bytes gets no more memory than others")
    void singleBytes() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withLimit(100))) {
            peer.socket.setTcpNoDelay(true);
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 1000; i++) {
                    peer.socket.getOutputStream().write(i);
                }
                byte[] received = check.call(() -> peer.reader.readExactly(1000));
                for (int i = 0; i < 1000; i++) {
                    assertThat(received[i]).isEqualTo((byte) i);
                }
            });
        }
    }

    @Test
    @DisplayName("a writer that drains holds no more than its high-water mark and one write")
    void writerThatDrains() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            AtomicLong most = new AtomicLong();
            Task<?> writing = check.loop().createTask(() -> {
                byte[] block = new byte[BLOCK];
                for (int i = 0; i < TOTAL / BLOCK; i++) {
                    peer.writer.write(block);
                    most.accumulateAndGet(peer.writer.bufferedBytes(), Math::max);
                    peer.writer.drain();
                }
                peer.writer.close();
            });
            LoopCheck.awaitWaiting(writing);
            assertThat(peer.receiveAll()).hasSize(TOTAL);
            LoopCheck.join(writing);
            assertThat(most).hasValueBetween(1, (64L << 10) + BLOCK);
        }
    }

    @Test
    @DisplayName("a writer whose peer is fast lets other tasks run")
    void writerIsFair() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Thread drain = new Thread(() -> {
                try {
                    peer.receiveAll();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            drain.start();
            AtomicLong others = new AtomicLong();
            check.run(() -> {
                Task<?> other = Async.createTask(() -> {
                    for (; ; ) {
                        others.incrementAndGet();
                        Async.yieldNow();
                    }
                });
                byte[] line = new byte[1000];
                for (int i = 0; i < 4_000; i++) {
                    peer.writer.write(line);
                    peer.writer.drain();
                }
                other.cancel();
                peer.writer.close();
            });
            drain.join();
            assertThat(others).hasValueGreaterThan(20);
        }
    }
}
