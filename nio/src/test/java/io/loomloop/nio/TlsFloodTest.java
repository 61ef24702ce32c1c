package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.Async;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: peers that flood, and tasks that get in each other's way")
@ExtendWith(WarmTls.class)
class TlsFloodTest {
    private static final int PART = 1 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    private Server serve(ClientHandler handler, Tls tls) throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withTls(tls);
        return check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
    }

    @Test
    @DisplayName("a flood of warnings in place of a handshake keeps nobody off the loop, and ends at the timeout")
    void warnings() throws Exception {
        byte[] warning = {21, 3, 3, 0, 2, 1, 90};
        byte[] flood = new byte[warning.length * 9000];
        for (int i = 0; i < flood.length; i++) {
            flood[i] = warning[i % warning.length];
        }
        Tls tls = Tls.server(Certificates.server()).withHandshakeTimeout(Duration.ofMillis(700));
        try (Server server = serve(EchoTest::echo, tls)) {
            Heartbeat.during(check, () -> {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                    OutputStream out = socket.getOutputStream();
                    for (long end = System.nanoTime() + 5_000_000_000L; System.nanoTime() < end; ) {
                        out.write(flood);
                    }
                } catch (IOException e) {
                    // cut off
                }
                LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            });
            assertThat(check.takeError().exception()).isInstanceOf(SSLException.class);
        }
    }

    @Test
    @DisplayName("a peer that asks for new keys again and again and never reads makes nobody keep the answers")
    void keyUpdates() throws Exception {
        CompletableFuture<StreamWriter> writer = new CompletableFuture<>();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Tls tls = Tls.server(Certificates.server()).withShutdownTimeout(Duration.ofMillis(200));
        StreamOptions options =
                StreamOptions.DEFAULT.withTls(tls).withSocketOption(StandardSocketOptions.SO_SNDBUF, 8 << 10);
        ClientHandler handler = (reader, out) -> {
            writer.complete(out);
            thrown.complete(catchThrowable(reader::readAll));
        };
        try (Server server = check.call(() -> Streams.startServer(handler, "127.0.0.1", 0, options));
                EnginePeer peer = EnginePeer.withSmallBuffers(server.port()).shakeHands()) {
            AtomicLong most = new AtomicLong();
            Heartbeat.during(check, () -> {
                for (int i = 0; i < 300_000 && !thrown.isDone(); i++) {
                    peer.send(peer.keyUpdate());
                    most.accumulateAndGet(writer.join().bufferedBytes(), Math::max);
                }
            });
            assertThat(most).hasValueBetween(1, 256 << 10);
            assertThat(thrown.get()).isInstanceOf(SSLException.class).hasMessageContaining("again and again");
        }
    }

    @Test
    @DisplayName("a failure around the engine is no regular end to the peer, though everything written was sent")
    void failureOfOurs() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        SSLContext context = HookedEngine.context(Certificates.server(), () -> {
            if (fails.getAndSet(false)) {
                throw new IllegalStateException("no entropy");
            }
        });
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        try (Server server = serve(
                        (reader, writer) -> {
                            writer.write("half");
                            fails.set(true);
                            writer.write("the other half");
                            thrown.complete(catchThrowable(writer::drain));
                        },
                        Tls.server(context));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            assertThatThrownBy(peer::readAll).isInstanceOf(IOException.class);
            assertThat(thrown.get()).isInstanceOf(SSLException.class).hasMessageContaining("no entropy");
        }
    }

    @Test
    @DisplayName("a bad record that is found after a reset leaves no timer behind")
    void badRecordAfterReset() throws Exception {
        CompletableFuture<StreamReader> handed = new CompletableFuture<>();
        LoopFuture<Void> gone = check.loop().createFuture();
        try (Server server = serve(
                        (reader, writer) -> {
                            handed.complete(reader);
                            gone.await();
                            assertThatThrownBy(reader::readAll).isInstanceOf(IOException.class);
                        },
                        Tls.server(Certificates.server()));
                EnginePeer peer = new EnginePeer(server.port(), Certificates.client(), "TLSv1.3").shakeHands()) {
            handed.join();
            byte[] block = new byte[16_000];
            for (int i = 0; i < 40; i++) { // more than is decrypted ahead
                peer.send(peer.record(block));
            }
            byte[] bad = peer.record(block);
            bad[100] ^= 1;
            peer.send(bad);
            LoopCheck.awaitTrue(
                    "all has arrived", () -> handed.join().toString().contains("paused"));
            check.run(() -> {
                for (int i = 0; i < 20; i++) {
                    Async.yieldNow();
                }
            });
            Heartbeat.during(check, () -> {
                peer.socket.setSoLinger(true, 0);
                peer.socket.close();
                check.loop().callSoon(() -> gone.setResult(null));
                LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            });
            LoopCheck.awaitTrue(
                    "no timer is left, long before it would fire",
                    () -> check.loop().statistics().timers() == 0);
        }
    }

    @Test
    @DisplayName(
            "100,000 single bytes, and one write of as many pieces, behind 20 MB: in order, and not in quadratic time")
    void singleBytes() throws Exception {
        byte[] large = TlsTest.random(20 << 20);
        int count = 100_000;
        try (Server server = serve(
                (reader, writer) -> {
                    // In steps, because a handler that copies 20 MB in one of its own is late by itself.
                    for (int from = 0; from < large.length; from += PART) {
                        writer.write(ByteBuffer.wrap(large, from, PART));
                        Async.yieldNow();
                    }
                    for (int i = 0; i < count; i++) {
                        writer.write(new byte[] {(byte) i});
                        if (i % 1_000 == 0) {
                            Async.yieldNow();
                        }
                    }
                    writer.writeLines(Collections.nCopies(count, new byte[] {7}));
                    writer.drain();
                },
                Tls.server(Certificates.server()))) {
            // Once before: memory that is touched for the first time comes from the system, which takes its time.
            readAll(server.port(), large, count);
            Heartbeat.during(check, () -> readAll(server.port(), large, count));
        }
    }

    private void readAll(int port, byte[] large, int count) throws Exception {
        check.run(() -> {
            try (Connection connection = Streams.openConnection("localhost", port, TlsTest.CLIENT)) {
                for (int from = 0; from < large.length; from += PART) {
                    byte[] part = connection.reader().readExactly(PART);
                    assertThat(Arrays.equals(part, 0, PART, large, from, from + PART))
                            .isTrue();
                    Async.yieldNow();
                }
                byte[] singles = connection.reader().readExactly(count);
                for (int i = 0; i < count; i++) {
                    if (singles[i] != (byte) i) {
                        throw new AssertionError("at " + i);
                    }
                }
                assertThat(connection.reader().readAll()).hasSize(count).containsOnly(7);
            }
        });
    }

    @Test
    @DisplayName("two tasks write while the engine waits for a lock: each write stays in one piece")
    void lostInTheEngine() throws Exception {
        ReentrantLock lock = new ReentrantLock();
        AtomicInteger passes = new AtomicInteger();
        SSLContext context = HookedEngine.context(Certificates.client(), () -> {
            lock.lock();
            try {
                passes.incrementAndGet();
            } finally {
                lock.unlock();
            }
        });
        byte[] expected = ("a".repeat(300_000) + "b".repeat(1000)).getBytes(UTF_8);
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Task<Connection> opening = check.loop()
                    .createTask(() -> Streams.openConnection(
                            "localhost", listening.getLocalPort(), StreamOptions.DEFAULT.withTls(Tls.client(context))));
            Socket plain = listening.accept();
            try (SSLSocket peer =
                    (SSLSocket) Certificates.server().getSocketFactory().createSocket(plain, null, 0, false)) {
                peer.setUseClientMode(false);
                peer.startHandshake();
                Connection connection = LoopCheck.join(opening);
                Task<Void> first;
                Task<Void> second;
                lock.lock();
                try {
                    first = check.loop().createTask(() -> connection.writer().write("a".repeat(300_000)));
                    LoopCheck.awaitTrue("the engine waits", lock::hasQueuedThreads);
                    second = check.loop().createTask(() -> connection.writer().write("b".repeat(1000)));
                    LoopCheck.join(second);
                } finally {
                    lock.unlock();
                }
                CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
                    try {
                        return peer.getInputStream().readAllBytes();
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                });
                LoopCheck.join(first);
                connection.close();
                assertThat(Arrays.equals(read.get(), expected)).isTrue();
            } finally {
                plain.close();
            }
        }
    }
}
