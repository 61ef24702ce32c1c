package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Policies for what is longer than the limit")
class StreamLimitTest {
    private static final byte[] CRLF = "\r\n".getBytes(UTF_8);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Peer peer(LimitPolicy policy) throws Exception {
        return Peer.connect(check, StreamOptions.DEFAULT.withLimit(3).withLimitPolicy(policy));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    @Test
    @DisplayName("row 63: to throw is the default")
    void throwIsDefault() {
        assertThat(StreamOptions.DEFAULT.limitPolicy()).isEqualTo(LimitPolicy.THROW);
        assertThat(StreamOptions.DEFAULT.withLimitPolicy(LimitPolicy.DROP).withLimit(5))
                .hasToString(StreamOptions.DEFAULT
                        .withLimit(5)
                        .withLimitPolicy(LimitPolicy.DROP)
                        .toString())
                .asString()
                .contains("limitPolicy=DROP");
        assertThatThrownBy(() -> StreamOptions.DEFAULT.withLimitPolicy(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("policy");
    }

    @Test
    @DisplayName("DROP: a long line is dropped with its end, whether that has arrived or not, and the next one is read")
    void dropLines() throws Exception {
        try (Peer peer = peer(LimitPolicy.DROP).send("too long\nok1\nendless")) {
            assertThat(check.call(peer.reader::readLine)).isEqualTo(bytes("ok1\n"));
            Task<byte[]> reading = check.loop().createTask(peer.reader::readLine);
            for (int i = 0; i < 100; i++) {
                peer.send("more of it");
            }
            LoopCheck.awaitWaiting(reading);
            peer.send(" the end\nok2\n");
            assertThat(LoopCheck.join(reading)).isEqualTo(bytes("ok2\n"));
        }
    }

    @Test
    @DisplayName("DROP: messages with a separator of several bytes, which come one by one")
    void dropMessages() throws Exception {
        try (Peer peer = peer(LimitPolicy.DROP)) {
            Task<byte[]> reading = check.loop().createTask(() -> peer.reader.readUntil(CRLF));
            for (char c : "too long\rand\nlonger\r\nok\r\n".toCharArray()) {
                peer.send(String.valueOf(c));
                LoopCheck.awaitTrue("taken", () -> reading.isDone() || !peer.writer.isClosing());
            }
            assertThat(LoopCheck.join(reading)).isEqualTo(bytes("ok\r\n"));
        }
    }

    @Test
    @DisplayName("DROP: the end of the stream in the middle of a message that is dropped is the end")
    void dropToEnd() throws Exception {
        try (Peer peer = peer(LimitPolicy.DROP).send("too long")) {
            peer.socket.shutdownOutput();
            assertThat(check.call(peer.reader::readLine)).isEmpty();
            check.run(() -> assertThat(peer.reader.atEof()).isTrue());
        }
    }

    @Test
    @DisplayName("DROP: a read that is cancelled in the middle of a long line does not make a line of the rest")
    void dropCancelled() throws Exception {
        try (Peer peer = peer(LimitPolicy.DROP).send("too long")) {
            Task<byte[]> reading = check.loop().createTask(peer.reader::readLine);
            LoopCheck.awaitWaiting(reading);
            reading.cancel();
            LoopCheck.awaitTrue("it is cancelled", reading::isDone);
            peer.send("\nok\n");
            assertThat(check.call(peer.reader::readLine)).isEqualTo(bytes("ok\n"));
        }
    }

    @Test
    @DisplayName("ABORT: a long line throws and ends the connection")
    void abort() throws Exception {
        try (Peer peer = peer(LimitPolicy.ABORT).send("ok\ntoo long")) {
            assertThat(check.call(peer.reader::readLine)).isEqualTo(bytes("ok\n"));
            assertThatThrownBy(() -> check.call(peer.reader::readLine)).isInstanceOf(LimitOverrunException.class);
            assertThat(peer.connection.isClosing()).isTrue();
            assertThat(peer.receiveAll()).isEmpty();
            check.run(peer.connection::waitClosed);
        }
    }

    @Test
    @DisplayName(
            "row 64: with several separators the limit counts to the one that ends first, and of those the shortest")
    void severalSeparators() throws Exception {
        for (boolean reversed : new boolean[] {false, true}) {
            byte[] last = bytes("A");
            byte[] longer = bytes("ome dataA");
            try (Peer peer = peer(LimitPolicy.THROW).send("some dataA")) {
                assertThatThrownBy(() -> check.call(() ->
                                reversed ? peer.reader.readUntil(longer, last) : peer.reader.readUntil(last, longer)))
                        .isInstanceOfSatisfying(
                                LimitOverrunException.class,
                                e -> assertThat(e.consumed()).isEqualTo(9));
                assertThat(check.call(() -> peer.reader.readExactly(10))).isEqualTo(bytes("some dataA"));
            }
        }
    }
}
