package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import io.loomloop.nio.Streams;
import io.loomloop.sync.LoopQueue;
import io.loomloop.testing.LoopExtension;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The client of Redis, with a server that says what the test tells it")
class RespClientTest {
    private static final String HANG_UP = "hang up";

    @RegisterExtension
    final LoopExtension loops = LoopExtension.realTime();

    // all loop thread only
    private LoopQueue<String> received;
    private LoopQueue<String> says;
    private Server server;
    private RespClient client;

    @BeforeEach
    void connect() throws IOException {
        received = new LoopQueue<>();
        says = new LoopQueue<>();
        server = Streams.startServer(this::serve, "127.0.0.1", 0);
        client = RespClient.connect("127.0.0.1", server.port());
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
        server.closeClients();
        server.waitClosed();
    }

    private void serve(StreamReader reader, StreamWriter writer) throws IOException {
        Task<?> hearing = Async.createTask(() -> {
            for (Object command = Resp.readReply(reader); ; command = Resp.readReply(reader)) {
                received.put(((List<?>) command)
                        .stream().map(word -> new String((byte[]) word, UTF_8)).collect(Collectors.joining(" ")));
            }
        });
        try {
            for (String text = says.get(); !text.equals(HANG_UP); text = says.get()) {
                writer.write(text);
            }
        } finally {
            hearing.cancel();
        }
    }

    private Object reply(String text, Object... command) throws IOException {
        says.put(text);
        return client.call(command);
    }

    @Test
    @DisplayName("each kind of reply is a kind of object")
    void kinds() throws IOException {
        assertThat(reply("+OK\r\n", "SET", "key", 1)).isEqualTo("OK");
        assertThat(received.get()).isEqualTo("SET key 1");
        assertThat(reply(":-9223372036854775808\r\n", "DECR", "n")).isEqualTo(Long.MIN_VALUE);
        assertThat(reply("$5\r\na\r\nbc\r\n", "GET", "k")).isEqualTo("a\r\nbc".getBytes(UTF_8));
        assertThat(reply("$0\r\n\r\n", "GET", "k")).isEqualTo(new byte[0]);
        assertThat(reply("$-1\r\n", "GET", "k")).isNull();
        assertThat(reply("*-1\r\n", "BLPOP", "k", 1)).isNull();
        assertThat(reply("*0\r\n", "KEYS", "*")).isEqualTo(List.of());
        assertThat(reply("*3\r\n:1\r\n*2\r\n+a\r\n$-1\r\n+b\r\n", "EVAL"))
                .isEqualTo(Arrays.asList(1L, Arrays.asList("a", null), "b"));
    }

    @Test
    @DisplayName("an error is thrown, an error in a list is an element, and the connection goes on")
    void errors() throws IOException {
        assertThatThrownBy(() -> reply("-ERR unknown command\r\n", "NONE"))
                .isInstanceOf(Resp.ErrorReply.class)
                .hasMessage("ERR unknown command");
        List<?> list = (List<?>) reply("*2\r\n+OK\r\n-WRONGTYPE no\r\n", "EXEC");
        assertThat(list.get(1)).isInstanceOf(Resp.ErrorReply.class);
        assertThat(reply("+PONG\r\n", "PING")).isEqualTo("PONG");
    }

    @Test
    @DisplayName("replies belong to the commands in the order in which they were sent")
    void order() {
        List<LoopFuture<Object>> replies = List.of(client.send("A"), client.send("B"), client.send("C"));
        says.put("+a\r\n+b\r\n+");
        assertThat(replies.get(1).await()).isEqualTo("b");
        assertThat(replies.get(0).isDone()).isTrue();
        assertThat(replies.get(2).isDone()).isFalse();
        says.put("c\r\n");
        assertThat(replies.get(2).await()).isEqualTo("c");
    }

    @Test
    @DisplayName("a task that is cancelled while it waits leaves its reply to nobody")
    void cancelled() throws IOException {
        Task<Object> impatient = Async.createTask(() -> client.call("SLOW"));
        assertThat(received.get()).isEqualTo("SLOW");
        Task<Object> patient = Async.createTask(() -> client.call("NEXT"));
        assertThat(received.get()).isEqualTo("NEXT");
        impatient.cancel();
        assertThatThrownBy(impatient::await).isInstanceOf(CancelledException.class);
        says.put("+slow\r\n+next\r\n");
        assertThat(patient.await()).isEqualTo("next");
    }

    @Test
    @DisplayName("when the server hangs up, all who wait learn it, and so does who comes later")
    void hangUp() {
        Task<Object> first = Async.createTask(() -> client.call("A"));
        Task<Object> second = Async.createTask(() -> client.call("B"));
        received.get();
        received.get();
        says.put("+a\r\n$100\r\nhalf");
        says.put(HANG_UP);
        assertThat(first.await()).isEqualTo("a");
        for (Task<Object> late : List.of(second, Async.createTask(() -> client.call("C")))) {
            assertThatThrownBy(late::await).hasMessageContaining("the connection has ended");
        }
        assertThatThrownBy(() -> client.call("D")).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("when the client is closed, all who wait learn it, and so does who comes later")
    void closed() {
        Task<Object> waiting = Async.createTask(() -> client.call("A"));
        received.get();
        client.close();
        assertThatThrownBy(waiting::await).hasMessageContaining("closed");
        assertThatThrownBy(() -> client.call("B")).isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 400 Bad Request\r\n",
                "\r\n",
                ":\r\n",
                ":1x\r\n",
                ":99999999999999999999\r\n",
                "$-2\r\n",
                "$536870913\r\n",
                "$2\r\nabc\r\n",
                "*99999999999\r\n",
            })
    @DisplayName("what is no reply ends the connection")
    void noReply(String text) {
        assertThatThrownBy(() -> reply(text, "A")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> client.call("B")).isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("lists in lists without an end are no reply")
    void depth() {
        assertThatThrownBy(() -> reply("*1\r\n".repeat(10_000), "A")).hasMessageContaining("not a reply");
    }

    @Test
    @DisplayName("a line without an end is no reply")
    void length() {
        assertThatThrownBy(() -> reply("+" + "x".repeat(200_000), "A")).hasMessageContaining("no separator");
    }

    @Test
    @DisplayName("a reply that nobody has asked for ends the connection")
    void unasked() throws IOException {
        reply("+OK\r\n+OK\r\n", "A");
        assertThatThrownBy(() -> client.call("B")).hasMessageContaining("nobody waits for");
    }
}
