package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.examples.Debian;
import io.nats.client.Connection;
import io.nats.client.ConnectionListener.Events;
import io.nats.client.ErrorListener;
import io.nats.client.JetStreamStatusException;
import io.nats.client.Message;
import io.nats.client.MessageHandler;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("NATS, its client on one loop:")
@Timeout(120)
class NatsIT {
    /** So long that no test ends by it. */
    private static final Duration NEVER = Duration.ofHours(1);

    private final List<NatsServer> servers = new ArrayList<>();
    private final List<Connection> connections = new ArrayList<>();
    private EventLoop loop;
    private ScheduledExecutorService executor;
    private NatsServer server;

    @BeforeAll
    static void install() throws Exception {
        Debian.needs("nats-server", "nats-server");
    }

    @BeforeEach
    void start() throws Exception {
        loop = EventLoop.builder().name(RecipesTest.LOOP).start();
        executor = loop.executor();
        server = startServer();
    }

    private NatsServer startServer() throws Exception {
        NatsServer started = NatsServer.start();
        servers.add(started);
        return started;
    }

    @AfterEach
    void end() throws Exception {
        for (Connection connection : connections) {
            connection.close();
        }
        for (NatsServer started : servers) {
            started.close();
        }
        loop.close();
        assertThat(programs()).isEmpty();
    }

    /** The servers that this process has started, and that run. */
    private static Stream<String> programs() {
        return ProcessHandle.current()
                .descendants()
                .flatMap(process -> process.info().command().stream())
                .filter(command -> command.endsWith("nats-server"));
    }

    private Connection connect(Options.Builder options) throws Exception {
        options.errorListener(new ErrorListener() {}); // or each failure would be logged
        Connection connection =
                executor.submit(() -> Nats.connect(options.build())).get(30, SECONDS);
        connections.add(connection);
        return connection;
    }

    private Connection connect() throws Exception {
        return connect(NatsRecipe.options(executor).server(server.url()));
    }

    private static void answer(Connection connection, String subject, MessageHandler before) {
        connection
                .createDispatcher(request -> {
                    before.onMessage(request);
                    connection.publish(request.getReplyTo(), request.getData());
                })
                .subscribe(subject);
    }

    /** Tells when a request is there, and does not go on. */
    private static MessageHandler hold(CountDownLatch begun) {
        return request -> {
            begun.countDown();
            new CountDownLatch(1).await();
        };
    }

    /** In a task: asks, and waits for the answer. */
    private static String ask(Connection connection, String subject, String text, Duration limit) {
        Message answer = Async.await(connection.requestWithTimeout(subject, text.getBytes(US_ASCII), limit));
        assertThat(new String(answer.getData(), US_ASCII)).isEqualTo(text);
        return text;
    }

    private String askOnce(Connection connection, String subject) throws Exception {
        return loop.createTask(() -> ask(connection, subject, "once", NEVER)).get(30, SECONDS);
    }

    private List<Task<String>> askOften(Connection connection, String subject, Duration limit) {
        List<Task<String>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String text = "request " + i;
            tasks.add(loop.createTask(() -> ask(connection, subject, text, limit)));
        }
        return tasks;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("500 requests that block 50 ms each where they are answered")
    void requests(Wait wait) throws Exception {
        RecipesTest.check(loop, (tasks, how) -> NatsRecipe.run(tasks, how, server.url()), wait);
    }

    @Test
    @DisplayName("the client has no thread of its own, and leaves the executor to the next one when it is closed")
    void threads() throws Exception {
        Options options = NatsRecipe.options(executor).server(server.url()).build();
        for (int i = 0; i < 2; i++) {
            Connection connection = connect(new Options.Builder(options));
            answer(connection, "echo", request -> {});
            assertThat(askOnce(connection, "echo")).isEqualTo("once");
            assertThat(threadsOfTheClient()).isEmpty();
            connection.close();
            assertThat(executor.isShutdown()).isFalse();
            assertThat(executor.submit(() -> "goes on").get(30, SECONDS)).isEqualTo("goes on");
        }
        assertThat(options.executorIsInternal()).isFalse();
        assertThat(options.scheduledExecutorIsInternal()).isFalse();
        assertThat(options.connectExecutorIsInternal()).isFalse();
        assertThat(options.callbackExecutorIsInternal()).isFalse();

        Connection unlike = connect(new Options.Builder().server(server.url()));
        assertThat(threadsOfTheClient()).isNotEmpty();
        unlike.close();
    }

    /** Platform threads with its name, or in its code, but for the loop's. */
    private static Stream<String> threadsOfTheClient() {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(thread -> !thread.getKey().getName().equals(RecipesTest.LOOP))
                .filter(thread -> thread.getKey().getName().startsWith(Options.DEFAULT_THREAD_NAME_PREFIX + ":")
                        || Arrays.stream(thread.getValue())
                                .anyMatch(frame -> frame.getClassName().startsWith("io.nats.")))
                .map(thread -> thread.getKey().getName());
    }

