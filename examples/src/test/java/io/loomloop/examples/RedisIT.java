package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.nio.Subprocess;
import io.loomloop.nio.SubprocessOptions;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Redis")
@ParameterizedClass
@MethodSource("io.loomloop.examples.Drivers#all")
class RedisIT {
    private static final String HOST = "127.0.0.1";

    @RegisterExtension
    final LoopExtension loops;

    @TempDir
    Path folder;

    private int port;
    private Subprocess redis;
    private RespClient client;

    RedisIT(UnaryOperator<EventLoop.Builder> driver) {
        loops = LoopExtension.realTime().stuckAfter(Duration.ofSeconds(30)).with(driver);
    }

    @BeforeAll
    static void install() throws Exception {
        Debian.needs("redis-server", "redis-server");
    }

    @BeforeEach
    void start() throws IOException {
        boolean ready = false;
        for (int i = 0; !ready; i++) { // another program may take the port first
            assertThat(i).as("attempts to start Redis").isLessThan(5);
            port = freePort();
            redis = Subprocess.exec(
                    SubprocessOptions.DEFAULT.withStderr(Redirect.INHERIT).withDirectory(folder),
                    List.of("redis-server", "--port", "" + port, "--bind", HOST, "--save", "", "--daemonize", "no"));
            for (String line = "-"; !ready && !line.isEmpty(); ) {
                line = new String(redis.stdout().readLine(), UTF_8);
                ready = line.contains("Ready to accept connections");
            }
        }
        client = RespClient.connect(HOST, port);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @AfterEach
    void stop() {
        client.close();
        redis.close();
        redis.waitFor();
    }

    private static String text(Object bulk) {
        return new String((byte[]) bulk, UTF_8);
    }

    @Test
    @DisplayName("sets, gets, counts, and knows what it does not know")
    void commands() throws IOException {
        assertThat(client.call("PING")).isEqualTo("PONG");
        assertThat(client.call("SET", "key", "grüße\r\n")).isEqualTo("OK");
        assertThat(text(client.call("GET", "key"))).isEqualTo("grüße\r\n");
        assertThat(client.call("GET", "none")).isNull();
        assertThat(client.call("SET", "key", "other", "NX")).isNull();
        assertThat(client.call("INCRBY", "n", Long.MAX_VALUE)).isEqualTo(Long.MAX_VALUE);
        assertThat(client.call("DECR", "n")).isEqualTo(Long.MAX_VALUE - 1);
        assertThat(client.call("RPUSH", "list", "a", "b", "")).isEqualTo(3L);
        assertThat((List<?>) client.call("LRANGE", "list", 0, -1))
                .extracting(RedisIT::text)
                .containsExactly("a", "b", "");
        assertThatThrownBy(() -> client.call("INCR", "key"))
                .isInstanceOf(Resp.ErrorReply.class)
                .hasMessageContaining("not an integer");
        assertThatThrownBy(() -> client.call("NONE")).hasMessageContaining("unknown command");
        assertThat(client.call("PING")).isEqualTo("PONG");
    }

    @Test
    @DisplayName("a transaction has a list of replies, errors among them")
    void transaction() throws IOException {
        client.call("SET", "text", "abc");
        List<LoopFuture<Object>> queued = List.of(
                client.send("MULTI"), client.send("INCR", "n"), client.send("INCR", "text"), client.send("GET", "x"));
        List<?> replies = (List<?>) client.call("EXEC");
        assertThat(Async.gather(queued).await()).isEqualTo(List.of("OK", "QUEUED", "QUEUED", "QUEUED"));
        assertThat(replies.get(0)).isEqualTo(1L);
        assertThat(replies.get(1)).isInstanceOf(Resp.ErrorReply.class);
        assertThat(replies.get(2)).isNull();
    }

    @Test
    @DisplayName("a pipeline of 10,000 commands is answered in its order")
    void pipeline() {
        List<LoopFuture<Object>> replies = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            replies.add(i % 2 == 0 ? client.send("INCR", "n") : client.send("ECHO", i));
        }
        for (int i = 0; i < 10_000; i++) {
            Object reply = replies.get(i).await();
            assertThat(i % 2 == 0 ? reply : text(reply)).isEqualTo(i % 2 == 0 ? (Object) (i / 2 + 1L) : "" + i);
        }
    }

