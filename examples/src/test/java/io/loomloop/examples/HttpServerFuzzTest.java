package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends the server what nobody in his right mind would. */
class HttpServerFuzzTest {
    private static final String GET = "GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private static final String POST =
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4;a=b\r\nWiki\r\n0\r\nA: b\r\n\r\n";

    @TempDir
    Path root;

    private final Queue<Object> reported = new ConcurrentLinkedQueue<>();
    private EventLoop loop;
    private Server server;

    @BeforeEach
    void serve() throws IOException {
        Files.writeString(root.resolve("page.txt"), "a page");
        loop = EventLoop.builder()
                .name("http")
                .exceptionHandler((source, context) -> reported.add(context))
                .start();
        server = loop.createTask(() -> Streams.startServer(
                        new HttpServer(root), "127.0.0.1", 0, StreamOptions.DEFAULT.withLimit(HttpRequest.MAX_HEAD)))
                .await();
    }

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    @DisplayName("random bytes, and requests with random bytes in them, are answered or not, and harm nobody")
    void randomBytes() throws IOException {
        long seed = System.nanoTime();
        System.out.println("HttpServerFuzzTest: seed " + seed);
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            String answer = exchange(input(random), random.nextInt(10) == 0);
            if (!answer.isEmpty()) {
                assertThat(answer).as("seed %d, exchange %d", seed, i).startsWith("HTTP/1.1 ");
            }
            assertThat(exchange(GET.getBytes(ISO_8859_1), false))
                    .as("another client, seed %d, exchange %d", seed, i)
                    .endsWith("a page");
        }
        loop.createTask(() -> {
                    server.close();
                    server.closeClients();
                    server.waitClosed();
                })
                .await();
        assertThat(reported).as("reports, seed %d", seed).isEmpty();
    }

    /** Noise; or a request with some bytes changed, some repeated, or cut off. */
    private static byte[] input(Random random) {
        byte[] input = (random.nextBoolean() ? GET : POST).getBytes(ISO_8859_1);
        switch (random.nextInt(4)) {
            case 0 -> {
                input = new byte[1 + random.nextInt(100_000)];
                random.nextBytes(input);
            }
            case 1 -> {
                for (int i = random.nextInt(5); i >= 0; i--) {
                    input[random.nextInt(input.length)] = (byte) random.nextInt(256);
                }
            }
            case 2 -> input = Arrays.copyOf(input, random.nextInt(input.length));
            default -> {
                int at = random.nextInt(input.length);
                String text = new String(input, ISO_8859_1);
                String middle = String.valueOf(text.charAt(at)).repeat(random.nextInt(50_000));
                input = (text.substring(0, at) + middle + text.substring(at)).getBytes(ISO_8859_1);
            }
        }
        return input;
    }

    /** Sends, half-closes and returns what comes back; or sends and resets. */
    private String exchange(byte[] input, boolean reset) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(input);
            if (reset) {
                socket.setSoLinger(true, 0);
                return "";
            }
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
