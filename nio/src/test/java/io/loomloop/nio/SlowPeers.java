package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** Peers that do not read, and tasks that write to them until they have to wait; with TLS or without. */
final class SlowPeers implements AutoCloseable {
    private static final int HIGH = 32 << 10;

    private final LoopCheck check;
    private final int writesInATurn;
    private final List<Peer> peers = new ArrayList<>();
    private final List<Task<?>> writers = new ArrayList<>();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong most = new AtomicLong();

    /**
     * Makes a lot of peers, but not so many that what their tasks do in one turn takes long by itself, in a JVM that just started: a megabyte
     * that is touched for the first time takes several milliseconds, a record of TLS one.
     */
    private SlowPeers(LoopCheck check, WriteCall call, boolean secured) throws Exception {
        this.check = check;
        this.writesInATurn = secured ? 1 : 8;
        StreamOptions options = StreamOptions.DEFAULT
                .withWriteBufferLimits(HIGH / 4, HIGH)
                .withSocketOption(StandardSocketOptions.SO_SNDBUF, 8 << 10);
        for (int i = 0; i < (secured || call == WriteCall.LARGE_ARRAY ? 6 : 20); i++) {
            peers.add(secured ? Peer.connectSecurely(check, options) : Peer.connect(check, options));
        }
    }

    /** Memory is bounded whatever the writers call, as long as they drain; each finds out when its peer resets. */
    static void write(LoopCheck check, WriteCall call, boolean secured) throws Exception {
        try (SlowPeers slow = new SlowPeers(check, call, secured)) {
            long heap = Heap.used();
            Heartbeat.during(check, () -> slow.writeUntilStalled(call));
            slow.assertBounded(call, heap);
            slow.reset();
            for (Task<?> writer : slow.writers) {
                assertThatThrownBy(() -> LoopCheck.join(writer)).isInstanceOf(IOException.class);
            }
        }
    }

    /** An end that has to wait for such a peer holds no more than there was, and not the loop; the loss is reported. */
    static void end(LoopCheck check, Consumer<StreamWriter> end, boolean secured) throws Exception {
        try (SlowPeers slow = new SlowPeers(check, WriteCall.ARRAY, secured)) {
            long heap = Heap.used();
            Heartbeat.during(check, () -> {
                slow.writeUntilStalled(WriteCall.ARRAY);
                for (Task<?> writer : slow.writers) {
                    writer.cancel();
                    assertThatThrownBy(() -> LoopCheck.join(writer)).isInstanceOf(CancelledException.class);
                }
                check.run(() -> {
                    for (Peer peer : slow.peers) {
                        end.accept(peer.writer);
                        slow.most.accumulateAndGet(peer.writer.bufferedBytes(), Math::max);
                    }
                });
            });
            assertThat(slow.peers).as("those who have to wait").allMatch(peer -> peer.writer.bufferedBytes() > 0);
            slow.assertBounded(WriteCall.ARRAY, heap);
            slow.reset();
            for (Peer peer : slow.peers) {
                assertThatThrownBy(() -> check.run(peer.writer::waitClosed)).isInstanceOf(IOException.class);
            }
            check.loop().close();
            check.errors().removeIf(error -> error.message().contains("bytes were not sent")); // nobody had asked yet
        }
    }

    private void writeUntilStalled(WriteCall call) {
        for (Peer peer : peers) {
            writers.add(check.loop().createTask(() -> {
                for (int writes = 1; ; writes++) {
                    call.write(peer.writer);
                    most.accumulateAndGet(peer.writer.bufferedBytes(), Math::max);
                    written.addAndGet(call.size);
                    peer.writer.drain();
                    if (writes % writesInATurn == 0) {
                        Async.yieldNow();
                    }
                }
            }));
        }
        if (call.keeps()) {
            LoopCheck.awaitTrue(
                    "all have to wait", () -> peers.stream().allMatch(peer -> peer.writer.bufferedBytes() > 0));
        }
        FlowControlTest.awaitStall(written);
    }

    private void assertBounded(WriteCall call, long heap) {
        long records = call.size / 100L + 200; // TLS makes it a little more
        assertThat(most)
                .as("unsent bytes of one peer")
                .hasValueBetween(call.keeps() ? 1 : 0, (long) HIGH + call.size + records);
        Heap.assertGrownByLessThan(peers.size() * (2L * call.size + 2L * HIGH + (64L << 10)) + (1L << 20), heap);
    }

    private void reset() throws IOException {
        for (Peer peer : peers) {
            peer.reset();
        }
    }

    @Override
    public void close() throws IOException {
        for (Peer peer : peers) {
            peer.close();
        }
    }
}
