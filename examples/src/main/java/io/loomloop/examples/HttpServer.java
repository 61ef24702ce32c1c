package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.nio.ClientHandler;
import io.loomloop.nio.IncompleteReadException;
import io.loomloop.nio.LimitOverrunException;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;

/**
 * An HTTP/1.1 server of the files below a folder: one task a connection, written as if it were alone. Keep-alive, pipelining, chunked bodies, files. Serve
 * it with a stream limit of {@link #MAX_HEAD}: that is what answers an endless header.
 */
final class HttpServer implements ClientHandler {
    static final int MAX_HEAD = 16 << 10;
    private static final int MAX_BODY = 64 << 20;
    private static final byte[] OK = {'O', 'K', '\n'};
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final List<String> ONCE = List.of("host", "content-length", "transfer-encoding");

    private final Path root;

    HttpServer(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    private record Request(String method, URI target, Map<String, String> headers, boolean keepAlive) {}

    @Override
    public void handle(StreamReader reader, StreamWriter writer) throws IOException {
        for (boolean more = true; more; ) {
            String status = "200 OK";
            byte[] body = OK;
            boolean headOnly = false;
            try {
                Request request = readRequest(new String(reader.readUntil(END_OF_HEAD), ISO_8859_1));
                if ("100-continue".equalsIgnoreCase(request.headers.get("expect"))) {
                    writer.write("HTTP/1.1 100 Continue\r\n\r\n");
                }
                more = request.keepAlive;
                headOnly = request.method.equals("HEAD");
                body = respond(request, readBody(reader, request.headers));
            } catch (IllegalArgumentException | LimitOverrunException e) {
                status = e instanceof LimitOverrunException ? "431 Request Header Fields Too Large" : "400 Bad Request";
                more = false;
            } catch (CompletionException e) {
                status = "404 Not Found";
            } catch (IncompleteReadException e) {
                return; // the client has gone, nobody is left to answer
            }
            byte[] content = status.startsWith("200") ? body : (status + "\n").getBytes(ISO_8859_1);
            String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + content.length + "\r\n";
            byte[] start = (head + (more ? "\r\n" : "Connection: close\r\n\r\n")).getBytes(ISO_8859_1);
            writer.writeLines(headOnly ? List.of(start) : List.of(start, content));
            writer.drain();
        }
    }

    private static Request readRequest(String head) {
        String[] lines = head.substring(0, head.length() - END_OF_HEAD.length).split("\r\n", -1);
        String[] start = lines[0].split(" ", -1);
        require(start.length == 3 && start[0].matches("[A-Z]+") && start[2].matches("HTTP/1\\.[01]"));
        Map<String, String> headers = new HashMap<>();
        for (int i = 1; i < lines.length; i++) {
            String[] field = lines[i].split(":", 2);
            require(field.length == 2 && field[0].matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+"));
            String name = field[0].toLowerCase(Locale.ROOT);
            require(headers.put(name, field[1].strip()) == null || !ONCE.contains(name));
        }
        URI target = URI.create(start[1]);
        require(target.getPath() != null && target.getPath().startsWith("/"));
        boolean modern = start[2].equals("HTTP/1.1");
        require(headers.containsKey("host") || !modern);
        String connection =
                headers.getOrDefault("connection", modern ? "" : "close").toLowerCase(Locale.ROOT);
        return new Request(start[0], target, headers, !connection.contains("close"));
    }

    private static byte[] readBody(StreamReader reader, Map<String, String> headers) throws IOException {
        String coding = headers.get("transfer-encoding");
        if (coding == null) {
            return reader.readExactly(size(headers.getOrDefault("content-length", "0"), 10));
        }
        require(coding.equalsIgnoreCase("chunked") && !headers.containsKey("content-length"));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int size = -1; size != 0; ) {
            size = size(new String(reader.readUntil(CRLF), ISO_8859_1).split(";", 2)[0].strip(), 16);
            require(body.size() + size <= MAX_BODY);
            body.write(reader.readExactly(size));
            require(size == 0 || reader.readUntil(CRLF).length == CRLF.length);
        }
        while (reader.readUntil(CRLF).length > CRLF.length) {} // trailers
        return body.toByteArray();
    }

    private static int size(String digits, int radix) {
        require(digits.matches("[0-9A-Fa-f]{1,8}"));
        long size = Long.parseLong(digits, radix);
        require(size <= MAX_BODY);
        return (int) size;
    }

    private static void require(boolean valid) {
        if (!valid) {
            throw new IllegalArgumentException("bad request");
        }
    }

    private byte[] respond(Request request, byte[] body) {
        if (request.method.equals("POST") || request.method.equals("PUT")) {
            return body;
        }
        require(request.method.equals("GET") || request.method.equals("HEAD"));
        String path = request.target.getPath();
        if (path.equals("/delay")) {
            require(String.valueOf(request.target.getQuery()).matches("ms=[0-9]{1,9}"));
            Async.sleep(
                    Duration.ofMillis(Long.parseLong(request.target.getQuery().substring(3))));
        }
        if (path.equals("/delay") || path.equals("/")) {
            return OK;
        }
        // Files hold a virtual thread's carrier, so they are read on another thread while this task waits.
        EventLoop loop = EventLoop.current();
        return loop.runInExecutor(() -> read(path.substring(1))).await();
    }

    private byte[] read(String name) throws IOException {
        Path file = root.resolve(name).toRealPath();
        require(file.startsWith(root));
        return Files.readAllBytes(file);
    }
}
