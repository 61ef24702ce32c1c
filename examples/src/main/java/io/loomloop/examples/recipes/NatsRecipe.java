package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.nats.client.Connection;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;

/**
 * NATS: the client's reader, its writer and its timers are tasks of the loop, so is each message that is handled, and who sends a
 * request waits in a task for the answer. The server is a program of its own.
 */
public final class NatsRecipe {
    private static final String SUBJECT = "loomloop.wait";
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private NatsRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        if (!NatsServer.isInstalled()) {
            System.err.println("There is no nats-server on the PATH: install the package nats-server.");
            return;
        }
        try (NatsServer server = NatsServer.start()) {
            Recipe.main((executor, wait) -> run(executor, wait, server.url()));
        }
    }

    /** Has each request wait in that way where it is answered, on the same executor and the same connection. */
    static Burst.Result run(ExecutorService executor, Wait wait, String url) throws Exception {
        Options options = options(executor).server(url).build();
        Burst burst = new Burst();
        Connection connection = executor.submit(() -> Nats.connect(options)).get();
        try {
            connection
                    .createDispatcher(request -> answer(connection, request, burst.serve(wait)))
                    .subscribe(SUBJECT);
            return burst.send(number -> executor.submit(() -> burst.serve(() -> request(connection, number))));
        } finally {
            connection.close(); // leaves the executor running
        }
    }

    /** Everything that the client runs, it runs on the executor. */
    static Options.Builder options(ExecutorService executor) {
        Options.Builder options = new Options.Builder()
                .executor(executor) // reader, writer, dispatchers
                .connectExecutor(executor)
                .callbackExecutor(executor)
                .useDispatcherWithExecutor() // a task for each message, or handlers would wait for one another
                .useTimeoutException() // or a request without an answer would be cancelled, as if somebody wanted that
                .reportNoResponders(); // likewise
        return executor instanceof ScheduledExecutorService timers ? options.scheduledExecutor(timers) : options;
    }

    private static void answer(Connection connection, Message request, String text) {
        String answer = new String(request.getData(), US_ASCII) + " " + text;
        connection.publish(request.getReplyTo(), answer.getBytes(US_ASCII));
    }

    private static int request(Connection connection, int number) throws Exception {
        byte[] request = Integer.toString(number).getBytes(US_ASCII);
        Message answer = connection.requestWithTimeout(SUBJECT, request, LIMIT).get();
        String text = new String(answer.getData(), US_ASCII);
        if (!text.equals(number + " waited")) {
            throw new IOException("the answer to another request: " + text);
        }
        return number;
    }
}
