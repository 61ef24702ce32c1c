package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomloop.Async;
import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.nio.ClientHandler;
import io.loomloop.nio.IncompleteReadException;
import io.loomloop.nio.LimitOverrunException;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP/1.1 server of the files below a folder: one task a connection, written as if it were alone. Serve it with a stream limit
 * of {@link HttpRequest#MAX_HEAD}: that is what answers an endless header. A POST gets its body back, a PUT the hash of it.
 */
final class HttpServer implements ClientHandler {
    private static final int PIECE = 64 << 10;
    private static final byte[] OK = {'O', 'K', '\n'};
    private static final byte[] NOTHING = {};

    private final Path root;

    HttpServer(Path root) throws IOException {
        this.root = root.toRealPath();
    }

    @Override
    public void handle(StreamReader reader, StreamWriter writer) {
        try {
            while (answer(reader, writer)) {}
        } catch (IOException e) {
            // The client has gone, nobody is left to answer.
        }
    }

    /** Answers one request; false when it was the last. */
    private boolean answer(StreamReader reader, StreamWriter writer) throws IOException {
        try {
            HttpRequest request = HttpRequest.read(reader, writer);
            respond(request, writer);
            return request.keepAlive();
        } catch (LimitOverrunException e) {
            send(writer, "431 Request Header Fields Too Large", 0, NOTHING, false);
        } catch (IllegalArgumentException e) {
            send(writer, "400 Bad Request", 0, NOTHING, false);
        } catch (IncompleteReadException e) {
            // The client has said all it had to say.
        }
        return false;
    }

    private void respond(HttpRequest request, StreamWriter writer) throws IOException {
        byte[] sent = request.method().equals("PUT")
                ? hash(request.body())
                : request.body().readAll();
        boolean post = request.method().matches("POST|PUT");
        boolean whole = !request.method().equals("HEAD");
        HttpRequest.require(post || !whole || request.method().equals("GET"));
        String path = post ? "/" : request.target().getPath();
        if (path.equals("/delay")) {
            String query = String.valueOf(request.target().getQuery());
            HttpRequest.require(query.startsWith("ms="));
            Async.sleep(Duration.ofMillis(HttpRequest.number(query.substring(3), 10, 3_600_000))); // an hour at most
        }
        boolean isFile = !path.equals("/") && !path.equals("/delay");
        // Files hold a virtual thread's carrier, so they are read on another thread while this task waits.
        EventLoop loop = EventLoop.current();
        Body<@Nullable RandomAccessFile, RuntimeException> opening = () -> open(path);
        try (RandomAccessFile file = isFile ? loop.runInExecutor(opening).await() : null) {
            byte[] text = post ? sent : isFile ? NOTHING : OK;
            long left = file == null ? text.length : file.length();
            String status = isFile && file == null ? "404 Not Found" : "200 OK";
            send(writer, status, left, whole ? text : NOTHING, request.keepAlive());
            while (file != null && whole && left > 0) {
                byte[] piece = new byte[(int) Math.min(left, PIECE)];
                loop.runInExecutor(() -> file.readFully(piece)).await();
                writer.write(piece);
                writer.drain();
                left -= piece.length;
            }
        }
    }

    /** The SHA-256 of a body of any length, of which no more than a piece is held. */
    private static byte[] hash(HttpBody body) throws IOException {
        MessageDigest digest;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every JDK has it
        }
        for (byte[] piece = body.read(); piece.length > 0; piece = body.read()) {
            digest.update(piece);
        }
        return HexFormat.of().formatHex(digest.digest()).getBytes(ISO_8859_1);
    }

    /** The file at a path; null when there is none below the root, whatever there is elsewhere. */
    private @Nullable RandomAccessFile open(String path) {
        Path named = root.resolve(path.substring(1)).normalize();
        try {
            Path file = named.startsWith(root) ? named.toRealPath() : root;
            return file.startsWith(root) && Files.isRegularFile(file) ? new RandomAccessFile(file.toFile(), "r") : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static void send(StreamWriter to, String status, long size, byte[] body, boolean keep) throws IOException {
        String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + size + "\r\nConnection: ";
        head += keep ? "keep-alive\r\n\r\n" : "close\r\n\r\n";
        to.writeLines(List.of(head.getBytes(ISO_8859_1), body));
        to.drain();
    }
}
