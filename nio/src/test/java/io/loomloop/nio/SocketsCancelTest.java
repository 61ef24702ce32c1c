package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("Operations on channels of the user's that are cancelled")
class SocketsCancelTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private int watched() throws Exception {
        return check.call(() -> SocketEngine.of(check.loop()).watches().count());
    }

    @Test
    @DisplayName(
            "76: a receive that is cancelled takes nothing and leaves the channel free, for blocking use or the next call")
    void cancelledReceive() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            for (int i = 0; i < 50; i++) {
                LoopCheck.awaitTrue("the selector has let go", () -> !pair.channel.isRegistered());
                Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 100));
                LoopCheck.awaitWaiting(receiving);
                if (i % 2 == 1) {
                    LoopCheck.awaitTrue("the selector has it", pair.channel::isRegistered);
                    check.run(
                            () -> { // in one step, so that the channel is free at once and not a moment later
                                receiving.cancel();
                                assertThatThrownBy(receiving::await).isInstanceOf(CancelledException.class);
                                pair.channel.configureBlocking(true);
                                pair.channel.configureBlocking(false);
                            });
                } else {
                    receiving.cancel();
                    assertThatThrownBy(() -> LoopCheck.join(receiving)).isInstanceOf(CancelledException.class);
                }
                pair.send("n" + i + ".");
                assertThat(new String(check.call(() -> Sockets.receive(pair.channel, 100)), UTF_8))
                        .isEqualTo("n" + i + ".");
                check.run(() -> {
                    pair.channel.configureBlocking(true);
                    pair.channel.configureBlocking(false);
                });
            }
            assertThat(watched()).isZero();
            LoopCheck.awaitTrue("the selector has let go", () -> !pair.channel.isRegistered());
        }
    }

    @Test
    @DisplayName(
            "76: cancelled and ready at once: of 300 receives none loses a byte, and the next one can begin at once")
    void receiveRace() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            StringBuilder received = new StringBuilder();
            StringBuilder sent = new StringBuilder();
            Random random = new Random(7);
            int[] cancelled = {0};
            for (int i = 0; i < 300; i++) {
                String text = "n" + i + ".";
                sent.append(text);
                int turns = random.nextInt(40);
                check.run(() -> {
                    Task<byte[]> receiving = check.loop().createTask(() -> Sockets.receive(pair.channel, 100));
                    Async.yieldNow();
                    pair.send(text);
                    for (int turn = 0; turn < turns; turn++) {
                        Async.yieldNow();
                    }
                    receiving.cancel();
                    try {
                        received.append(new String(receiving.await(), UTF_8));
                    } catch (CancelledException e) {
                        cancelled[0]++;
                    }
                });
            }
            check.run(() -> {
                while (received.length() < sent.length()) {
                    received.append(new String(Sockets.receive(pair.channel, 100), UTF_8));
                }
            });
            assertThat(received).hasToString(sent.toString());
            assertThat(cancelled[0]).isPositive();
        }
    }

    @Test
    @DisplayName("76: an accept that is cancelled loses no connection, however close they are")
    void acceptRace() throws Exception {
        Random random = new Random(9);
        try (ServerSocketChannel listening = SocketsTest.listen()) {
            int[] accepted = {0};
            int[] cancelled = {0};
            for (int i = 0; i < 100; i++) {
                int turns = random.nextInt(40);
                check.run(() -> {
                    Task<SocketChannel> accepting = check.loop().createTask(() -> Sockets.accept(listening));
                    Async.yieldNow();
                    try (SocketChannel client = SocketsTest.open()) {
                        client.connect(listening.getLocalAddress());
                        for (int turn = 0; turn < turns; turn++) {
                            Async.yieldNow();
                        }
                        accepting.cancel();
                        try {
                            accepting.await().close();
                            accepted[0]++;
                        } catch (CancelledException e) {
                            cancelled[0]++;
                            Sockets.accept(listening).close();
                        }
                    }
                });
            }
            assertThat(cancelled[0]).isPositive();
            assertThat(accepted[0] + cancelled[0]).isEqualTo(100);
            assertThat(listening.accept()).isNull();
        }
    }

    @Test
    @DisplayName("76: a connect that is cancelled goes on, and another call waits for it")
    void cancelledConnect() throws Exception {
        check.run(() -> {
            try (ServerSocketChannel listening = SocketsTest.listen();
                    SocketChannel client = SocketsTest.open()) {
                SocketAddress target = listening.getLocalAddress();
                Task<?> connecting = check.loop().createTask(() -> Sockets.connect(client, target));
                Async.yieldNow();
                connecting.cancel();
                try {
                    connecting.await();
                } catch (CancelledException e) {
                    Sockets.connect(client, target);
                }
                assertThat(client.isConnected()).isTrue();
                Sockets.accept(listening).close();
            }
        });
    }

    @Test
    @DisplayName("a send that is cancelled says in its buffer what was sent")
    void cancelledSend() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            byte[] data = new byte[16 << 20];
            new Random(1).nextBytes(data);
            ByteBuffer buffer = ByteBuffer.wrap(data);
            Task<?> sending = check.loop().createTask(() -> Sockets.sendAll(pair.channel, buffer));
            LoopCheck.awaitWaiting(sending);
            sending.cancel();
            assertThatThrownBy(() -> LoopCheck.join(sending)).isInstanceOf(CancelledException.class);
            assertThat(buffer.position()).isBetween(1, data.length - 1);
            assertThat(buffer.limit()).isEqualTo(data.length);
            pair.channel.shutdownOutput();
            assertThat(pair.peer.getInputStream().readAllBytes()).isEqualTo(Arrays.copyOf(data, buffer.position()));
        }
    }

    @Test
    @DisplayName("a wait under a deadline leaves the channel for the next")
    void timeout() throws Exception {
        try (SocketsTest.Pair pair = new SocketsTest.Pair()) {
            check.run(() -> {
                assertThatThrownBy(() -> Async.timeout(Duration.ofMillis(20), () -> Sockets.receive(pair.channel, 10)))
                        .isInstanceOf(java.util.concurrent.TimeoutException.class);
                pair.send("late");
                assertThat(Sockets.receive(pair.channel, 10)).hasSize(4);
            });
        }
    }
}