    @Test
    @DisplayName("a hundred values of 1 MiB come back byte for byte, sent and fetched without waiting in between")
    void bigValues() {
        byte[] value = Traffic.random(1 << 20);
        List<LoopFuture<Object>> set = new ArrayList<>();
        List<LoopFuture<Object>> got = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            value[0] = (byte) i;
            set.add(client.send("SET", "key" + i, value));
        }
        for (int i = 0; i < 100; i++) {
            got.add(client.send("GET", "key" + i));
        }
        assertThat(Async.gather(set).await()).containsOnly("OK");
        for (int i = 0; i < 100; i++) {
            value[0] = (byte) i;
            assertThat(Arrays.equals((byte[]) got.get(i).await(), value))
                    .as("value %d", i)
                    .isTrue();
        }
    }

    @Test
    @DisplayName("500 tasks share one connection, some are cancelled, and each of the others gets its own reply")
    void manyTasks() throws IOException {
        List<Task<Object>> cancelled = new ArrayList<>();
        Async.taskGroup(group -> {
            for (int i = 0; i < 500; i++) {
                String name = "task-" + i;
                Task<?> unused = group.createTask(name, () -> {
                    for (int j = 0; j < 20; j++) {
                        assertThat(text(client.call("ECHO", name + "-" + j))).isEqualTo(name + "-" + j);
                        client.call("INCR", "total");
                    }
                });
                if (i % 5 == 0) {
                    cancelled.add(Async.createTask(() -> client.call("ECHO", "nobody reads this")));
                }
            }
            Async.yieldNow();
            cancelled.forEach(Task::cancel);
        });
        assertThat(cancelled).allSatisfy(task -> assertThat(task.isCancelled()).isTrue());
        assertThat(text(client.call("GET", "total"))).isEqualTo("10000");
    }

    @Test
    @DisplayName("a command that blocks in Redis blocks nobody here, and can be given up")
    void blocking() throws IOException {
        try (RespClient other = RespClient.connect(HOST, port)) {
            Task<Object> popping = Async.createTask(() -> other.call("BLPOP", "jobs", 0));
            assertThat(client.call("PING")).isEqualTo("PONG");
            client.call("RPUSH", "jobs", "one");
            assertThat((List<?>) popping.await()).extracting(RedisIT::text).containsExactly("jobs", "one");
            assertThatThrownBy(() -> Async.timeout(Duration.ofMillis(50), () -> other.call("BLPOP", "jobs", 0)))
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
        }
    }

    @Test
    @DisplayName("a server that is killed fails every command that has no reply, and no task hangs")
    void killed() throws IOException {
        List<Task<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            tasks.add(Async.createTask(() -> {
                for (long done = 0; ; done++) {
                    try {
                        client.call("INCR", "n");
                    } catch (IOException e) {
                        return done;
                    }
                }
            }));
        }
        while ((Long) client.call("INCR", "mine") < 100) {}
        redis.kill();
        assertThat(redis.waitFor()).isEqualTo(137);
        assertThat(Async.gather(tasks).await()).allMatch(done -> done > 0);
        assertThatThrownBy(() -> client.call("PING")).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("a task that is cancelled in the middle of a pipeline leaves a client that works")
    void cancelledPipeline() throws IOException {
        byte[] value = new byte[1 << 20];
        Task<?> pipeline = Async.createTask(() -> {
            for (; ; ) {
                LoopFuture<Object> unused = client.send("SET", "key", value);
            }
        });
        while (client.call("GET", "key") == null) {}
        pipeline.cancel();
        assertThatThrownBy(pipeline::await).isInstanceOf(CancelledException.class);
        assertThat(text(client.call("ECHO", "still here"))).isEqualTo("still here");
    }
}
