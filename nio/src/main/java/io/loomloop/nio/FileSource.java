package io.loomloop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file on their way to a {@link StreamReader}: a worker reads ahead until twice the limit is waiting, and the next one
 * goes on when the task has taken half of that. So there is one worker at a time, and none while the task is busy.
 */
final class FileSource implements ByteSource {
    private static final int BUFFER_SIZE = 64 << 10;

    private final SocketEngine engine;
    private final FileChannel channel;
    private final Inbound inbound;
    private final Path path;
    // the worker only, which hands it to the next one through the task
    private long position;
    // the worker sets, or who cannot get one, before the end
    private volatile @Nullable IOException failure;
    // any thread sets
    private volatile boolean closed;

    FileSource(SocketEngine engine, FileChannel channel, Path path, long position, int limit) {
        this.path = path;
        this.engine = engine;
        this.channel = channel;
        this.position = position;
        this.inbound = new Inbound(this, limit);
    }

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public @Nullable IOException failure() {
        return failure;
    }

    /** By a callback: handing work to an executor may wait, for its locks. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the worker deals with its failures
    public void resumeReading() {
        boolean unused = engine.callSoon(() -> {
            try {
                engine.loop().runInExecutor(this::readAhead);
            } catch (Throwable e) {
                fail(e);
            }
        });
    }

    boolean isOver() {
        return inbound.isAtEnd();
    }

    @Override
    public void abort() {
        close();
    }

    /** Ends the reader. Any thread. */
    void close() {
        closed = true;
        inbound.end();
    }

    private void readAhead() {
        try {
            byte[] buffer = new byte[BUFFER_SIZE];
            boolean more = true;
            while (more) {
                int count = closed ? -1 : channel.read(ByteBuffer.wrap(buffer), position);
                if (count < 0) {
                    inbound.end();
                    return;
                }
                position += count;
                more = inbound.feed(Arrays.copyOf(buffer, count));
            }
        } catch (Throwable e) {
            fail(e);
        }
    }

    private void fail(Throwable e) {
        if (!closed) {
            failure = e instanceof IOException cause ? cause : new IOException(e.toString(), e);
        }
        inbound.end();
    }

    @Override
    public String toString() {
        return path + (closed ? " (closed)" : "");
    }
}
