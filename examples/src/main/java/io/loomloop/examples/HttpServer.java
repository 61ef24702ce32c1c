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
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server: one task a connection, written as if it were alone. Keep-alive, pipelining, chunked bodies, files. Serve it
 * with a stream limit of {@link #MAX_HEAD}: that is what answers an endless header.
 */
final class HttpServer implements ClientHandler {
    static final int MAX_HEAD = 16 << 10;
    private static final int MAX_BODY = 64 << 20;
    private static final byte[] CRLF = {'\r', '\n'};
    private static final byte[] END_OF_HEAD = {'\r', '\n', '\r', '\n'};
    private static final List<String> ONCE = List.of("host", "content-length", "transfer-encoding");

    private final @Nullable Path root;

    /** A server of the files below {@code root}, or of no files when it is null. */
    HttpServer(@Nullable Path root) {
        this.root = root;
    }

    private record Request(String method, URI target, Map<String, String> headers, boolean keepAlive) {}

    private record Response(int status, String reason, byte[] body) {
        static Response text(int status, String reason) {
            return new Response(status, reason, (reason + "\n").getBytes(ISO_8859_1));
        }
    }

    @Override
    public void handle(StreamReader reader, StreamWriter writer) throws IOException {
        boolean more = true;
        while (more) {
            Response response;
            boolean headOnly = false;
            try {
                Request request = readRequest(new String(reader.readUntil(END_OF_HEAD), ISO_8859_1));
                if ("100-continue".equalsIgnoreCase(request.headers.get("expect"))) {
                    writer.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1));
                }
                response = respond(request, readBody(reader, request.headers));
                more = request.keepAlive;
                headOnly = request.method.equals("HEAD");
            } catch (IllegalArgumentException e) {
                response = Response.text(400, "Bad Request");
                more = false;
            } catch (LimitOverrunException e) {
                response = Response.text(431, "Request Header Fields Too Large");
                more = false;
            } catch (IncompleteReadException e) {
                return; // the client has gone, nobody is left to answer
            }
            String head = "HTTP/1.1 " + response.status + " " + response.reason + "\r\nContent-Length: "
                    + response.body.length + (more ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
            writer.writeLines(
                    headOnly ? List.of(head.getBytes(ISO_8859_1)) : List.of(head.getBytes(ISO_8859_1), response.body));
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
        String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        return new Request(
                start[0], target, headers, modern ? !connection.contains("close") : connection.contains("keep-alive"));
    }

    private static byte[] readBody(StreamReader reader, Map<String, String> headers) throws IOException {
        String coding = headers.get("transfer-encoding");
        String length = headers.get("content-length");
        if (coding == null) {
            return length == null ? new byte[0] : reader.readExactly(size(length, 10));
        }
        require(coding.equalsIgnoreCase("chunked") && length == null);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (; ; ) {
            String line = new String(reader.readUntil(CRLF), ISO_8859_1);
            int size = size(line.split(";", 2)[0].strip(), 16);
            if (size == 0) {
                while (reader.readUntil(CRLF).length > CRLF.length) {} // trailers
                return body.toByteArray();
            }
            require(body.size() + size <= MAX_BODY);
            body.write(reader.readExactly(size));
            require(reader.readUntil(CRLF).length == CRLF.length);
        }
    }

    private static int size(String digits, int radix) {
        require(digits.matches("[0-9A-Fa-f]{1,8}"));
        int size = Integer.parseUnsignedInt(digits, radix);
        require(size >= 0 && size <= MAX_BODY);
        return size;
    }

    private static void require(boolean valid) {
        if (!valid) {
            throw new IllegalArgumentException("bad request");
        }
    }

    private Response respond(Request request, byte[] body) {
        String path = request.target.getPath();
        if (request.method.equals("POST") || request.method.equals("PUT")) {
            return new Response(200, "OK", body);
        } else if (!request.method.equals("GET") && !request.method.equals("HEAD")) {
            return Response.text(405, "Method Not Allowed");
        } else if (path.equals("/delay")) {
            String query = String.valueOf(request.target.getQuery());
            require(query.matches("ms=[0-9]{1,9}"));
            Async.sleep(Duration.ofMillis(Long.parseLong(query.substring(3))));
            return Response.text(200, "OK");
        } else if (root == null) {
            return path.equals("/") ? Response.text(200, "OK") : Response.text(404, "Not Found");
        }
        // Files hold a virtual thread's carrier, so they are read on another thread while this task waits.
        byte @Nullable [] file = EventLoop.current()
                .runInExecutor(() -> readFile(root, path.substring(1)))
                .await();
        return file == null ? Response.text(404, "Not Found") : new Response(200, "OK", file);
    }

    private static byte @Nullable [] readFile(Path root, String name) throws IOException {
        Path file = root.resolve(name);
        boolean inside = Files.isRegularFile(file) && file.toRealPath().startsWith(root.toRealPath());
        return inside ? Files.readAllBytes(file) : null;
    }
}
