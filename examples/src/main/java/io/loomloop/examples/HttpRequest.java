package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.loomloop.nio.LimitOverrunException;
import io.loomloop.nio.StreamReader;
import io.loomloop.nio.StreamWriter;
import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** A request. What could be read in more than one way is refused: a proxy in front may have read it in the other. */
record HttpRequest(String method, URI target, HttpBody body, boolean keepAlive) {
    static final int MAX_HEAD = 16 << 10;
    static final int MAX_BODY = 8 << 20;
    /** Of a PUT, whose body is not kept. */
    static final long MAX_UPLOAD = 1L << 40;

    private static final byte[] CRLF = {'\r', '\n'};
    private static final List<String> ONCE = List.of("host", "content-length", "transfer-encoding");
    private static final Pattern LINE = Pattern.compile("[\t -~\\x80-\\xff]*\r\n");
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    /**
     * Reads a request but for its body, and tells the client to go on if it waits for that.
     *
     * @throws IllegalArgumentException when it is a bad one
     * @throws LimitOverrunException when its head is too long
     */
    static HttpRequest read(StreamReader reader, StreamWriter writer) throws IOException {
        String first = readLine(reader);
        Map<String, String> headers = readFields(reader, first.length());
        String[] start = first.split(" ", -1);
        require(start.length == 3 && start[0].matches("[A-Z]+") && start[2].matches("HTTP/1\\.[01]"));
        URI target = URI.create(start[1]);
        require(target.getPath() != null && target.getPath().startsWith("/"));
        boolean modern = start[2].equals("HTTP/1.1");
        require(!modern || headers.containsKey("host"));
        String connection = headers.getOrDefault("connection", "").toLowerCase(Locale.ROOT);
        List<String> options = List.of(connection.split("[, \t]+"));
        boolean keep = !options.contains("close") && (modern || options.contains("keep-alive"));
        String coding = headers.get("transfer-encoding");
        require(coding == null
                || (modern && coding.equalsIgnoreCase("chunked") && !headers.containsKey("content-length")));
        long max = start[0].equals("PUT") ? MAX_UPLOAD : MAX_BODY;
        long size = number(headers.getOrDefault("content-length", "0"), 10, max);
        if (modern && "100-continue".equalsIgnoreCase(headers.get("expect"))) {
            writer.write("HTTP/1.1 100 Continue\r\n\r\n");
        }
        return new HttpRequest(start[0], target, new HttpBody(reader, size, coding != null, max), keep);
    }

    static String readLine(StreamReader reader) throws IOException {
        String line = new String(reader.readUntil(CRLF), ISO_8859_1);
        require(LINE.matcher(line).matches());
        return line.substring(0, line.length() - CRLF.length);
    }

    static Map<String, String> readFields(StreamReader reader, int size) throws IOException {
        Map<String, String> fields = new HashMap<>();
        for (String line = readLine(reader); !line.isEmpty(); line = readLine(reader)) {
            size += CRLF.length + line.length();
            if (size > MAX_HEAD) {
                throw new LimitOverrunException("too many fields", size);
            }
            String[] field = line.split(":", 2);
            require(field.length == 2 && NAME.matcher(field[0]).matches());
            String name = field[0].toLowerCase(Locale.ROOT);
            require(!fields.containsKey(name) || !ONCE.contains(name));
            // No control character but TAB has come so far, so that is what trim() takes away, and SP.
            fields.merge(name, field[1].trim(), (one, other) -> one + ", " + other);
        }
        return fields;
    }

    static long number(String digits, int radix, long max) {
        require(digits.matches("[0-9A-Fa-f]{1,13}") && Long.parseLong(digits, radix) <= max);
        return Long.parseLong(digits, radix);
    }

    static void require(boolean valid) {
        if (!valid) {
            throw new IllegalArgumentException("bad request");
        }
    }
}
