package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * An open file whose operations run on the loop's workers, so that the loop goes on meanwhile. asyncio has none; it would be what
 * {@code open} gives. Made by {@link LoopFiles#open}.
 *
 * <p><b>Reading</b> is either one after another with a {@link #reader}, which has the shape of a socket's, or at a position. <b>Writing</b>
 * goes to the end of what was written before, to the end of the file if it was opened with {@code APPEND}, or to a position. Nothing
 * is buffered: what was written is with the system.
 *
 * <p><b>Cancellation.</b> Each operation is a cancellation point. One that has begun is never left half done: who is cancelled
 * meanwhile gets that when the operation has ended. So this is for files that answer in a moment, and not for pipes and terminals.
 *
 * <p><b>Threads.</b> A file belongs to its loop and fails elsewhere with {@link IllegalStateException}; {@link #close} may be called
 * from any thread. Several tasks may read and write at once; the bytes of one write stay together when they are for the end.
 */
public final class LoopFile implements AutoCloseable {
    private static final int DEFAULT_LIMIT = 64 << 10;

    private final SocketEngine engine;
    private final FileChannel channel;
    private final Path path;
    private final Lock writing = new ReentrantLock();
    private final Waiters closers = new Waiters();
    // loop thread adds, any thread reads
    private final Queue<FileSource> sources = new ConcurrentLinkedQueue<>();
    // any thread, CAS
    private final AtomicBoolean closeAsked = new AtomicBoolean();
    // whoever closes the channel sets both, the failure first
    private volatile @Nullable IOException closeFailure;
    private volatile boolean closed;

    LoopFile(SocketEngine engine, FileChannel channel, Path path) {
        this.engine = engine;
        this.channel = channel;
        this.path = path;
    }

    static LoopFile open(Path path, OpenOption... options) throws IOException {
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        engine.checkpoint();
        FileChannel channel = OffLoop.make(() -> FileChannel.open(path, options), Poller::closeQuietly);
        return new LoopFile(engine, channel, path);
    }

    // ---- reading

    /** The file's bytes from its beginning, with a limit of 64 KiB for lines; see {@link #reader(long, int)}. */
    public StreamReader reader() {
        return reader(0, DEFAULT_LIMIT);
    }

    /**
     * The file's bytes from a position on. Reads up to twice the limit ahead. It ends with the file, or when this is closed. Each call
     * makes a reader that reads for itself.
     *
     * @param limit the longest line, in bytes, see {@link StreamOptions#withLimit}
     * @throws IllegalArgumentException when the position is negative or the limit not positive
     */
    public StreamReader reader(long position, int limit) {
        requirePosition(position);
        if (limit <= 0) {
            throw new IllegalArgumentException("a limit must be positive: " + limit);
        }
        engine.ensureOnLoop("this file");
        FileSource source = new FileSource(engine, channel, path, position, limit);
        sources.removeIf(FileSource::isOver);
        sources.add(source);
        source.resumeReading();
        return new StreamReader(source);
    }

    /**
     * Reads at a position: {@code pread}.
     *
     * @param max how many bytes at most
     * @return as many as there are; none at the end of the file
     */
    public byte[] read(long position, int max) throws IOException {
        requirePosition(position);
        if (max < 0) {
            throw new IllegalArgumentException("a number of bytes cannot be negative: " + max);
        }
        return run(() -> {
            long left = Math.max(0, channel.size() - position);
            byte[] bytes = new byte[(int) Math.min(left, max)];
            int count = readFully(ByteBuffer.wrap(bytes), position);
            return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
        });
    }

    /**
     * Reads a number of bytes at a position.
     *
     * @throws EOFException when the file ends before
     */
    public byte[] readExactly(long position, int count) throws IOException {
        byte[] bytes = read(position, count);
        if (bytes.length < count) {
            throw new EOFException("the file ends after " + bytes.length + " of " + count + " bytes: " + path);
        }
        return bytes;
    }

    private int readFully(ByteBuffer buffer, long position) throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                break;
            }
        }
        return buffer.position();
    }

    // ---- writing

    /** Writes where the last write ended; at the end of the file if it was opened to append. The array must not change meanwhile. */
    public void write(byte[] data) throws IOException {
        write(ByteBuffer.wrap(data));
    }

    /** As {@link #write(byte[])}, for text in UTF-8. */
    public void write(String text) throws IOException {
        write(text.getBytes(UTF_8));
    }

    /** As {@link #write(byte[])}, for what remains in a buffer, which is empty afterwards. */
    public void write(ByteBuffer data) throws IOException {
        Objects.requireNonNull(data, "data");
        run(() -> {
            writing.lock(); // workers only: nothing gets between the parts of a long write
            try {
                while (data.hasRemaining()) {
                    channel.write(data);
                }
            } finally {
                writing.unlock();
            }
            return data;
        });
    }

    /** Writes at a position: {@code pwrite}. */
    public void write(byte[] data, long position) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(data);
        requirePosition(position);
        run(() -> {
            while (buffer.hasRemaining()) {
                channel.write(buffer, position + buffer.position());
            }
            return buffer;
        });
    }

    /** Waits until all that was written is on the disk: {@code fsync}. */
    public void flush() throws IOException {
        run(() -> {
            channel.force(true);
            return channel;
        });
    }

    /** Cuts the file off if it is longer. */
    public void truncate(long size) throws IOException {
        requirePosition(size);
        run(() -> channel.truncate(size));
    }

    // ---- asking

    /** How many bytes the file has. */
    public long size() throws IOException {
        return run(channel::size);
    }

    /** The path with which it was opened. */
    public Path path() {
        return path;
    }

    /** True until this is closed. */
    public boolean isOpen() {
        return !closeAsked.get();
    }

    private <T> T run(Body<T, IOException> work) throws IOException {
        engine.ensureOnLoop("this file");
        if (closeAsked.get()) {
            throw new ClosedChannelException();
        }
        return OffLoop.finish(work);
    }

    private static void requirePosition(long position) {
        if (position < 0) {
            throw new IllegalArgumentException("a position in a file cannot be negative: " + position);
        }
    }

    /**
     * Closes the file, on another thread, and ends its readers. Never waits: {@link #waitClosed} does. Does nothing the second time.
     * An operation that runs meanwhile fails with {@link java.nio.channels.AsynchronousCloseException}.
     */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // waitClosed asks how it went
    public void close() {
        if (!closeAsked.compareAndSet(false, true)) {
            return;
        }
        sources.forEach(FileSource::close);
        try {
            engine.loop().runInExecutor(this::closeNow);
        } catch (LoopClosedException e) {
            closeNow();
        }
    }

    private void closeNow() {
        try {
            channel.close();
        } catch (IOException e) {
            closeFailure = e;
        }
        closed = true;
        closers.wakeAll();
    }

    /**
     * Waits until the file is closed, by whomever. A cancellation point.
     *
     * @throws IOException when closing failed
     */
    public void waitClosed() throws IOException {
        engine.checkpoint();
        closers.await(engine.loop(), () -> closed);
        IOException failure = closeFailure;
        if (failure != null) {
            throw new IOException("cannot close " + path + ": " + failure.getMessage(), failure);
        }
    }

    @Override
    public String toString() {
        return "LoopFile[" + path + (isOpen() ? "]" : ", closed]");
    }
}
