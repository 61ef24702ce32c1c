package io.loomloop.nio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/** The lines of a reader, one at a time, until there are no more. Loop thread only. */
final class Lines implements Iterator<byte[]> {
    private final StreamReader reader;
    // the line that was asked for by hasNext; an empty one is the end
    private byte @Nullable [] next;

    Lines(StreamReader reader) {
        this.reader = reader;
    }

    @Override
    public boolean hasNext() {
        return peek().length > 0;
    }

    @Override
    public byte[] next() {
        byte[] line = peek();
        if (line.length == 0) {
            throw new NoSuchElementException("the stream has ended");
        }
        next = null;
        return line;
    }

    private byte[] peek() {
        byte[] line = next;
        if (line == null) {
            try {
                line = reader.readLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            next = line;
        }
        return line;
    }
}
