package io.loomloop.examples;

import io.loomloop.nio.IncompleteReadException;
import io.loomloop.nio.StreamReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** The body of a request, which is read piece by piece as it comes. Whatever it is, it has to be read before the next request. */
final class HttpBody {
    private static final int PIECE = 64 << 10;

    private final StreamReader reader;
    private final boolean chunked;
    // all loop thread only
    private long allowed;
    private long left; // of the body, or of the chunk
    private boolean ended;

    HttpBody(StreamReader reader, long size, boolean chunked, long max) {
        this.reader = reader;
        this.left = size;
        this.chunked = chunked;
        this.allowed = max;
        this.ended = !chunked && size == 0;
    }

    /**
     * Waits for a piece and returns it; an empty one at the end.
     *
     * @throws IllegalArgumentException when the body is a bad one, or too long
     */
    byte[] read() throws IOException {
        if (chunked && left == 0 && !ended) {
            readChunkHead();
        }
        if (ended) {
            return new byte[0];
        }
        byte[] piece = reader.read((int) Math.min(left, PIECE));
        if (piece.length == 0) {
            throw new IncompleteReadException(piece, (int) Math.min(left, PIECE));
        }
        left -= piece.length;
        if (left == 0 && chunked) {
            HttpRequest.require(HttpRequest.readLine(reader).isEmpty());
        }
        ended = left == 0 && !chunked;
        return piece;
    }

    private void readChunkHead() throws IOException {
        String size = HttpRequest.readLine(reader).split(";", 2)[0].trim();
        left = HttpRequest.number(size, 16, allowed);
        allowed -= left;
        if (left == 0) {
            ended = true;
            HttpRequest.readFields(reader, 0); // trailers
        }
    }

    /** Waits for all of it. */
    byte[] readAll() throws IOException {
        if (!chunked) {
            ended = true;
            return reader.readExactly((int) left); // at once, without a copy of each piece
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece = read(); piece.length > 0; piece = read()) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }
}
