package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.Async;
import io.loomloop.LoopFuture;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;

/**
 * Opens and closes connections, eight at a time, each with a timer that outlasts it by far: Undertow's CVE-2024-1635 was a timer
 * that kept closed connections alive.
 */
final class OpenClose {
    private static final int AT_A_TIME = 8;

    private OpenClose() {}

    static void run(LoopCheck check, int cycles) throws Exception {
        run(check, 1000, cycles, StreamOptions.DEFAULT, StreamOptions.DEFAULT);
    }

    static void runSecured(LoopCheck check, int cycles) throws Exception {
        SSLContext context = Certificates.client();
        context.getClientSessionContext()
                .setSessionCacheSize(10); // so that the JDK's cache is full when the count begins
        run(check, 200, cycles, TlsTest.SERVER, StreamOptions.DEFAULT.withTls(Tls.client(context)));
    }

    private static void run(LoopCheck check, int warmUp, int cycles, StreamOptions serving, StreamOptions asking)
            throws Exception {
        Server server = check.call(() -> Streams.startServer(OpenClose::serve, "127.0.0.1", 0, serving));
        cycle(check, server, warmUp, asking);
        long descriptors = Descriptors.open();
        long heap = Heap.used();
        Heartbeat.during(check, () -> cycle(check, server, cycles, asking));
        LoopCheck.awaitTrue("no clients", () -> server.connections() == 0);
        LoopCheck.awaitTrue("no timers", () -> check.loop().statistics().timers() == 0);
        Descriptors.awaitAtMost(descriptors);
        Heap.assertGrownByLessThan(1 << 20, heap);
        check.run(() -> {
            server.close();
            server.waitClosed();
        });
    }

    private static void serve(StreamReader reader, StreamWriter writer) throws Exception {
        Async.timeout(Duration.ofHours(1), () -> {
            byte[] line = reader.readLine();
            writer.write(line);
        });
    }

    private static void cycle(LoopCheck check, Server server, int cycles, StreamOptions options) throws Exception {
        List<LoopFuture<?>> clients = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            clients.add(check.loop().createTask(() -> {
                for (int n = 0; n < cycles / AT_A_TIME; n++) {
                    once(server.port(), n % 4, options);
                }
            }));
        }
        for (LoopFuture<?> client : clients) {
            client.get();
        }
        LoopCheck.awaitTrue("the server's side is closed", () -> server.connections() == 0);
    }

    private static void once(int port, int kind, StreamOptions options) throws Exception {
        try (Connection connection = Streams.openConnection("127.0.0.1", port, options)) {
            if (kind == 0) { // says nothing and goes
                return;
            }
            connection.writer().write("ping\n".getBytes(UTF_8));
            byte[] line =
                    Async.timeout(Duration.ofHours(1), () -> connection.reader().readLine());
            assertThat(line).hasSize(5);
            if (kind == 1) {
                connection.writer().abort();
            }
        }
    }
}
