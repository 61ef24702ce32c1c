package io.loomloop.nio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;

/** Every way to write; {@code size} is what one call writes. */
enum WriteCall {
    ARRAY(5000) {
        @Override
        void write(StreamWriter writer) {
            writer.write(new byte[size]);
        }
    },
    LARGE_ARRAY(1 << 20) {
        @Override
        void write(StreamWriter writer) {
            writer.write(new byte[size]);
        }
    },
    SINGLE_BYTES(1) {
        @Override
        void write(StreamWriter writer) {
            writer.write(new byte[size]);
        }
    },
    PART(4000) {
        @Override
        void write(StreamWriter writer) {
            writer.write(new byte[2 * size], 100, size);
        }
    },
    BUFFER(5000) {
        @Override
        void write(StreamWriter writer) {
            writer.write(ByteBuffer.allocate(size));
        }
    },
    DIRECT_BUFFER(5000) {
        @Override
        void write(StreamWriter writer) {
            writer.write(ByteBuffer.allocateDirect(size));
        }
    },
    STRING(5000) {
        @Override
        void write(StreamWriter writer) {
            writer.write("x".repeat(size));
        }
    },
    SMALL_LINES(20_000) {
        @Override
        void write(StreamWriter writer) {
            writer.writeLines(Collections.nCopies(size / 10, new byte[10]));
        }
    },
    LARGE_LINES(400_000) {
        @Override
        void write(StreamWriter writer) {
            writer.writeLines(Collections.nCopies(4, new byte[size / 4]));
        }
    },
    FILE(200_000) {
        @Override
        void write(StreamWriter writer) throws IOException {
            writer.sendFile(FileHolder.FILE, 0, size);
        }
    };

    final int size;

    WriteCall(int size) {
        this.size = size;
    }

    /** False when the file is where the bytes wait. */
    boolean keeps() {
        return this != FILE;
    }

    abstract void write(StreamWriter writer) throws IOException;

    private static final class FileHolder {
        static final Path FILE = make();

        private static Path make() {
            try {
                Path file = Files.createTempFile("slow", null);
                file.toFile().deleteOnExit();
                return Files.write(file, new byte[200_000]);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
