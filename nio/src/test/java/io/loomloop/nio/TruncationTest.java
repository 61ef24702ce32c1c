package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import java.io.IOException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("A stream that was cut off does not look like one that ended")
class TruncationTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("when the I/O ends: what has arrived can be read, then the failure comes")
    void ioEnds() throws Exception {
        try (Peer peer = Peer.connect(check).send("half")) {
            check.run(() -> assertThat(peer.reader.readExactly(2)).hasSize(2));
            Task<byte[]> reading = check.loop().createTask(peer.reader::readAll);
            LoopCheck.awaitWaiting(reading);
            check.endSockets();
            assertThatThrownBy(() -> LoopCheck.join(reading)).isInstanceOf(IOException.class);
            check.run(() -> {
                assertThat(peer.reader.atEof()).isFalse();
                assertThat(peer.reader.readExactly(2)).hasSize(2);
                assertThatThrownBy(() -> peer.reader.read(1)).isInstanceOf(IOException.class);
            });
        }
    }

    @Test
    @DisplayName("while one that has ended stays ended")
    void ended() throws Exception {
        try (Peer peer = Peer.connect(check)) {
            peer.socket.shutdownOutput();
            check.run(() -> assertThat(peer.reader.readAll()).isEmpty());
            check.endSockets();
            check.run(() -> assertThat(peer.reader.readAll()).isEmpty());
        }
    }
}
