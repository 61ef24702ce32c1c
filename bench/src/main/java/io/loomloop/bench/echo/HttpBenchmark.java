package io.loomloop.bench.echo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/**
 * As {@link EchoBenchmark}, of servers that answer an HTTP POST with its body: the demo, which has streams and a parser of its own, beside
 * Netty's with one event loop and its codec. Run it in the folder of the project, where the jar of the demo is.
 *
 * <p>{@code java -cp bench/target/benchmarks.jar io.loomloop.bench.echo.HttpBenchmark [servers] [connections] [bytes] [rounds] [millis]}
 */
public final class HttpBenchmark {
    private static final String HEAD_END = "\r\n\r\n";

    private HttpBenchmark() {}

    public static void main(String[] args) throws IOException {
        Cell.measureAll(
                "HTTP",
                HttpBenchmark::connect,
                args,
                List.of("netty-http,demo-selector,demo", "1,64,1000", "64,1024,65536"));
    }

    private static EchoLoad connect(int port, int connections, int size) throws IOException {
        byte[] request = request(size);
        ByteBuffer message =
                ByteBuffer.allocateDirect(request.length).put(request).flip();
        return new EchoLoad(port, connections, message, answerSize(port, request, size));
    }

    private static byte[] request(int size) {
        byte[] head = ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + size + HEAD_END).getBytes(ISO_8859_1);
        byte[] all = new byte[head.length + size];
        System.arraycopy(head, 0, all, 0, head.length);
        return all;
    }

    /** How many bytes an answer is, which is always the same: asked once, over a connection of its own, and looked at. */
    private static int answerSize(int port, byte[] request, int size) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(request);
            InputStream in = socket.getInputStream();
            StringBuilder head = new StringBuilder();
            while (head.indexOf(HEAD_END) < 0) {
                int next = in.read();
                if (next < 0) {
                    throw new EOFException(head.toString());
                }
                head.append((char) next);
            }
            String text = head.toString().toLowerCase(Locale.ROOT);
            if (!text.startsWith("http/1.1 200") || !text.contains("content-length: " + size + "\r\n")) {
                throw new IllegalStateException("not the body that was sent: " + head);
            }
            if (in.readNBytes(size).length < size) {
                throw new EOFException(head.toString());
            }
            return head.length() + size;
        }
    }
}
