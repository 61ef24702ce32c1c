package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tornado's CVE-2024-52804 and its like: input of the peer's choice took quadratic time, on the one thread there is. */
@DisplayName("Input that does not end")
class EndlessInputTest {
    private static final int LIMIT = 16 << 10;

    /** Every way to read, with input in which it does not find what it looks for until the very end. */
    enum Call {
        LINE('x', "\n") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readLine();
            }
        },
        SEPARATOR('\r', "\r\n") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readUntil(end());
            }
        },
        LONG_SEPARATOR('a', "a".repeat(40) + "b") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readUntil(end());
            }
        },
        SEPARATORS('a', "ab") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readUntil(new byte[] {'\n'}, end(), new byte[] {'a', 'a', 'c'});
            }
        },
        EXACTLY('x', "") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readExactly(size);
            }
        },
        ALL('x', "") {
            @Override
            byte[] read(StreamReader reader, int size) throws IOException {
                return reader.readAll();
            }
        };

        final byte fill;
        private final String end;

        Call(char fill, String end) {
            this.fill = (byte) fill;
            this.end = end;
        }

        byte[] end() {
            return end.getBytes(US_ASCII);
        }

        abstract byte[] read(StreamReader reader, int size) throws IOException;
    }

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
            assertThat(Heap.used() - before).as("bytes of the heap").isLessThan(1 << 20);
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

    @ParameterizedTest
    @EnumSource
    @DisplayName("in tiny pieces takes time in proportion to its size, whatever the reader calls")
    void linearTime(Call call) throws Exception {
        int chunks = 3000;
        for (int i = 0; i < 3; i++) {
            cpu(call, chunks); // warms up
        }
        double ratio = Double.MAX_VALUE;
        for (int i = 0; i < 5 && ratio > 12; i++) { // the machine has other things to do: the best counts
            ratio = Math.min(ratio, (double) cpu(call, 10 * chunks) / cpu(call, chunks));
        }
        assertThat(ratio)
                .as("CPU time of 10 times the input; 100 would be quadratic")
                .isLessThan(25);
    }

    /** The CPU time of the loop's thread for a read of that many pieces, of which each arrives when the one before was looked at. */
    private long cpu(Call call, int chunks) throws Exception {
        byte[] piece = new byte[64];
        Arrays.fill(piece, call.fill);
        int size = chunks * piece.length + call.end().length;
        SocketEngine engine = check.call(() -> SocketEngine.of(check.loop()));
        PlainSource source = new PlainSource(engine);
        StreamReader reader = new StreamReader(source);
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long thread = LoopCheck.threadOf(check.loop()).threadId();
        long before = threads.getThreadCpuTime(thread);
        check.run(() -> {
            Task<byte[]> reading = Async.createTask(() -> call.read(reader, size));
            for (int i = 0; i < chunks; i++) {
                source.inbound().feed(piece);
                Async.yieldNow();
            }
            source.inbound().feed(call.end());
            source.inbound().end();
            assertThat(reading.await()).hasSize(size);
        });
        return threads.getThreadCpuTime(thread) - before;
    }

    /** Brings what the test feeds. */
    private static final class PlainSource implements ByteSource {
        private final SocketEngine engine;
        private final Inbound inbound = new Inbound(this, 1 << 28);

        PlainSource(SocketEngine engine) {
            this.engine = engine;
        }

        @Override
        public SocketEngine engine() {
            return engine;
        }

        @Override
        public Inbound inbound() {
            return inbound;
        }

        @Override
        public IOException failure() {
            return null;
        }

        @Override
        public void throwIfFailed() {}

        @Override
        public void abort() {}

        @Override
        public void resumeReading() {}
    }
}
