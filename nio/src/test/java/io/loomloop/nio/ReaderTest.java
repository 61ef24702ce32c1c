package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("StreamReader")
class ReaderTest {
    private static final byte[] SEMICOLON = {';'};

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private String text(Body<byte[], ?> read) throws Exception {
        return new String(check.call(read), UTF_8);
    }

    private Peer peer(int limit) throws Exception {
        return Peer.connect(check, StreamOptions.DEFAULT.withLimit(limit));
    }

    @Test
    @DisplayName("row 63: a line may be as long as the limit, its end not counted")
    void lineAtLimit() throws Exception {
        try (Peer peer = peer(3).send("123\nabc\n")) {
            assertThat(text(peer.reader::readLine)).isEqualTo("123\n");
            assertThat(text(peer.reader::readLine)).isEqualTo("abc\n");
        }
    }

    @Test
    @DisplayName("row 63: of too long a line that has arrived only that line is dropped")
    void longLineIsDropped() throws Exception {
        try (Peer peer = peer(3).send("line1\nok\n")) {
            assertThatThrownBy(() -> check.call(peer.reader::readLine)).isInstanceOf(LimitOverrunException.class);
            assertThat(text(peer.reader::readLine)).isEqualTo("ok\n");
        }
    }

    @Test
    @DisplayName("row 63: of too long a line without an end all that has arrived is dropped")
    void endlessLineIsDropped() throws Exception {
        try (Peer peer = peer(3).send("endless")) {
            assertThatThrownBy(() -> check.call(peer.reader::readLine)).isInstanceOf(LimitOverrunException.class);
            peer.send("ok\n");
            assertThat(text(peer.reader::readLine)).isEqualTo("ok\n");
        }
    }

    @Test
    @DisplayName("row 63: at the end of the stream a line may lack its end, then there is nothing")
    void lastLine() throws Exception {
        try (Peer peer = peer(100).send("one\ntwo")) {
            peer.socket.shutdownOutput();
            assertThat(text(peer.reader::readLine)).isEqualTo("one\n");
            assertThat(text(peer.reader::readLine)).isEqualTo("two");
            assertThat(text(peer.reader::readLine)).isEmpty();
            check.run(() -> assertThat(peer.reader.atEof()).isTrue());
        }
    }

