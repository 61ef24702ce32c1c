package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: who is told of what was cut off")
class TlsEndTest {
    private static final StreamOptions SMALL_BUFFERS =
            TlsTest.SERVER.withSocketOption(StandardSocketOptions.SO_SNDBUF, 8 << 10);

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("an answer to a new key that could not be sent is no loss of the user's")
    void keyUpdate() throws Exception {
        CompletableFuture<StreamWriter> writer = new CompletableFuture<>();
        LoopFuture<@Nullable Void> gone = check.loop().createFuture();
        try (Server server = check.call(() -> Streams.startServer(
                        (reader, out) -> {
                            out.write("hello");
                            writer.complete(out);
                            gone.await(); // and asks nobody how it went
                        },
                        "127.0.0.1",
                        0,
                        SMALL_BUFFERS));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            assertThat(peer.read()).isNotNull();
            long unsent = 0;
            for (int i = 0; i < 300_000 && unsent < 1000; i++) {
                peer.send(peer.keyUpdate());
                unsent = writer.join().bufferedBytes();
            }
            assertThat(unsent).isPositive();
            peer.socket.setSoLinger(true, 0);
            peer.socket.close();
            LoopCheck.awaitTrue("the loss is noticed", () -> writer.join().isClosing());
            check.run(() -> gone.setResult(null));
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
        }
        check.loop().close();
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("but what was written before is")
    void behindData() throws Exception {
        CompletableFuture<StreamWriter> writer = new CompletableFuture<>();
        LoopFuture<@Nullable Void> gone = check.loop().createFuture();
        try (Server server = check.call(() -> Streams.startServer(
                        (reader, out) -> {
                            out.write(new byte[16 << 20]);
                            writer.complete(out);
                            gone.await();
                        },
                        "127.0.0.1",
                        0,
                        TlsTest.SERVER));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            assertThat(writer.join().bufferedBytes()).isPositive();
            peer.send(peer.keyUpdate());
            peer.socket.setSoLinger(true, 0);
            peer.socket.close();
            LoopCheck.awaitTrue("the loss is noticed", () -> writer.join().isClosing());
            check.run(() -> gone.setResult(null));
            assertThat(check.takeError().message()).contains("bytes were not sent");
        }
    }

    /** A connection whose engine waits for a lock before it encrypts. */
    private final class Stuck implements AutoCloseable {
        final ReentrantLock lock = new ReentrantLock();
        final AtomicInteger passes = new AtomicInteger();
        final AtomicBoolean released = new AtomicBoolean();
        final Connection connection;
        final Socket plain;

        Stuck() throws Exception {
            SSLContext context = HookedEngine.context(Certificates.client(), () -> {
                lock.lock();
                try {
                    passes.incrementAndGet();
                } finally {
                    lock.unlock();
                }
            });
            try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                Task<Connection> opening = check.loop().createTask(() -> {
                    Connection clear = Streams.openConnection("localhost", listening.getLocalPort());
                    ((SocketStream) clear.writer().sink()).onReleased(() -> released.set(true));
                    return clear.upgradeToTls(Tls.client(context));
                });
                plain = listening.accept();
                SSLSocket peer =
                        (SSLSocket) Certificates.server().getSocketFactory().createSocket(plain, null, 0, false);
                peer.setUseClientMode(false);
                peer.startHandshake();
                connection = LoopCheck.join(opening);
                peer.getOutputStream().write('x');
                check.run(() ->
                        assertThat(connection.reader().readExactly(1)).hasSize(1)); // tickets and all have been read
            }
        }

        void reset() throws IOException {
            plain.setSoLinger(true, 0);
            plain.close();
            LoopCheck.awaitTrue("the connection is lost and its descriptor free", released::get);
        }

        @Override
        public void close() throws IOException {
            plain.close();
        }
    }

    @Test
    @DisplayName("bytes that the engine had when the connection was lost: reported at once when it was closed before")
    void lostInTheEngine() throws Exception {
        try (Stuck stuck = new Stuck()) {
            Task<?> writing;
            stuck.lock.lock();
            try {
                writing =
                        check.loop().createTask(() -> stuck.connection.writer().write("some"));
                LoopCheck.awaitTrue("the engine waits", stuck.lock::hasQueuedThreads);
                stuck.connection.close();
                stuck.reset();
            } finally {
                stuck.lock.unlock();
            }
            LoopCheck.join(writing);
            assertThat(check.takeError().message()).contains("bytes were not sent");
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName(
            "bytes that waited for the engine when the connection was lost: reported at once when it was closed before")
    void lostBeforeTheEngine() throws Exception {
        try (Stuck stuck = new Stuck()) {
            Task<?> writing;
            stuck.lock.lock();
            try {
                writing =
                        check.loop().createTask(() -> stuck.connection.writer().write("some"));
                LoopCheck.awaitTrue("the engine waits", stuck.lock::hasQueuedThreads);
                check.run(() -> {
                    stuck.connection.writer().write("more");
                    stuck.connection.close();
                });
                stuck.reset();
                assertThat(check.takeError().message()).contains("4 bytes were not sent");
            } finally {
                stuck.lock.unlock();
            }
            LoopCheck.join(writing);
        }
        assertThat(check.errors()).isEmpty();
    }

    @Test
    @DisplayName("a loop that closes in the middle of an answer cuts it off: the peer does not take it for the whole")
    void loopCloses() throws Exception {
        Server server = check.call(() -> Streams.startServer(
                (reader, writer) -> {
                    writer.write("half");
                    Async.sleep(Duration.ofHours(1));
                    writer.write("the other half");
                },
                "127.0.0.1",
                0,
                TlsTest.SERVER));
        try (EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            byte[] got = peer.read();
            while (got.length == 0) {
                got = peer.read();
            }
            assertThat(got).asString(UTF_8).isEqualTo("half");
            check.loop().close();
            assertThatThrownBy(peer::readAll).isInstanceOf(IOException.class);
        }
    }
}
