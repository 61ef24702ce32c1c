package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("BufferedProtocol")
@SuppressWarnings("try") // a peer that does nothing but be there
class BufferedProtocolTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** Gives a buffer of whatever kind, and notes what gets into it. */
    private static class Buffered extends Recorder implements BufferedProtocol {
        private final IntFunction<ByteBuffer> buffers;
        private ByteBuffer buffer = ByteBuffer.allocate(0);

        Buffered(IntFunction<ByteBuffer> buffers) {
            this.buffers = buffers;
        }

        @Override
        public ByteBuffer getBuffer(int sizeHint) {
            buffer = buffers.apply(sizeHint);
            return buffer;
        }

        @Override
        public void bufferUpdated(int count) throws Exception {
            byte[] bytes = new byte[count];
            buffer.get(buffer.position() - count, bytes);
            note("updated:" + new String(bytes, UTF_8));
        }
    }

    private Peer start(Protocol protocol) throws Exception {
        Peer peer = Peer.connect(check);
        check.run(() -> Transports.start(peer.connection, protocol));
        return peer;
    }

    @Test
    @DisplayName("what arrives is put into its buffer, which is asked for each time")
    void buffer() throws Exception {
        AtomicReference<Integer> hint = new AtomicReference<>();
        Buffered protocol = new Buffered(size -> {
            hint.set(size);
            return ByteBuffer.allocateDirect(100);
        });
        try (Peer peer = start(protocol)) {
            peer.send("hello");
            protocol.await("updated:hello");
            assertThat(hint.get()).isEqualTo(5);
            peer.send("you");
            protocol.await("updated:you");
        }
        protocol.await("lost");
        assertThat(protocol.events)
                .startsWith("made", "updated:hello", "updated:you")
                .endsWith("lost");
    }

    @Test
    @DisplayName("a small buffer gets the bytes in parts")
    void parts() throws Exception {
        Buffered protocol = new Buffered(size -> ByteBuffer.allocate(2));
        try (Peer peer = start(protocol).send("12345")) {
            protocol.await("updated:5");
            assertThat(protocol.events).containsExactly("made", "updated:12", "updated:34", "updated:5");
        }
        protocol.await("lost");
    }

    @Test
    @DisplayName("between two parts it may pause, and another protocol may take over")
    void pauseBetweenParts() throws Exception {
        Recorder next = new Recorder();
        Buffered protocol = new Buffered(size -> ByteBuffer.allocate(2)) {
            @Override
            public void bufferUpdated(int count) throws Exception {
                super.bufferUpdated(count);
                transport.pauseReading();
            }
        };
        try (Peer peer = start(protocol).send("12345")) {
            protocol.await("updated:12");
            check.run(() -> protocol.transport.resumeReading());
            protocol.await("updated:34");
            check.run(() -> {
                protocol.transport.setProtocol(next);
                protocol.transport.resumeReading();
            });
            next.await("data:5");
            assertThat(protocol.events).containsExactly("made", "updated:12", "updated:34");
        }
        next.await("lost");
    }

    @Test
    @DisplayName("an empty buffer is a failure that ends the connection")
    void emptyBuffer() throws Exception {
        Buffered protocol = new Buffered(size -> ByteBuffer.allocate(0));
        try (Peer peer = start(protocol).send("12345")) {
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "lost");
            assertThat(protocol.cause).isInstanceOf(IllegalStateException.class).hasMessageContaining("getBuffer");
            assertThat(check.takeError().exception()).isSameAs(protocol.cause);
        }
    }

    @Test
    @DisplayName("so is one that cannot be written to")
    void readOnlyBuffer() throws Exception {
        Buffered protocol = new Buffered(size -> ByteBuffer.allocate(9).asReadOnlyBuffer());
        try (Peer peer = start(protocol).send("12345")) {
            protocol.await("lost");
            assertThat(check.takeError().exception()).isInstanceOf(java.nio.ReadOnlyBufferException.class);
        }
    }
}