    @Test
    @DisplayName(
            "when the server is killed and the client gives up, each request ends with its answer or a failure at once")
    void killed() throws Exception {
        Connection connection =
                connect(NatsRecipe.options(executor).server(server.url()).noReconnect());
        // CancelledException, which is one, for what waited; what came later was refused
        kill(connection, NEVER, failure -> assertThat(failure).isInstanceOf(IllegalStateException.class));
        assertThat(connection.getStatus()).isEqualTo(Connection.Status.CLOSED);
    }

    @Test
    @DisplayName("when the server is killed and the client goes on trying, each request ends by its limit of time")
    void killedForLong() throws Exception {
        Connection connection = connect(NatsRecipe.options(executor)
                .server(server.url())
                .requestCleanupInterval(Duration.ofMillis(100))
                .maxReconnects(-1));
        kill(
                connection,
                Duration.ofSeconds(5),
                failure -> assertThat(failure)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(TimeoutException.class));
        assertThat(connection.getStatus()).isNotEqualTo(Connection.Status.CLOSED);
    }

    /** Kills the server while some requests are held, and others are asked one after the other. */
    private void kill(Connection connection, Duration limit, Consumer<Throwable> check) throws Exception {
        CountDownLatch begun = new CountDownLatch(100);
        answer(connection, "held", hold(begun));
        answer(connection, "brief", request -> Thread.sleep(1)); // reason: some are on their way at any time
        List<Task<String>> held = askOften(connection, "held", limit);
        CountDownLatch answered = new CountDownLatch(100);
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Task<?>> all = new ArrayList<>(held);
        for (int i = 0; i < 100; i++) {
            String name = "task " + i + ", request ";
            all.add(loop.createTask(() -> {
                for (int number = 0; ; number++) {
                    try {
                        ask(connection, "brief", name + number, limit);
                    } catch (CompletionException | IllegalStateException e) {
                        failures.add(e);
                        return;
                    }
                    answered.countDown();
                }
            }));
        }
        assertThat(begun.await(30, SECONDS)).isTrue();
        assertThat(answered.await(30, SECONDS)).isTrue();
        server.close();

        Async.gatherSettled(all).get(60, SECONDS);
        assertThat(held).noneMatch(task -> !task.isCancelled() && task.exception() == null);
        assertThat(all.subList(held.size(), all.size()))
                .allSatisfy(task -> assertThat(task.exception()).isNull());
        assertThat(failures).hasSize(100).allSatisfy(check);
        assertThat(loop.createTask(() -> "goes on").get(30, SECONDS)).isEqualTo("goes on");
    }

    @Test
    @DisplayName("when the server is killed and there is another one, the client is connected to that on the same loop")
    void another() throws Exception {
        NatsServer other = startServer();
        CountDownLatch back = new CountDownLatch(1);
        Connection connection = connect(NatsRecipe.options(executor)
                .servers(new String[] {server.url(), other.url()})
                .noRandomize()
                .connectionListener((client, event) -> {
                    if (event == Events.RESUBSCRIBED) {
                        back.countDown();
                    }
                }));
        answer(connection, "echo", request -> {});
        assertThat(askOnce(connection, "echo")).isEqualTo("once");
        server.close();
        assertThat(back.await(30, SECONDS)).isTrue();
        assertThat(connection.getConnectedUrl()).isEqualTo(other.url());
        assertThat(askOnce(connection, "echo")).isEqualTo("once");
        assertThat(threadsOfTheClient()).isEmpty();
    }

    @Test
    @DisplayName("a task that is cancelled does not wait for its answer any more, and the client goes on")
    void cancel() throws Exception {
        Connection connection = connect();
        CountDownLatch begun = new CountDownLatch(100);
        answer(connection, "held", hold(begun));
        answer(connection, "echo", request -> {});
        Queue<CompletableFuture<Message>> requests = new ConcurrentLinkedQueue<>();
        List<Task<Message>> tasks = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            tasks.add(loop.createTask(() -> {
                CompletableFuture<Message> request = connection.requestWithTimeout("held", new byte[0], NEVER);
                requests.add(request);
                return Async.await(request);
            }));
        }
        assertThat(begun.await(30, SECONDS)).isTrue();
        tasks.forEach(Task::cancel);
        Async.gatherSettled(tasks).get(30, SECONDS);
        assertThat(tasks).allMatch(Task::isCancelled);
        assertThat(requests).hasSize(100).allMatch(CompletableFuture::isCancelled);
        assertThat(askOnce(connection, "echo")).isEqualTo("once");
    }

    @Test
    @DisplayName("a request that nobody answers is an exception, and no cancellation")
    void nobody() throws Exception {
        Connection connection = connect();
        assertThatThrownBy(() -> askOnce(connection, "nobody")).hasCauseInstanceOf(JetStreamStatusException.class);
    }

    @Test
    @DisplayName("a loop that ends first closes a client that does not reconnect")
    void loopFirst() throws Exception {
        Connection connection =
                connect(NatsRecipe.options(executor).server(server.url()).noReconnect());
        CountDownLatch begun = new CountDownLatch(100);
        answer(connection, "held", hold(begun));
        List<Task<String>> tasks = askOften(connection, "held", NEVER);
        assertThat(begun.await(30, SECONDS)).isTrue();
        loop.close();
        assertThat(tasks).allMatch(Task::isCancelled);
        connection.close();
        assertThat(connection.getStatus()).isEqualTo(Connection.Status.CLOSED);
    }
}
