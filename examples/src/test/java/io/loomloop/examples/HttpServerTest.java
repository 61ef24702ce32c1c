package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.EventLoop;
import io.loomloop.nio.Server;
import io.loomloop.nio.StreamOptions;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Speaks HTTP to the server byte by byte, over plain blocking sockets. */
class HttpServerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

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

    /** Sends the bytes, half-closes, and returns all that comes back. */
    private String exchange(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    private static String post(String headers, String body) {
        return "POST /echo HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n\r\n" + body;
    }

    @Test
    void servesAFile() throws IOException {
        assertThat(exchange("GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\na page");
    }

    @Test
    @DisplayName("HEAD has the length of GET and no body")
    void headHasNoBody() throws IOException {
        assertThat(exchange("HEAD /page.txt HTTP/1.1\r\nHost: x\r\n\r\n"))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/none.txt",
                "/.",
                "//etc/passwd",
                "/../page.txt",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/..",
                "/sub",
                "/sub/",
                "/%2Fetc/passwd"
            })
    void findsNothingOutsideTheRoot(String path) throws IOException {
        Files.createDirectory(root.resolve("sub"));
        assertThat(exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void doesNotFollowALinkOutOfTheRoot(@TempDir Path elsewhere) throws IOException {
        Files.writeString(elsewhere.resolve("secret"), "secret");
        Files.createSymbolicLink(root.resolve("link"), elsewhere.resolve("secret"));
        assertThat(exchange("GET /link HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 404 ");
    }

    @Test
    void answersPipelinedRequestsInOrder() throws IOException {
        String answers = exchange(post("Content-Length: 3", "one")
                + "GET /delay?ms=20 HTTP/1.1\r\nHost: x\r\n\r\n"
                + post("Content-Length: 5", "three"));
        assertThat(answers)
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\none"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\nOK\n"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nthree");
    }

    @Test
    void echoesAChunkedBodyWithExtensionsAndTrailers() throws IOException {
        String body = "4;name=value\r\nWiki\r\n005\r\npedia\r\n0\r\nTrailer: x\r\n\r\n";
        assertThat(exchange(post("Transfer-Encoding: chunked", body)))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 9\r\nConnection: keep-alive\r\n\r\nWikipedia");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\r\n\r\nabc",
                "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
            })
    void answersAnUploadWithItsHash(String upload) throws IOException {
        assertThat(exchange("PUT /x HTTP/1.1\r\nHost: x\r\n" + upload + post("Content-Length: 2", "hi")))
                .isEqualTo("HTTP/1.1 200 OK\r\nContent-Length: 64\r\nConnection: keep-alive\r\n\r\n"
                        + "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
                        + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
    }

    @Test
    void doesNotAnswerHalfAnUpload() throws IOException {
        assertThat(exchange("PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"))
                .isEmpty();
    }

    @Test
    void asksForTheBodyThatTheClientHoldsBack() throws IOException {
        assertThat(exchange(post("Expect: 100-continue\r\nContent-Length: 2", "hi")))
                .isEqualTo(
                        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi");
    }

    @Test
    void closesWhenTheClientAsksForIt() throws IOException {
        String request = "GET /page.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
        assertThat(exchange(request + request)).containsOnlyOnce("a page").contains("Connection: close\r\n");
    }

    @Test
    @DisplayName("HTTP/1.0 closes after one request unless it asks for more")
    void oldClientsCloseByDefault() throws IOException {
        assertThat(exchange("GET /page.txt HTTP/1.0\r\n\r\nGET /page.txt HTTP/1.0\r\n\r\n"))
                .containsOnlyOnce("a page");
        String keep = "GET /page.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        assertThat(exchange(keep + keep).split("a page", -1)).hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rubbish\r\n\r\n",
                "GET /\r\n\r\n",
                "GET / HTTP/2.0\r\nHost: x\r\n\r\n",
                "get / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nSpace : y\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
                "GET page.txt HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /delay?ms=-1 HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET /delay HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ab\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
                "GET / HTTP/1.1\nHost: x\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\nContent-Length: 3\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\rContent-Length: 3\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: \u000bb\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: \u007fb\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \u000b3\r\n\r\nabc",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \u000bchunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8388609\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 8388609\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\n\r\nabc\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a\nb\r\nabc\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\nc\r\n\r\n",
                "GET /delay?ms=3600001 HTTP/1.1\r\nHost: x\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
            })
    void refusesBadInputAndCloses(String request) throws IOException {
        String answer = exchange(request + GET);
        assertThat(answer)
                .startsWith("HTTP/1.1 400 ")
                .contains("Connection: close")
                .containsOnlyOnce("HTTP/1.1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1\r\nConnection: close\r\nConnection: x",
                "HTTP/1.1\r\nConnection: x,\tClose",
                "HTTP/1.0\r\nConnection: x",
                "HTTP/1.0\r\nConnection: not-keep-alive",
                "HTTP/1.0\r\nConnection: keep-alive, close",
            })
    void closes(String versionAndConnection) throws IOException {
        String request = "GET /page.txt " + versionAndConnection + "\r\nHost: x\r\n\r\n";
        assertThat(exchange(request + request)).containsOnlyOnce("a page").contains("\r\nConnection: close\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1\r\nConnection: not-close",
                "HTTP/1.0\r\nConnection: Keep-Alive",
                "HTTP/1.0\r\nConnection: x\r\nConnection: keep-alive",
            })
    void persists(String versionAndConnection) throws IOException {
        String request = "GET /page.txt " + versionAndConnection + "\r\nHost: x\r\n\r\n";
        String answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\na page";
        assertThat(exchange(request + request)).isEqualTo(answer + answer);
    }

    @Test
    void refusesTrailersOfMoreThan16KiB() throws IOException {
        String trailers = ("A: " + "x".repeat(1000) + "\r\n").repeat(20);
        assertThat(exchange(post("Transfer-Encoding: chunked", "0\r\n" + trailers + "\r\n") + GET))
                .startsWith("HTTP/1.1 431 ")
                .containsOnlyOnce("HTTP/1.1");
    }

    @Test
    void refusesManyFields() throws IOException {
        String fields = ("A: " + "x".repeat(1000) + "\r\n").repeat(20);
        assertThat(exchange("GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n")).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aClientThatSendsAMegabyteOfHeaderStillReadsTheAnswer() throws IOException {
        assertThat(exchange("GET / HTTP/1.1\r\nHost: x\r\nFill: " + "x".repeat(1 << 20) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aResetIsNotReported() throws IOException {
        try (RandomAccessFile big = new RandomAccessFile(root.resolve("big").toFile(), "rw")) {
            big.setLength(64 << 20);
        }
        for (String request :
                List.of("GET / HT", post("Content-Length: 10", "half"), "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.getOutputStream().write(request.getBytes(ISO_8859_1));
                if (request.startsWith("GET /big")) {
                    assertThat(socket.getInputStream().read()).isEqualTo('H');
                }
                socket.setSoLinger(true, 0);
            }
        }
        loop.createTask(() -> {
                    server.close();
                    server.waitClosed();
                })
                .await();
        assertThat(reported).isEmpty();
    }

    @Test
    void sendsAFileOfMoreThan2GiBInPieces() throws IOException {
        long size = (2L << 30) + 5;
        try (RandomAccessFile huge = new RandomAccessFile(root.resolve("huge").toFile(), "rw")) {
            huge.setLength(size); // sparse
        }
        List<Socket> readers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                Socket reader = new Socket(InetAddress.getLoopbackAddress(), server.port());
                readers.add(reader);
                reader.setSoTimeout(10_000);
                reader.getOutputStream().write("GET /huge HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
                byte[] start = reader.getInputStream().readNBytes(1000);
                assertThat(new String(start, ISO_8859_1))
                        .startsWith("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n");
            }
            assertThat(exchange("GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n")).endsWith("a page");
        } finally {
            for (Socket reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void refusesOtherMethods() throws IOException {
        assertThat(exchange("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    }

    @Test
    void refusesAHeadOfMoreThan16KiB() throws IOException {
        String fits =
                "GET /page.txt HTTP/1.1\r\nHost: x\r\nFill: " + "x".repeat(HttpRequest.MAX_HEAD - 100) + "\r\n\r\n";
        assertThat(exchange(fits)).startsWith("HTTP/1.1 200 ");
        String tooLong = "GET /page.txt HTTP/1.1\r\nHost: x\r\nFill: " + "x".repeat(HttpRequest.MAX_HEAD) + "\r\n\r\n";
        assertThat(exchange(tooLong)).startsWith("HTTP/1.1 431 ");
    }

    @Test
    void aClientThatLeavesInTheMiddleHarmsNobody() throws IOException {
        assertThat(exchange("GET / HT")).isEmpty();
        assertThat(exchange(post("Content-Length: 10", "half"))).isEmpty();
        assertThat(exchange("GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n")).endsWith("a page");
    }

    @Test
    void othersAreServedWhileOneIsDelayed() throws IOException {
        try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            slow.getOutputStream().write("GET /delay?ms=100000 HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(ISO_8859_1));
            long start = System.nanoTime();
            assertThat(exchange("GET /page.txt HTTP/1.1\r\nHost: x\r\n\r\n")).endsWith("a page");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }
}
