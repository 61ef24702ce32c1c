package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Greets a server with ever new names: Vert.x' CVE-2024-1300 was a cache of them. One in ten is answered, which takes long; the others
 * have nothing else in common with the server, and are refused once their name was looked at.
 */
final class TlsNames {
    private static final String NAME = "0000000.example";

    private static final int CIPHER_SUITES_AT = 5 + 4 + 2 + 32 + 1 + 32; // behind a session of 32 bytes
    private static final int AT_A_TIME = 10;
    private static final int WARM_UP = 500;
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;

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
            greet(server, hello, at, 0, WARM_UP);
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            long heap = Heap.used();
            Heartbeat.during(check, () -> greet(server, hello, at, WARM_UP, count));
            LoopCheck.awaitTrue("the server has let go", () -> server.connections() == 0);
            assertThat(asked).hasValue((long) WARM_UP + count);
            assertThat(wrong).hasValue(0);
            Heap.assertGrownByLessThan(1 << 20, heap);
            check.errors().clear(); // once a minute one that was refused is reported
        }
    }

    /** With a number in each name; some at a time. */
    private static void greet(Server server, byte[] hello, int at, int first, int count) throws IOException {
        for (int next = first; next < first + count; next += AT_A_TIME) {
            List<Socket> greeting = new ArrayList<>();
            for (int i = next; i < next + AT_A_TIME; i++) {
                byte[] own = hello.clone();
                System.arraycopy(String.format("%07d", i).getBytes(US_ASCII), 0, own, at, 7);
                if (isRefused(i)) {
                    int suites = ByteBuffer.wrap(own).getShort(CIPHER_SUITES_AT);
                    Arrays.fill(own, CIPHER_SUITES_AT + 2, CIPHER_SUITES_AT + 2 + suites, (byte) 0x0a); // nobody's
                }
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                socket.getOutputStream().write(own);
                greeting.add(socket);
            }
            for (int i = 0; i < AT_A_TIME; i++) {
                try (Socket socket = greeting.get(i)) { // the answer, so that the name was looked at
                    assertThat(socket.getInputStream().read()).isEqualTo(isRefused(next + i) ? ALERT : HANDSHAKE);
                    socket.setSoLinger(true, 0); // so that no port is used up
                }
            }
        }
    }

    private static boolean isRefused(int number) {
        return number % AT_A_TIME != 0;
    }
}
