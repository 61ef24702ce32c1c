package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Transport: what is written and not sent")
@SuppressWarnings("try") // a peer that does nothing but be there
class TransportFlowTest {
    /** More than the system takes for a peer that does not read. */
    private static final int MUCH = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return bytes;
    }

    private Socket connect(Protocol protocol) throws Exception {
        try (ServerSocket listening = new ServerSocket()) {
            listening.setReceiveBufferSize(8 << 10);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            check.run(() -> Transports.connect(protocol, "127.0.0.1", listening.getLocalPort()));
            return listening.accept();
        }
    }

    @Test
    @DisplayName("row 68: above the high mark the protocol pauses inside the write, at the low mark it goes on")
    void pauseAndResume() throws Exception {
        byte[] sent = random(MUCH);
        Recorder protocol = new Recorder() {
            @Override
            public void resumeWriting() throws Exception {
                assertThat(transport.writeBufferSize()).isLessThanOrEqualTo(transport.lowWater());
                super.resumeWriting();
            }
        };
        try (Socket peer = connect(protocol)) {
            Transport transport = protocol.transport;
            check.run(() -> {
                assertThat(transport.highWater()).isEqualTo(64 << 10);
                assertThat(transport.lowWater()).isEqualTo(16 << 10);
                transport.write(sent);
                assertThat(protocol.events).containsExactly("made", "pause");
                transport.write(new byte[1]);
                assertThat(protocol.events).as("once").containsExactly("made", "pause");
            });
            assertThat(Arrays.equals(peer.getInputStream().readNBytes(MUCH), sent))
                    .isTrue();
            protocol.await("resume");
            check.run(transport::abort);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "resume", "lost");
        }
    }

    @Test
    @DisplayName("row 68: writeLines pauses as well")
    void writeLines() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.run(() -> {
                protocol.transport.writeLines(List.of(random(MUCH), random(10)));
                assertThat(protocol.events).containsExactly("made", "pause");
                protocol.transport.abort();
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events).containsExactly("made", "pause", "lost");
            assertThat(protocol.cause).isNull();
        }
    }

    @Test
    @DisplayName("row 68: marks that change can pause at once, and resume")
    void marksChange() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            Transport transport = protocol.transport;
            check.run(() -> {
                transport.setWriteBufferLimits(2 * MUCH);
                assertThat(transport.lowWater()).isEqualTo(MUCH / 2);
                transport.write(random(MUCH));
                assertThat(protocol.events).containsExactly("made");
                transport.setWriteBufferLimits(0);
                assertThat(protocol.events).containsExactly("made", "pause");
                transport.setWriteBufferLimits(2 * MUCH, 2 * MUCH);
                for (int i = 0; i < 10 && !protocol.events.contains("resume"); i++) {
                    Async.yieldNow();
                }
                assertThat(protocol.events).containsExactly("made", "pause", "resume");
                assertThatThrownBy(() -> transport.setWriteBufferLimits(2, 1))
                        .isInstanceOf(IllegalArgumentException.class);
                transport.abort();
                transport.waitClosed();
            });
        }
    }

    @Test
    @DisplayName("row 69: close sends what was written, then connectionLost is called, once")
    void closeFlushes() throws Exception {
        byte[] sent = random(MUCH);
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.run(() -> {
                protocol.transport.write(sent);
                protocol.transport.close();
                protocol.transport.write("dropped");
                assertThat(protocol.transport.isClosing()).isTrue();
                assertThat(protocol.events).containsExactly("made", "pause");
            });
            assertThat(Arrays.equals(peer.getInputStream().readAllBytes(), sent))
                    .isTrue();
        }
        protocol.await("lost");
        assertThat(protocol.events).containsExactly("made", "pause", "resume", "lost");
        assertThat(protocol.cause).isNull();
    }

    @Test
    @DisplayName("row 69: resumeWriting may write and close, before the close and after it")
    void resumeWritesAndCloses() throws Exception {
        byte[] sent = random(MUCH);
        for (boolean closedBefore : new boolean[] {false, true}) {
            Recorder protocol = new Recorder() {
                @Override
                public void resumeWriting() throws Exception {
                    super.resumeWriting();
                    transport.write("!");
                    transport.close();
                    transport.close();
                }
            };
            try (Socket peer = connect(protocol)) {
                check.run(() -> {
                    protocol.transport.write(sent);
                    if (closedBefore) {
                        protocol.transport.close();
                    }
                });
                assertThat(peer.getInputStream().readAllBytes()).hasSize(closedBefore ? MUCH : MUCH + 1);
            }
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "resume", "lost");
        }
    }

    @Test
    @DisplayName("row 69: abort drops what is unsent, and the peer gets a reset")
    void abort() throws Throwable {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.run(() -> {
                protocol.transport.write(new byte[MUCH]);
                protocol.transport.abort();
                protocol.transport.waitClosed();
                assertThat(protocol.transport.writeBufferSize()).isZero();
            });
            assertThat(protocol.events).containsExactly("made", "pause", "lost");
            assertThat(protocol.cause).isNull();
            check.assertCutOff(() ->
                    assertThat(peer.getInputStream().readAllBytes().length).isLessThan(MUCH));
        }
    }

    @Test
    @DisplayName("a peer that breaks off while much is unsent: connectionLost with the cause, no resumeWriting")
    void resetWhileUnsent() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.run(() -> protocol.transport.write(new byte[MUCH]));
            peer.setSoLinger(true, 0);
        }
        protocol.await("lost");
        assertThat(protocol.events).containsExactly("made", "pause", "lost");
        assertThat(protocol.cause).isInstanceOf(java.io.IOException.class);
    }

    @Test
    @DisplayName(
            "a callback that writes until it is paused is paused in the middle, and pauseWriting may itself write and wait")
    void pauseInsideCallback() throws Exception {
        LoopFuture<@Nullable Void> go = check.loop().createFuture();
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) throws Exception {
                note("begin", () -> {
                    while (!events.contains("pause")) {
                        transport.write(new byte[MUCH]);
                    }
                });
                note("end");
            }

            @Override
            public void pauseWriting() throws Exception {
                note("pause", () -> {
                    transport.write(new byte[1 << 20]);
                    go.await();
                });
            }
        };
        try (Socket peer = connect(protocol)) {
            peer.getOutputStream().write(1);
            protocol.await("pause");
            peer.getOutputStream().write(2);
            check.run(() -> {
                protocol.transport.write("from another task, which does not get to call back");
                go.setResult(null);
            });
            protocol.await("end");
            check.run(() -> {
                protocol.transport.abort();
                protocol.transport.waitClosed();
            });
            assertThat(protocol.events)
                    .startsWith("made", "begin", "pause", "end")
                    .doesNotContain("resume");
            assertThat(protocol.events).noneMatch(event -> event.startsWith("overlap"));
        }
    }

    @Test
    @DisplayName("a task that writes too much calls pauseWriting itself; while that waits no other callback runs")
    void pauseInOtherTask() throws Exception {
        LoopFuture<@Nullable Void> go = check.loop().createFuture();
        Recorder protocol = new Recorder() {
            @Override
            public void pauseWriting() throws Exception {
                note("pause", go::await);
                note("paused");
            }
        };
        try (Socket peer = connect(protocol)) {
            Task<?> writing = check.loop().createTask(() -> {
                protocol.transport.write(new byte[MUCH]);
            });
            protocol.await("pause");
            LoopCheck.awaitWaiting(writing);
            peer.getOutputStream().write('x');
            check.run(() -> {
                for (int i = 0; i < 10; i++) {
                    Async.yieldNow();
                }
                assertThat(protocol.events).containsExactly("made", "pause");
                go.setResult(null);
            });
            LoopCheck.join(writing);
            protocol.await("data:x");
            check.run(protocol.transport::abort);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "paused", "data:x", "lost");
        }
    }

    @Test
    @DisplayName("connectionLost waits its turn too")
    void lostWhilePauseWaits() throws Throwable {
        LoopFuture<@Nullable Void> go = check.loop().createFuture();
        Recorder protocol = new Recorder() {
            @Override
            public void pauseWriting() throws Exception {
                note("pause", go::await);
                note("paused");
            }
        };
        try (Socket peer = connect(protocol)) {
            Task<?> writing = check.loop().createTask(() -> {
                protocol.transport.write(new byte[MUCH]);
            });
            protocol.await("pause");
            check.run(() -> {
                protocol.transport.abort();
                for (int i = 0; i < 10; i++) {
                    Async.yieldNow();
                }
            });
            check.assertCutOff(() ->
                    assertThat(peer.getInputStream().readAllBytes().length).isLessThan(MUCH));
            check.run(() -> {
                assertThat(protocol.events).containsExactly("made", "pause");
                go.setResult(null);
            });
            LoopCheck.join(writing);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "paused", "lost");
        }
    }

    @Test
    @DisplayName(
            "a protocol that is not reading stops the peer, and gets every byte in order when it resumes now and then")
    void readingIsPaced() throws Exception {
        byte[] sent = random(MUCH);
        java.io.ByteArrayOutputStream received = new java.io.ByteArrayOutputStream();
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) {
                received.writeBytes(data);
                transport.pauseReading();
                transport.loop().callSoon(transport::resumeReading);
            }
        };
        try (Socket peer = connect(protocol)) {
            peer.getOutputStream().write(sent);
        }
        protocol.await("lost");
        assertThat(Arrays.equals(received.toByteArray(), sent)).isTrue();
        assertThat(protocol.events).containsExactly("made", "eof", "lost");
    }

    @Test
    @DisplayName("a fast peer does not starve other tasks")
    void fairness() throws Exception {
        Recorder protocol = new Recorder() {
            @Override
            public void dataReceived(byte[] data) {}
        };
        try (Socket peer = connect(protocol)) {
            Thread flood = new Thread(() -> {
                try {
                    for (int i = 0; i < 16; i++) {
                        peer.getOutputStream().write(new byte[1 << 20]);
                    }
                    peer.shutdownOutput();
                } catch (java.io.IOException e) {
                    throw new AssertionError(e);
                }
            });
            int turns = check.call(() -> {
                flood.start();
                int count = 0;
                while (!protocol.events.contains("lost")) {
                    Async.yieldNow();
                    count++;
                }
                return count;
            });
            flood.join();
            assertThat(turns)
                    .as("16 MiB, with a turn every 128 KiB at the latest")
                    .isGreaterThan(100);
        }
    }
}
