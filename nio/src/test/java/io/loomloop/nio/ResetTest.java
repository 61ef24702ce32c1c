package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Task;
import java.io.IOException;
import java.net.SocketException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A reset in the middle")
class ResetTest {
    /** Every way to wait for a peer that has sent half of what was asked for. */
    enum Call {
        READ {
            @Override
            void run(Peer peer) throws IOException {
                while (peer.reader.read(1).length > 0) {}
            }
        },
        READ_EXACTLY {
            @Override
            void run(Peer peer) throws IOException {
                peer.reader.readExactly(1000);
            }
        },
        READ_LINE {
            @Override
            void run(Peer peer) throws IOException {
                peer.reader.readLine();
            }
        },
        READ_UNTIL {
            @Override
            void run(Peer peer) throws IOException {
                peer.reader.readUntil(new byte[] {0}, new byte[] {1, 2});
            }
        },
        READ_ALL {
            @Override
            void run(Peer peer) throws IOException {
                peer.reader.readAll();
            }
        },
        DRAIN {
            @Override
            void run(Peer peer) throws IOException {
                for (; ; ) {
                    peer.writer.write(new byte[100_000]);
                    peer.writer.drain();
                }
            }
        },
        WAIT_CLOSED {
            @Override
            void run(Peer peer) throws IOException {
                peer.writer.write(new byte[10_000_000]);
                peer.writer.close();
                peer.writer.waitClosed();
            }
        };

        abstract void run(Peer peer) throws IOException;
    }

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @ParameterizedTest
    @EnumSource
    @DisplayName("ends the wait with a failure that does not look like an end, and leaves nothing")
    void endsTheWait(Call call) throws Exception {
        Peer.connect(check).close(); // the JDK opens some for the first time
        long descriptors = Descriptors.open();
        try (Peer peer = Peer.connect(check)) {
            peer.send("half");
            Heartbeat.during(check, () -> {
                Task<?> waiting = check.loop().createTask(() -> call.run(peer));
                LoopCheck.awaitWaiting(waiting);
                peer.reset();
                assertThatThrownBy(() -> LoopCheck.join(waiting))
                        .isInstanceOf(SocketException.class)
                        .hasMessageContaining("lost");
            });
            assertThat(check.call(() -> peer.connection.writer().isClosing())).isTrue();
        }
        Descriptors.awaitAtMost(descriptors);
    }
}
