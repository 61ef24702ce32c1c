package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.CancelledException;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A connection that is closed while a file is sent: the peer gets all of it, or sees that it was cut off")
class FileAndCloseTest {
    /** More than the system takes for a peer that does not read. */
    private static final int SIZE = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private Path path;
    private byte[] content;

    @BeforeEach
    void makeFile() throws IOException {
        content = new byte[SIZE];
        new Random(2).nextBytes(content);
        path = Files.write(folder.resolve("file"), content);
    }

    /** A server that sends the file to its client, and what it has at hand meanwhile. */
    private final class Sender implements AutoCloseable {
        final CompletableFuture<StreamWriter> writer = new CompletableFuture<>();
        final CompletableFuture<Task<Long>> sending = new CompletableFuture<>();
        final CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        final Server server;

        Sender(StreamOptions options) throws Exception {
            server = check.call(() -> Streams.startServer(this::serve, "127.0.0.1", 0, options));
        }

        private void serve(StreamReader reader, StreamWriter out) {
            writer.complete(out);
            Task<Long> task = check.loop().createTask(() -> out.sendFile(path));
            sending.complete(task);
            thrown.complete(catchThrowable(task::await));
        }

        /** Waits until the file is on its way and the peer has to read for it to go on. */
        void awaitFull() throws Exception {
            int low = StreamOptions.DEFAULT.lowWater();
            LoopCheck.awaitTrue("it has begun", () -> writer.join().bufferedBytes() > low);
            LoopCheck.awaitWaiting(sending.get());
        }

        @Override
        public void close() {
            server.abortClients();
            server.close();
        }
    }

    private static EnginePeer secured(Sender sender) throws IOException {
        return new EnginePeer(sender.server.port(), Certificates.client(), "TLSv1.3").shakeHands();
    }

    private static StreamOptions tls(Duration shutdownTimeout) {
        return StreamOptions.DEFAULT.withTls(Tls.server(Certificates.server()).withShutdownTimeout(shutdownTimeout));
    }

    @Test
    @DisplayName("the server closes its clients: the file is sent to its end, then comes the end")
    void closeClients() throws Exception {
        try (Sender sender = new Sender(StreamOptions.DEFAULT);
                Socket peer = new Socket(InetAddress.getLoopbackAddress(), sender.server.port())) {
            sender.awaitFull();
            sender.server.closeClients();
            assertThat(Arrays.equals(peer.getInputStream().readAllBytes(), content))
                    .isTrue();
            assertThat(LoopCheck.join(sender.sending.get())).isEqualTo(SIZE);
        }
    }

    @Test
    @DisplayName("TLS: the server closes its clients: the file is sent to its end, then comes the end")
    void closeSecuredClients() throws Exception {
        try (Sender sender = new Sender(TlsTest.SERVER);
                EnginePeer peer = secured(sender)) {
            sender.awaitFull();
            sender.server.closeClients();
            assertThat(Arrays.equals(peer.readAll(), content)).isTrue();
            assertThat(LoopCheck.join(sender.sending.get())).isEqualTo(SIZE);
        }
    }

    @Test
    @DisplayName("close by another task: the same")
    void close() throws Exception {
        try (Sender sender = new Sender(TlsTest.SERVER);
                EnginePeer peer = secured(sender)) {
            sender.awaitFull();
            sender.writer.get().close();
            assertThat(Arrays.equals(peer.readAll(), content)).isTrue();
            assertThat(LoopCheck.join(sender.sending.get())).isEqualTo(SIZE);
        }
    }

    @Test
    @DisplayName("into a program: the same")
    void closeProgram() throws Exception {
        check.run(() -> {
            try (Subprocess count = Subprocess.shell("sleep 0.3; wc -c")) {
                Task<Long> sending = check.loop().createTask(() -> count.stdin().sendFile(path));
                while (count.stdin().bufferedBytes() == 0) {
                    io.loomloop.Async.yieldNow();
                }
                count.stdin().close();
                assertThat(new String(count.stdout().readAll(), UTF_8).trim()).isEqualTo(Integer.toString(SIZE));
                assertThat(sending.await()).isEqualTo(SIZE);
            }
        });
    }

    @Test
    @DisplayName("closed, then cancelled: the peer does not take the part it got for the whole")
    void cancelled() throws Throwable {
        try (Sender sender = new Sender(StreamOptions.DEFAULT);
                Socket peer = new Socket(InetAddress.getLoopbackAddress(), sender.server.port())) {
            sender.awaitFull();
            sender.server.closeClients();
            sender.sending.get().cancel();
            assertThat(sender.thrown.get()).isInstanceOf(CancelledException.class);
            check.assertCutOff(() ->
                    assertThat(peer.getInputStream().readAllBytes().length).isLessThan(SIZE));
        }
    }

    @Test
    @DisplayName("TLS: closed, then cancelled: the peer does not take the part it got for the whole")
    void cancelledSecured() throws Exception {
        try (Sender sender = new Sender(TlsTest.SERVER);
                EnginePeer peer = secured(sender)) {
            sender.awaitFull();
            sender.server.closeClients();
            sender.sending.get().cancel();
            assertThat(sender.thrown.get()).isInstanceOf(CancelledException.class);
            assertThatThrownBy(peer::readAll).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("TLS: a peer that does not read is cut off when the time for the shutdown is over")
    void shutdownTimeout() throws Exception {
        try (Sender sender = new Sender(tls(Duration.ofMillis(300)));
                EnginePeer peer = secured(sender)) {
            sender.awaitFull();
            long start = System.nanoTime();
            sender.writer.get().close();
            assertThat(sender.thrown.get())
                    .hasCauseInstanceOf(SSLException.class) // of the task
                    .hasMessageContaining("shutdown took longer than");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
            assertThatThrownBy(peer::readAll).isInstanceOf(IOException.class);
        }
    }

    @Test
    @DisplayName("TLS: but one that reads, however slowly, is not")
    void slowPeer() throws Exception {
        try (Sender sender = new Sender(tls(Duration.ofSeconds(1)));
                EnginePeer peer = secured(sender)) {
            sender.awaitFull();
            sender.writer.get().close();
            int total = 0;
            int pauses = 0;
            for (byte[] data = peer.read(); data != null; data = peer.read()) {
                total += data.length;
                if (total > pauses * (SIZE / 12)) {
                    pauses++;
                    LockSupport.parkNanos(200_000_000);
                }
            }
            assertThat(total).isEqualTo(SIZE);
            assertThat(LoopCheck.join(sender.sending.get())).isEqualTo(SIZE);
        }
    }
}
