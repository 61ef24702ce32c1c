package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.CancelledException;
import io.loomloop.LoopClosedException;
import io.loomloop.Task;
import io.loomloop.TaskFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Transport: who got connectionMade gets connectionLost, once, whatever happens")
@SuppressWarnings("try") // a peer that does nothing but be there
class TransportEndTest {
    /** More than the system takes for a peer that does not read. */
    private static final int MUCH = 16 << 20;

    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    /** Does something in one of its callbacks. */
    private static final class Doing extends Recorder {
        private final String where;
        private final Action action;

        Doing(String where, Action action) {
            this.where = where;
            this.action = action;
        }

        @Override
        void note(String event) throws Exception {
            super.note(event);
            if (event.startsWith(where)) {
                action.run();
            }
        }
    }

    private Socket connect(Protocol protocol) throws Exception {
        try (ServerSocket listening = new ServerSocket()) {
            listening.setReceiveBufferSize(8 << 10);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            // Not run: connectionMade may close the loop, and connect with it.
            Task<Transport> connecting =
                    check.loop().createTask(() -> Transports.connect(protocol, "127.0.0.1", listening.getLocalPort()));
            Socket peer = listening.accept();
            LoopCheck.awaitTrue("it has begun", () -> connecting.isDone() || isMade(protocol));
            return peer;
        }
    }

    private static boolean isMade(Protocol protocol) {
        return ((Recorder) protocol).events.contains("made");
    }

    /** Has the callback called that does something. */
    private void provoke(Doing protocol, Socket peer) throws Exception {
        switch (protocol.where) {
            case "made" -> {}
            case "data" -> peer.getOutputStream().write('x');
            case "eof" -> peer.shutdownOutput();
            case "lost" -> protocol.transport.abort();
            default -> {
                var unused = check.loop().createTask(() -> {
                    protocol.transport.write(new byte[MUCH]);
                    protocol.transport.setWriteBufferLimits(2 * MUCH, 2 * MUCH); // resumes, if it pauses
                });
            }
        }
        protocol.await(protocol.where.equals("data") ? "data:x" : protocol.where);
    }

    private static void throwUnchecked(Throwable thrown) throws Exception {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (Exception) thrown;
    }

    @ParameterizedTest
    @ValueSource(strings = {"made", "data", "eof", "pause", "resume", "lost"})
    @DisplayName("a callback may fail with whatever there is")
    void errors(String where) throws Exception {
        List<Supplier<Throwable>> kinds = List.of(
                () -> new StackOverflowError("thrown by a test"),
                () -> new OutOfMemoryError("thrown by a test"),
                () -> new AssertionError("not so"),
                () -> new LoopClosedException("another loop"),
                () -> new CancelledException("nobody has cancelled this"),
                () -> new IOException("no such thing"));
        for (Supplier<Throwable> kind : kinds) {
            Throwable[] thrown = {null};
            Doing protocol = new Doing(where, () -> {
                thrown[0] = kind.get();
                throwUnchecked(thrown[0]);
            });
            try (Socket peer = connect(protocol)) {
                provoke(protocol, peer);
                protocol.await("lost");
                check.run(protocol.transport::waitClosed);
                assertThat(protocol.events).containsOnlyOnce("made", "lost").endsWith("lost");
                assertThat(protocol.cause).isSameAs(where.equals("lost") ? null : thrown[0]);
                assertThat(check.takeError().exception()).isSameAs(thrown[0]);
            }
        }
    }

    private static int recurse(int depth) {
        return depth < 0 ? 0 : 1 + recurse(depth + 1);
    }

