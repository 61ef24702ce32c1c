package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Tornado's CVE-2024-52804 and its like: input of the peer's choice took quadratic time, on the one thread there is. */
@DisplayName("Input that does not end")
class EndlessInputTest {
    private static final int LIMIT = 16 << 10;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("a line without an end fails at the limit, and the peer is held back when nobody reads on")
    void lineWithoutEnd() throws Exception {
        StreamOptions options =
                StreamOptions.DEFAULT.withLimit(LIMIT).withSocketOption(StandardSocketOptions.SO_RCVBUF, 16 << 10);
        try (Peer peer = Peer.connect(check, options)) {
            peer.socket.setSendBufferSize(16 << 10);
            AtomicLong sent = new AtomicLong();
            Thread sender = FlowControlTest.flood(peer, sent);
            long before = Heap.used();
            AtomicInteger drops = new AtomicInteger();
            Heartbeat.during(check, () -> {
                assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil(new byte[] {'\n'})))
                        .isInstanceOf(LimitOverrunException.class);
                FlowControlTest.awaitStall(sent);
                assertThat(sent).as("bytes that the peer got rid of").hasValueBetween(1, 512 << 10);
                check.run(() -> {
                    while (readLineFails(peer.reader)) {
                        drops.incrementAndGet();
                    }
                });
                sender.join();
            });
            assertThat(drops).as("times that a part of the line was dropped").hasValueGreaterThan(100);
            Heap.assertGrownByLessThan(1 << 20, before);
        }
    }

    private static boolean readLineFails(StreamReader reader) throws IOException {
        try {
            assertThat(reader.readLine()).hasSizeLessThanOrEqualTo(LIMIT);
            return false;
        } catch (LimitOverrunException e) {
            return true;
        }
    }
}
