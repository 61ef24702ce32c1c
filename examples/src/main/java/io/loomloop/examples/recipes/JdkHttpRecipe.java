package io.loomloop.examples.recipes;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.ExecutorService;

/**
 * The JDK's {@link HttpServer} and its {@link HttpClient}: handlers, callbacks of the client, and who sends are all tasks of one loop,
 * and each of them blocks as it likes.
 */
public final class JdkHttpRecipe {
    private JdkHttpRecipe() {}

    /** Runs the program. */
    public static void main(String[] args) throws Exception {
        Recipe.main(JdkHttpRecipe::run);
    }

    static Burst.Result run(ExecutorService executor, Wait wait) throws Exception {
        Burst burst = new Burst();
        HttpServer server = startServer(executor, burst, wait);
        // A client that is given an executor leaves it running when it is closed.
        try (HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(executor)
                .build()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/"))
                    .build();
            return burst.send(number -> executor.submit(() -> send(client, request)));
        } finally {
            server.stop(0);
        }
    }

    private static String send(HttpClient client, HttpRequest request) throws IOException, InterruptedException {
        String answer = client.send(request, BodyHandlers.ofString(US_ASCII)).body();
        if (!answer.equals("waited")) {
            throw new IOException("the server answered: " + answer);
        }
        return answer;
    }

    private static HttpServer startServer(ExecutorService executor, Burst burst, Wait wait) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
        server.setExecutor(executor);
        server.createContext("/", exchange -> {
            try {
                answer(exchange, burst.serve(wait));
            } catch (InterruptedException e) {
                throw (IOException) new InterruptedIOException().initCause(e);
            }
        });
        server.start();
        return server;
    }

    private static void answer(HttpExchange exchange, String text) throws IOException {
        try (exchange) {
            byte[] body = text.getBytes(US_ASCII);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
        }
    }
}