    @Test
    @DisplayName("a callback that really overflows the stack")
    void overflow() throws Exception {
        Doing protocol = new Doing("data", () -> recurse(0));
        try (Socket peer = connect(protocol)) {
            provoke(protocol, peer);
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "data:x", "lost");
            assertThat(protocol.cause).isInstanceOf(StackOverflowError.class);
            assertThat(check.takeError().exception()).isSameAs(protocol.cause);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"made", "data", "eof", "pause", "resume", "lost"})
    @DisplayName("the loop closes while a callback waits")
    void loopCloses(String where) throws Exception {
        Doing protocol = new Doing(where, () -> check.loop().createFuture().await());
        try (Socket peer = connect(protocol)) {
            provoke(protocol, peer);
            check.loop().close();
            assertThat(protocol.events).containsOnlyOnce("made", "lost").endsWith("lost");
            assertThat(peer.getInputStream().readAllBytes().length).isLessThan(MUCH);
        } catch (IOException reset) {
            assertThat(reset).hasMessageContaining("reset"); // with bytes unsent
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"made", "data", "eof", "pause", "resume", "lost"})
    @DisplayName("the loop closes while a callback waits that does not mind")
    void cancellationSwallowed(String where) throws Exception {
        Doing protocol = new Doing(where, () -> {
            try {
                check.loop().createFuture().await();
            } catch (CancelledException goOn) {
                // as if nothing had happened
            }
        });
        try (Socket peer = connect(protocol)) {
            provoke(protocol, peer);
            Thread closing = new Thread(check.loop()::close);
            closing.start();
            LoopCheck.awaitTrue("the loop closes", () -> check.loop().isClosed());
            closing.join();
            assertThat(protocol.events).containsOnlyOnce("made", "lost").endsWith("lost");
        }
    }

    /** Refuses tasks by their names. */
    private static TaskFactory refusing(String begin, RuntimeException refusal) {
        return (loop, options, body, creator) -> {
            if (String.valueOf(options.name()).startsWith(begin)) {
                throw refusal;
            }
            return creator.createTask(options, body);
        };
    }

    @Test
    @DisplayName("a task factory that refuses what the transport needs ends it, and is reported")
    void factoryRefuses() throws Exception {
        IllegalStateException refusal = new IllegalStateException("no more tasks");
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.loop().setTaskFactory(refusing("low-water", refusal));
            check.run(() -> protocol.transport.write(new byte[MUCH]));
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "lost");
            assertThat(protocol.cause).isSameAs(refusal);
            assertThat(check.takeError().exception()).isSameAs(refusal);
            check.run(protocol.transport::waitClosed);
        }
    }

    @Test
    @DisplayName("a task factory that refuses the transport's task: nobody is called, and the connection is closed")
    void factoryRefusesTransport() throws Exception {
        IllegalStateException refusal = new IllegalStateException("no more tasks");
        Recorder protocol = new Recorder();
        check.loop().setTaskFactory(refusing("transport", refusal));
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(
                            () -> check.run(() -> Transports.connect(protocol, "127.0.0.1", listening.getLocalPort())))
                    .isSameAs(refusal);
            try (Socket peer = listening.accept()) {
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
            }
        }
        assertThat(protocol.events).isEmpty();
    }

    @Test
    @DisplayName("a user who cancels the task that waits for the low mark does no harm")
    void watchIsCancelled() throws Exception {
        Recorder protocol = new Recorder();
        try (Socket peer = connect(protocol)) {
            check.run(() -> protocol.transport.write(new byte[MUCH]));
            LoopCheck.awaitTrue("it waits", () -> watches().findAny().isPresent());
            Task<?> watch = watches().findAny().orElseThrow();
            LoopCheck.awaitWaiting(watch);
            watch.cancel();
            LoopCheck.awaitTrue("it ends", watch::isDone);
            assertThat(peer.getInputStream().readNBytes(MUCH)).hasSize(MUCH);
            protocol.await("resume");
            protocol.transport.close();
            peer.close(); // or it would linger
            protocol.await("lost");
            assertThat(protocol.events).containsExactly("made", "pause", "resume", "lost");
        }
    }

    private Stream<Task<?>> watches() {
        return check.loop().tasks().stream()
                .<Task<?>>map(task -> task)
                .filter(task -> task.name().startsWith("low-water"));
    }
}
