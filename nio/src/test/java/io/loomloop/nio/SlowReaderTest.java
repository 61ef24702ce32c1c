package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** asyncio's CVE-2024-12254: {@code writelines} did not count for the high-water mark. */
@DisplayName("Peers that do not read cost no more than the high-water mark and one write, each")
class SlowReaderTest {
    private static final int PEERS = 20;
    private static final int HIGH = 32 << 10;

    /** Every way to write; {@code size} is what one call writes. */
    enum Call {
        ARRAY(5000) {
            @Override
            void write(StreamWriter writer) {
                writer.write(new byte[size]);
            }
        },
        LARGE_ARRAY(1 << 20) {
            @Override
            void write(StreamWriter writer) {
                writer.write(new byte[size]);
            }
        },
        SINGLE_BYTES(1) {
            @Override
            void write(StreamWriter writer) {
                writer.write(new byte[size]);
            }
        },
        PART(4000) {
            @Override
            void write(StreamWriter writer) {
                writer.write(new byte[2 * size], 100, size);
            }
        },
        BUFFER(5000) {
            @Override
            void write(StreamWriter writer) {
                writer.write(ByteBuffer.allocate(size));
            }
        },
        DIRECT_BUFFER(5000) {
            @Override
            void write(StreamWriter writer) {
                writer.write(ByteBuffer.allocateDirect(size));
            }
        },
        STRING(5000) {
            @Override
            void write(StreamWriter writer) {
                writer.write("x".repeat(size));
            }
        },
        SMALL_LINES(20_000) {
            @Override
            void write(StreamWriter writer) {
                writer.writeLines(Collections.nCopies(size / 10, new byte[10]));
            }
        },
        LARGE_LINES(400_000) {
            @Override
            void write(StreamWriter writer) {
                writer.writeLines(Collections.nCopies(4, new byte[size / 4]));
            }
        };

        final int size;

        Call(int size) {
            this.size = size;
        }

        abstract void write(StreamWriter writer);
    }

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @ParameterizedTest
    @EnumSource
    @DisplayName("whatever the writer calls, as long as it drains; and the loop goes on")
    void bounded(Call call) throws Exception {
        long heap = Heap.used();
        StreamOptions options = StreamOptions.DEFAULT
                .withWriteBufferLimits(HIGH / 4, HIGH)
                .withSocketOption(StandardSocketOptions.SO_SNDBUF, 8 << 10);
        List<Peer> peers = new ArrayList<>();
        List<Task<?>> writers = new ArrayList<>();
        try {
            Heartbeat.during(check, () -> {
                AtomicLong written = new AtomicLong();
                AtomicLong most = new AtomicLong();
                for (int i = 0; i < PEERS; i++) {
                    Peer peer = Peer.connect(check, options);
                    peers.add(peer);
                    writers.add(check.loop().createTask(() -> {
                        for (; ; ) {
                            call.write(peer.writer);
                            most.accumulateAndGet(peer.writer.bufferedBytes(), Math::max);
                            written.addAndGet(call.size);
                            peer.writer.drain();
                            if (written.get() % 64 == 0) {
                                Async.yieldNow();
                            }
                        }
                    }));
                }
                FlowControlTest.awaitStall(written);
                assertThat(most).as("unsent bytes of one peer").hasValueBetween(1, (long) HIGH + call.size);
            });
            assertThat(Heap.used() - heap)
                    .as("bytes of the heap")
                    .isLessThan(PEERS * (2L * call.size + 2L * HIGH + (64L << 10)) + (1L << 20));
        } finally {
            for (Peer peer : peers) {
                peer.reset();
            }
        }
        for (Task<?> writer : writers) {
            assertThatThrownBy(() -> LoopCheck.join(writer)).isInstanceOf(IOException.class);
        }
    }
}
