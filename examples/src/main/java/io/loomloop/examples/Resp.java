package io.loomloop.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.nio.StreamReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The protocol of Redis, version 2: commands are written, replies are read. */
final class Resp {
    private static final byte[] CRLF = {'\r', '\n'};
    private static final int MAX_BULK = 512 << 20;
    private static final int MAX_DEPTH = 16;

    /** What the server says when it does not do what it was told. */
    static final class ErrorReply extends RuntimeException {
        @Serial
        private static final long serialVersionUID = 1L;

        ErrorReply(String message) {
            super(message);
        }
    }

    private Resp() {}

    /** A command as it is sent; its words are byte arrays, or what is sent as text. */
    static byte[] command(Object... words) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(("*" + words.length + "\r\n").getBytes(UTF_8));
        for (Object word : words) {
            byte[] bytes = word instanceof byte[] raw ? raw : word.toString().getBytes(UTF_8);
            all.writeBytes(("$" + bytes.length + "\r\n").getBytes(UTF_8));
            all.writeBytes(bytes);
            all.writeBytes(CRLF);
        }
        return all.toByteArray();
    }

    /**
     * Waits for a reply: a {@link String} (a status), a {@link Long}, a {@code byte[]}, a {@link List} of replies, null, or an
     * {@link ErrorReply}.
     *
     * @throws IOException when the connection ends before, or what comes is no reply
     */
    static @Nullable Object readReply(StreamReader reader) throws IOException {
        return readReply(reader, 0);
    }

    private static @Nullable Object readReply(StreamReader reader, int depth) throws IOException {
        byte[] bytes = reader.readUntil(CRLF);
        String line = new String(bytes, 0, bytes.length - CRLF.length, UTF_8);
        require(!line.isEmpty() && depth <= MAX_DEPTH, line);
        String text = line.substring(1);
        return switch (line.charAt(0)) {
            case '+' -> text;
            case '-' -> new ErrorReply(text);
            case ':' -> number(text, Long.MIN_VALUE, Long.MAX_VALUE);
            case '$' -> readBulk(reader, (int) number(text, -1, MAX_BULK));
            case '*' -> readList(reader, (int) number(text, -1, Integer.MAX_VALUE), depth);
            default -> throw new IOException("not a reply: " + line);
        };
    }

    private static byte @Nullable [] readBulk(StreamReader reader, int size) throws IOException {
        if (size < 0) {
            return null;
        }
        byte[] bulk = reader.readExactly(size);
        require(reader.readUntil(CRLF).length == CRLF.length, "more than " + size + " bytes");
        return bulk;
    }

    private static @Nullable List<@Nullable Object> readList(StreamReader reader, int size, int depth)
            throws IOException {
        if (size < 0) {
            return null;
        }
        List<@Nullable Object> elements = new ArrayList<>(); // grows as they come: the size is only a promise
        for (int i = 0; i < size; i++) {
            elements.add(readReply(reader, depth + 1));
        }
        return elements;
    }

    private static long number(String digits, long min, long max) throws IOException {
        try {
            long number = Long.parseLong(digits);
            require(number >= min && number <= max, digits);
            return number;
        } catch (NumberFormatException e) {
            throw new IOException("not a number: " + digits, e);
        }
    }

    private static void require(boolean valid, String what) throws IOException {
        if (!valid) {
            throw new IOException("not a reply: " + what);
        }
    }
}
