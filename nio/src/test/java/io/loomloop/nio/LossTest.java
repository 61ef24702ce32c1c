package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A write that returned is sent, or its failure is reported")
class LossTest {
    private static final int MUCH = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Peer lostWithUnsentBytes() throws Exception {
        Peer peer = Peer.connect(check);
        check.run(() -> peer.writer.write(new byte[MUCH]));
        assertThat(peer.writer.bufferedBytes()).isPositive();
        peer.reset();
        LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
        return peer;
    }

    @Test
    @DisplayName("by the next drain, and then to nobody else")
    void byDrain() throws Exception {
        try (Peer peer = lostWithUnsentBytes()) {
            assertThatThrownBy(() -> check.run(peer.writer::drain)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> check.run(peer.writer::drain)).isInstanceOf(IOException.class);
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("by a drain that waits")
    void byWaitingDrain() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<?> draining = check.loop().createTask(() -> {
                peer.writer.write(new byte[MUCH]);
                peer.writer.drain();
            });
            LoopCheck.awaitWaiting(draining);
            peer.reset();
            assertThatThrownBy(() -> LoopCheck.join(draining)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("by waitClosed after close")
    void byWaitClosed() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            Task<?> closing = check.loop().createTask(() -> {
                peer.writer.write(new byte[MUCH]);
                peer.writer.close();
                peer.writer.waitClosed();
            });
            LoopCheck.awaitWaiting(closing);
            peer.reset();
            assertThatThrownBy(() -> LoopCheck.join(closing)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("by the next read")
    void byRead() throws Exception {
        try (Peer peer = lostWithUnsentBytes()) {
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(1))).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("to the exception handler, when the writer is closed after the loss and nobody asked")
    void byClose() throws Exception {
        Peer peer = lostWithUnsentBytes();
        peer.close();
        assertThat(check.takeError().message()).contains("bytes were not sent");
        check.run(() -> peer.writer.close());
    }

    @Test
    @DisplayName("to the exception handler, when the connection is lost after it was closed and nobody waits")
    void lostAfterClose() throws Exception {
        Peer peer = Peer.connect(check);
        check.run(() -> {
            peer.writer.write(new byte[MUCH]);
            peer.writer.close();
        });
        peer.reset();
        assertThat(check.takeError().message()).contains("bytes were not sent", "127.0.0.1");
    }

    @Test
    @DisplayName("to the exception handler, when the loop closes with unsent bytes")
    void loopCloses() throws Throwable {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(new byte[MUCH]);
                peer.writer.close();
            });
            check.loop().close();
            assertThat(check.takeError().message()).contains("bytes were not sent", "the event loop was closed");
            check.assertCutOff(() -> assertThat(peer.receiveAll().length).isLessThan(MUCH));
        }
    }

    @Test
    @DisplayName("to the exception handler, when the loop closes after a loss that nobody was told of")
    void loopClosesAfterLoss() throws Exception {
        lostWithUnsentBytes();
        check.loop().close();
        assertThat(check.takeError().message()).contains("bytes were not sent");
    }

    @Test
    @DisplayName("to nobody, when they were aborted on purpose")
    void aborted() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            check.run(() -> {
                peer.writer.write(new byte[MUCH]);
                peer.writer.abort();
                peer.writer.waitClosed();
            });
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("row 71: writes after a loss are dropped, with a warning from the fifth on")
    void dropped() throws Exception {
        List<String> warnings = new CopyOnWriteArrayList<>();
        Logger logger = Logger.getLogger("io.loomloop.nio");
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord entry) {
                warnings.add(java.text.MessageFormat.format(entry.getMessage(), entry.getParameters()));
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        logger.addHandler(listener);
        logger.setUseParentHandlers(false);
        try (Peer peer = Peer.connect(check)) {
            peer.reset();
            LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
            check.run(() -> {
                for (int i = 0; i < 4; i++) {
                    peer.writer.write("x");
                }
                assertThat(warnings).isEmpty();
                peer.writer.write("x");
                assertThat(warnings).hasSize(1).first().asString().contains("5 writes");
                for (int i = 0; i < 44; i++) {
                    peer.writer.write("x");
                }
                assertThat(warnings).as("no flood").hasSize(1);
                assertThat(peer.writer.bufferedBytes()).isZero();
                assertThatThrownBy(peer.writer::drain).isInstanceOf(IOException.class);
            });
        } finally {
            logger.removeHandler(listener);
            logger.setUseParentHandlers(true);
        }
    }

    @Test
    @DisplayName("row 71: writes after a loss are reported too, if nobody asks")
    void droppedAndNobodyAsks() throws Exception {
        Peer peer = Peer.connect(check);
        peer.reset();
        LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
        check.run(() -> peer.writer.write("into the void"));
        peer.close();
        assertThat(check.takeError().message()).contains("13 bytes were not sent");
    }

    @Test
    @DisplayName("what the peer said before it broke off can be read although a write failed first")
    void answerBeforeReset() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.send("413 too large");
            peer.socket.close(); // with unread bytes on their way: the next write meets a reset
            check.run(() -> {
                byte[] block = new byte[1 << 20];
                while (!peer.writer.isClosing()) {
                    peer.writer.write(block);
                    Async.sleep(Duration.ofMillis(1));
                }
                assertThat(peer.reader.readExactly(13)).hasSize(13);
                assertThatThrownBy(peer.writer::drain).isInstanceOf(IOException.class);
            });
        }
    }

    @Test
    @DisplayName("what the system has received can be read after a failed write, even if reading was paused")
    void readAfterFailedWrite() throws Exception {
        try (Peer peer = Peer.connect(check, StreamOptions.DEFAULT.withLimit(1000))) {
            check.run(() -> peer.writer.write("never read by the peer"));
            peer.socket.getOutputStream().write(new byte[3000]);
            LoopCheck.awaitTrue(
                    "reading is paused", () -> peer.reader.toString().contains("paused"));
            peer.socket.getOutputStream().write(new byte[500]);
            peer.socket.close(); // resets, because there are bytes it has not read
            check.run(() -> {
                while (!peer.writer.isClosing()) {
                    peer.writer.write("x");
                    Async.sleep(Duration.ofMillis(1));
                }
                assertThat(peer.reader.readExactly(3500)).hasSize(3500);
                assertThatThrownBy(() -> peer.reader.read(1)).isInstanceOf(IOException.class);
            });
        }
    }
}