    @Test
    @DisplayName("row 64: a separator beyond the limit is refused and nothing is taken")
    void separatorBeyondLimit() throws Exception {
        try (Peer peer = peer(3).send("something;")) {
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil(SEMICOLON)))
                    .isInstanceOfSatisfying(
                            LimitOverrunException.class,
                            e -> assertThat(e.consumed()).isEqualTo(9));
            assertThat(text(() -> peer.reader.readExactly(10))).isEqualTo("something;");
        }
    }

    @Test
    @DisplayName("row 64: no separator within the limit is refused and nothing is taken")
    void noSeparatorWithinLimit() throws Exception {
        try (Peer peer = peer(3).send("something")) {
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil("ab".getBytes(UTF_8))))
                    .isInstanceOfSatisfying(
                            LimitOverrunException.class,
                            e -> assertThat(e.consumed()).isEqualTo(8));
            assertThat(text(() -> peer.reader.read(100))).isEqualTo("something");
        }
    }

    @Test
    @DisplayName("row 64: the end before the separator gives what has arrived, once")
    void endBeforeSeparator() throws Exception {
        try (Peer peer = peer(100).send("rest")) {
            peer.socket.shutdownOutput();
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil(SEMICOLON)))
                    .isInstanceOfSatisfying(IncompleteReadException.class, e -> {
                        assertThat(e.partial()).isEqualTo("rest".getBytes(UTF_8));
                        assertThat(e.expected()).isEqualTo(IncompleteReadException.UNKNOWN);
                    });
            assertThat(text(() -> peer.reader.read(10))).isEmpty();
        }
    }

    @Test
    @DisplayName("row 64: of several separators the one that ends first counts")
    void severalSeparators() throws Exception {
        byte[] short1 = "\r".getBytes(UTF_8);
        byte[] long1 = "\r\n".getBytes(UTF_8);
        try (Peer peer = peer(100).send("a\r\nb;c")) {
            assertThat(text(() -> peer.reader.readUntil(long1, SEMICOLON, short1)))
                    .isEqualTo("a\r");
            assertThat(text(() -> peer.reader.readUntil(long1, SEMICOLON))).isEqualTo("\nb;");
        }
    }

    @Test
    @DisplayName("row 64: a separator is found across two chunks")
    void separatorInTwoChunks() throws Exception {
        try (Peer peer = peer(100).send("head\r")) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.readUntil("\r\n".getBytes(UTF_8)));
            LoopCheck.awaitWaiting(reading);
            peer.send("\nbody");
            assertThat(LoopCheck.join(reading)).isEqualTo("head\r\n".getBytes(UTF_8));
            assertThat(text(() -> peer.reader.read(100))).isEqualTo("body");
        }
    }

    @Test
    @DisplayName("row 64: a separator has at least one byte")
    void badSeparators() throws Exception {
        try (Peer peer = peer(100)) {
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil(new byte[0])))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> check.call(() -> peer.reader.readUntil(SEMICOLON, null)))
                    .isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    @DisplayName("row 65: read and readExactly ignore the limit")
    void readIgnoresLimit() throws Exception {
        String sent = "0123456789".repeat(100);
        try (Peer peer = peer(3).send(sent).send(sent)) {
            assertThat(text(() -> peer.reader.readExactly(1000))).isEqualTo(sent);
            StringBuilder received = new StringBuilder();
            while (received.length() < 1000) {
                received.append(text(() -> peer.reader.read(1000)));
            }
            assertThat(received).hasToString(sent);
        }
    }

    @Test
    @DisplayName("row 65: the end before enough bytes gives what has arrived, and how many were expected")
    void readExactlyAtEnd() throws Exception {
        try (Peer peer = peer(100).send("four")) {
            peer.socket.shutdownOutput();
            assertThatThrownBy(() -> check.call(() -> peer.reader.readExactly(10)))
                    .isInstanceOfSatisfying(IncompleteReadException.class, e -> {
                        assertThat(e.partial()).isEqualTo("four".getBytes(UTF_8));
                        assertThat(e.expected()).isEqualTo(10);
                    })
                    .hasMessageContaining("4 of 10");
            assertThat(text(peer.reader::readAll)).isEmpty();
        }
    }

    @Test
    @DisplayName("row 66: a read that was cancelled has taken nothing, and a failure afterwards finds nobody to crash")
    void cancelledRead() throws Exception {
        try (Peer peer = peer(100).send("abc")) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.readExactly(5));
            LoopCheck.awaitWaiting(reading);
            reading.cancel("enough");
            assertThatThrownBy(() -> LoopCheck.join(reading)).isInstanceOf(CancelledException.class);
            assertThat(text(() -> peer.reader.read(2))).isEqualTo("ab");
            peer.reset();
            LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
            assertThat(text(() -> peer.reader.read(2))).isEqualTo("c");
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(2)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
            assertThatThrownBy(() -> check.run(peer.writer::waitClosed)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("row 66: closing the writer ends the stream for a task that reads")
    void closeEndsRead() throws Exception {
        try (Peer peer = peer(100)) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.read(5));
            LoopCheck.awaitWaiting(reading);
            peer.writer.close();
            assertThat(LoopCheck.join(reading)).isEmpty();
        }
    }

    @Test
    @DisplayName("a read is a cancellation point even when it need not wait, and takes nothing then")
    void readIsCancellationPoint() throws Exception {
        try (Peer peer = peer(100).send("abc")) {
            check.run(() -> {
                assertThat(peer.reader.read(1)).isEqualTo("a".getBytes(UTF_8));
                Async.currentTask().cancel("now");
                assertThatThrownBy(() -> peer.reader.read(1)).isInstanceOf(CancelledException.class);
                Async.currentTask().uncancel();
                assertThat(peer.reader.read(5)).isEqualTo("bc".getBytes(UTF_8));
            });
        }
    }

    @Test
    @DisplayName("one task reads at a time")
    void oneReader() throws Exception {
        try (Peer peer = peer(100)) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.readExactly(1));
            LoopCheck.awaitWaiting(reading);
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("another task is reading");
            peer.send("x");
            assertThat(LoopCheck.join(reading)).hasSize(1);
        }
    }

    @Test
    @DisplayName("a reader belongs to its loop")
    void offTheLoop() throws Exception {
        try (Peer peer = peer(100)) {
            assertThatThrownBy(() -> peer.reader.read(1))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("createTask");
            assertThatThrownBy(peer.reader::atEof).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    @DisplayName("zero bytes are there at once, fewer are refused")
    void counts() throws Exception {
        try (Peer peer = peer(100)) {
            assertThat(text(() -> peer.reader.read(0))).isEmpty();
            assertThat(text(() -> peer.reader.readExactly(0))).isEmpty();
            assertThatThrownBy(() -> check.call(() -> peer.reader.read(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> check.call(() -> peer.reader.readExactly(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    @DisplayName("what arrived before the connection was lost can be read")
    void bytesBeforeLoss() throws Exception {
        try (Peer peer = peer(100).send("last words\n")) {
            check.run(() -> assertThat(peer.reader.read(1)).hasSize(1));
            peer.reset();
            LoopCheck.awaitTrue("the loss is noticed", peer.writer::isClosing);
            assertThat(text(peer.reader::readLine)).isEqualTo("ast words\n");
            assertThatThrownBy(() -> check.call(peer.reader::readLine)).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("a reader that always finds bytes lets other tasks run")
    void fairness() throws Exception {
        try (Peer peer = peer(1000)) {
            Thread flood = new Thread(() -> {
                try {
                    byte[] block = new byte[64 << 10];
                    for (int i = 0; i < 200; i++) {
                        peer.socket.getOutputStream().write(block);
                    }
                    peer.socket.shutdownOutput();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            flood.start();
            AtomicInteger others = new AtomicInteger();
            check.run(() -> {
                Task<?> other = Async.createTask(() -> {
                    for (; ; ) {
                        others.incrementAndGet();
                        Async.yieldNow();
                    }
                });
                long total = 0;
                for (int count = 1; count > 0; total += count) {
                    count = peer.reader.read(100).length;
                }
                assertThat(total).isEqualTo(200L * (64 << 10));
                other.cancel();
            });
            flood.join();
            assertThat(others).as("200 blocks, each more than a fair share").hasValueGreaterThan(150);
        }
    }
}
