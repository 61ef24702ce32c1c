package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.net.BindException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("Servers at Unix domain sockets")
class UnixServerTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @TempDir
    Path folder;

    private Path path() {
        return folder.resolve("s");
    }

    private Server start() throws Exception {
        return check.call(() -> Streams.startUnixServer(EchoTest::echo, path()));
    }

    private static void end(Server server) {
        server.close();
        server.waitClosed();
    }

    private static boolean answers(Path path) {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            return client.isConnected();
        } catch (java.io.IOException e) {
            return false;
        }
    }

    /** Leaves a file behind at which nobody listens. */
    private void leaveBehind() throws Exception {
        try (ServerSocketChannel gone = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            gone.bind(UnixDomainSocketAddress.of(path()));
        }
        assertThat(path()).exists();
    }

    @Test
    @DisplayName("the file is there while the server is, and once waitClosed has returned it is gone")
    void removed() throws Exception {
        Server server = start();
        assertThat(answers(path())).isTrue();
        end(server);
        assertThat(path()).doesNotExist();
        end(start());
    }

    @Test
    @DisplayName("a file that a server has left behind is replaced")
    void leftBehind() throws Exception {
        leaveBehind();
        Server server = start();
        assertThat(answers(path())).isTrue();
        end(server);
        assertThat(path()).doesNotExist();
    }

    @Test
    @DisplayName("a file at which somebody listens is left alone")
    void alive() throws Exception {
        Server server = start();
        assertThatThrownBy(this::start)
                .isInstanceOf(BindException.class)
                .hasMessage("somebody listens there already: " + path());
        assertThat(answers(path())).isTrue();
        end(server);
    }

    @Test
    @DisplayName("a file that is no socket, a folder and a link are left alone")
    void otherFiles() throws Exception {
        Files.writeString(path(), "precious");
        assertThatThrownBy(this::start)
                .isInstanceOf(BindException.class)
                .hasMessageContaining("no socket")
                .hasMessageContaining(path().toString());
        assertThat(path()).hasContent("precious");
        Files.delete(path());
        Files.createDirectory(path());
        assertThatThrownBy(this::start).isInstanceOf(BindException.class);
        assertThat(path()).isDirectory();
        Files.delete(path());
        Files.createSymbolicLink(path(), folder.resolve("nowhere"));
        assertThatThrownBy(this::start).isInstanceOf(BindException.class);
        assertThat(path()).isSymbolicLink();
    }

    @Test
    @DisplayName("at the end a file that is not the server's any more is left alone")
    void notOurs() throws Exception {
        Server server = start();
        Files.delete(path());
        try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            other.bind(UnixDomainSocketAddress.of(path()));
            end(server);
            assertThat(path()).exists();
            assertThat(answers(path())).isTrue();
        }
        Server gone = start();
        Files.delete(path());
        end(gone);
    }

    @Test
    @DisplayName("a loop that closes removes the file")
    void loopCloses() throws Exception {
        start();
        check.loop().close();
        assertThat(path()).doesNotExist();
    }

    @Test
    @DisplayName("a server closed from another thread, or when its loop has closed, removes the file")
    void otherThreads() throws Exception {
        Server server = start();
        server.close();
        LoopCheck.awaitTrue("the file is removed", () -> !Files.exists(path()));
        check.run(server::waitClosed);
        Server second = start();
        check.loop().close();
        second.close();
        assertThat(path()).doesNotExist();
    }

    @Test
    @DisplayName("a server is closed even if the workers of its loop have been shut down")
    void noWorkers() throws Exception {
        Server server = start();
        check.run(() -> {
            EventLoop.current().shutdownDefaultExecutor();
            server.close();
            server.waitClosed();
            assertThat(path()).doesNotExist();
        });
    }

    @Test
    @DisplayName("of many that want the same path, left behind by another, one gets it")
    void many() throws Exception {
        for (int round = 0; round < 10; round++) {
            leaveBehind();
            List<LoopFuture<Server>> starting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                starting.add(check.loop().createTask(() -> Streams.startUnixServer(EchoTest::echo, path())));
            }
            List<Server> started = new ArrayList<>();
            for (LoopFuture<Server> one : starting) {
                LoopCheck.awaitTrue("it has started or failed", one::isDone);
                if (one.state() == Future.State.SUCCESS) {
                    started.add(one.resultNow());
                } else {
                    assertThat(one.exceptionNow()).isInstanceOf(BindException.class);
                }
            }
            assertThat(started).hasSize(1);
            assertThat(answers(path())).isTrue();
            end(started.get(0));
            assertThat(path()).doesNotExist();
        }
    }

    @Test
    @DisplayName("permissions are set before clients are accepted")
    void permissions() throws Exception {
        StreamOptions options = StreamOptions.DEFAULT.withUnixPermissions(PosixFilePermissions.fromString("rw-rw----"));
        Server server = check.call(() -> Streams.startUnixServer(EchoTest::echo, path(), options));
        assertThat(Files.getPosixFilePermissions(path())).isEqualTo(options.unixPermissions());
        end(server);
        assertThat(path()).doesNotExist();
    }

    @Test
    @DisplayName("a start that is cancelled leaves neither file nor descriptor behind")
    void cancelled() throws Exception {
        end(start());
        long before = Descriptors.open();
        for (int turns = 0; turns < 50; turns++) {
            var starting = check.loop().createTask(() -> Streams.startUnixServer(EchoTest::echo, path()));
            int cancelAfter = turns % 10;
            check.run(() -> {
                for (int turn = 0; turn < cancelAfter; turn++) {
                    io.loomloop.Async.yieldNow();
                }
                starting.cancel();
            });
            LoopCheck.awaitTrue("it is cancelled, or was faster", starting::isDone);
            if (starting.state() == Future.State.SUCCESS) {
                end(starting.resultNow());
            } else {
                assertThat(starting.state()).isEqualTo(Future.State.CANCELLED);
                assertThat(path()).doesNotExist();
            }
        }
        Descriptors.awaitAtMost(before);
        try (var left = Files.list(path().getParent())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    @DisplayName("once a start that is cancelled is over, the path is free for the next one")
    void cancelledAndRetried() throws Exception {
        HeldWork workers = new HeldWork();
        check.loop().setDefaultExecutor(workers);
        for (boolean madeBefore : new boolean[] {true, false}) {
            check.run(() -> {
                Task<Server> starting = check.loop().createTask(() -> Streams.startUnixServer(EchoTest::echo, path()));
                while (workers.held.isEmpty()) {
                    Async.yieldNow();
                }
                if (madeBefore) {
                    workers.runOne();
                }
                starting.cancel("enough");
                Async.yieldNow();
                starting.cancel("really");
                while (!starting.isDone()) {
                    Async.yieldNow();
                    workers.runOne();
                }
                assertThatThrownBy(starting::result).isInstanceOf(CancelledException.class);
                assertThat(path()).doesNotExist();
                workers.runAll();
                UnixFile.bind(UnixSockets.address(path()), StreamOptions.DEFAULT)
                        .discard();
            });
        }
    }

    /** Does its work when the test says so, in the thread of the test. */
    private static final class HeldWork extends AbstractExecutorService {
        final Queue<Runnable> held = new ConcurrentLinkedQueue<>();

        void runOne() {
            Runnable next = held.poll();
            if (next != null) {
                next.run();
            }
        }

        void runAll() {
            while (!held.isEmpty()) {
                runOne();
            }
        }

        @Override
        public void execute(Runnable command) {
            held.add(command);
        }

        @Override
        public void shutdown() {}

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return true;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    @Test
    @DisplayName("a path that cannot be is named")
    void badPaths() {
        Path tooLong = folder.resolve("x".repeat(150));
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(EchoTest::echo, tooLong)))
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("too long")
                .hasMessageContaining(tooLong.toString());
        Path nowhere = folder.resolve("nowhere").resolve("s");
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(EchoTest::echo, nowhere)))
                .isInstanceOf(SocketException.class)
                .hasMessage("No such file or directory: " + nowhere);
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(EchoTest::echo, Path.of(""))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(null, path())))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("handler");
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(EchoTest::echo, null)))
                .isInstanceOf(NullPointerException.class)
                .hasMessage("path");
        StreamOptions options = StreamOptions.DEFAULT.withSocketOption(StandardSocketOptions.TCP_NODELAY, true);
        assertThatThrownBy(() -> check.call(() -> Streams.startUnixServer(EchoTest::echo, path(), options)))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThat(path()).doesNotExist();
    }
}
