package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;

/** Greets a server with ever new names: Vert.x' CVE-2024-1300 was a cache of them. */
final class TlsNames {
    private static final String NAME = "0000000.example";

    private TlsNames() {}

    static void run(LoopCheck check, int count) throws Exception {
        byte[] hello = EnginePeer.hello(NAME);
        int at = new String(hello, US_ASCII).indexOf(NAME);
        AtomicLong asked = new AtomicLong();
        AtomicLong wrong = new AtomicLong();
        Tls tls = Tls.server(Certificates.server()).withContexts(name -> {
            wrong.addAndGet(name.endsWith(".example") ? 0 : 1);
            asked.incrementAndGet();
            return null;
        });
        StreamOptions options = StreamOptions.DEFAULT.withTls(tls);
        try (Server server = check.call(() -> Streams.startServer(EchoTest::echo, "127.0.0.1", 0, options))) {
            for (int i = 0; i < 500; i++) {
                greet(server, hello, at, i);
            }
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            long heap = Heap.used();
            Heartbeat.during(check, () -> {
                for (int i = 0; i < count; i++) {
                    greet(server, hello, at, 1000 + i);
                }
            });
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            assertThat(asked).hasValue(count + 500L);
            assertThat(wrong).hasValue(0);
            assertThat(Heap.used() - heap).as("bytes of the heap").isLessThan(1 << 20);
        }
    }

    /** Waits for the answer, so that the name was looked at; then resets, so that no port is used up. */
    private static void greet(Server server, byte[] hello, int at, int number) throws IOException {
        byte[] own = hello.clone();
        System.arraycopy(String.format("%07d", number).getBytes(US_ASCII), 0, own, at, 7);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.getOutputStream().write(own);
            assertThat(socket.getInputStream().read()).isEqualTo(22);
            socket.setSoLinger(true, 0);
        }
    }
}
