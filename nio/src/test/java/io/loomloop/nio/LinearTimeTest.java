package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Tornado's CVE-2024-52804 and its like: input of the peer's choice took quadratic time, on the one thread there is. What counts is the CPU
 * time of that thread, and of each size the least of several tries: the machine and the compiler can only make it more.
 */
@DisplayName("Input of any size")
@OneDriver
class LinearTimeTest {
    private static final int CHUNKS = 10_000;
    /** Ten times the input costs more than ten times the work, because it leaves the caches; 100 would be quadratic. */
    private static final double ALLOWED = 20;

    private static final int LEAST_TRIES = 3;
    private static final int TRIES = 20;

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

    @ParameterizedTest
    @EnumSource
    @DisplayName("in tiny pieces takes time in proportion to its size, whatever the reader calls")
    void linearTime(Call call) throws Exception {
        long ten = Long.MAX_VALUE;
        long one = Long.MAX_VALUE;
        double ratio = Double.MAX_VALUE;
        for (int i = 0; i < TRIES && (i < LEAST_TRIES || ratio > ALLOWED); i++) {
            ten = Math.min(ten, cpu(call, 10 * CHUNKS));
            for (int n = 0; n < 3; n++) {
                one = Math.min(one, cpu(call, CHUNKS));
            }
            ratio = (double) ten / one;
        }
        assertThat(ratio)
                .as("CPU time of 10 times the input, " + ten + " : " + one + " ns; 100 would be quadratic")
                .isLessThan(ALLOWED);
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
        public void abort() {}

        @Override
        public void resumeReading() {}
    }
}
