package io.loomloop.nio;

import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** Sends files: a worker of the loop has the system send a part, then the task waits until the channel takes more. */
final class FileSending {
    /** What a worker sends at once: not so much that one file keeps it for long. */
    private static final int PART = 1 << 20;

    private static final int COPY = 64 << 10;
    private static final int END = -1;

    private FileSending() {}

    /** What the task does between two parts. */
    interface Pause {
        /** {@code sent} is 0 when the channel is full. */
        void after(long sent) throws IOException;
    }

    /** Work with a file. */
    interface FileWork {
        long with(FileChannel file) throws IOException;
    }

    static void requirePart(long offset, long count) {
        if (offset < 0 || count < 0) {
            throw new IllegalArgumentException(
                    "an offset and a count cannot be negative: offset " + offset + ", count " + count);
        }
    }

    /** Sends from {@code offset} to the end of the file, or until {@code count} bytes are sent, and sets the file's position. */
    static long send(FileChannel file, long offset, long count, WritableByteChannel to, Pause pause)
            throws IOException {
        long total = 0;
        boolean more = OffLoop.finish(() -> file.position(offset).isOpen()); // fails now if it is closed
        while (more && total < count) {
            long from = offset + total;
            long size = Math.min(PART, count - total);
            // In one go with the position, so that it is right whatever ends this, and not interrupted, which would
            // close the file.
            long sent = OffLoop.finish(() -> sendPart(file, from, size, to));
            more = sent != END;
            if (more) {
                total += sent;
                pause.after(sent);
            }
        }
        return total;
    }

    /** Sends by way of a writer, behind everything that was written before; the writer takes nothing else meanwhile. */
    static long send(FileChannel file, long offset, long count, ByteSink sink) throws IOException {
        long size = Math.min(count, Math.max(0, OffLoop.finish(file::size) - offset));
        if (sink instanceof OutputOwner owner && sink.outbound() instanceof Outbound outbound) {
            return sendDirectly(file, offset, size, sink, owner, outbound);
        }
        return copy(file, offset, size, sink);
    }

    private static long sendDirectly(
            FileChannel file, long offset, long size, ByteSink sink, OutputOwner owner, Outbound outbound)
            throws IOException {
        if (size == 0) {
            return send(file, offset, 0, owner.channel(), sent -> {});
        }
        if (!outbound.lend(size)) {
            throw closed(sink);
        }
        try {
            return sendLent(file, offset, size, sink, owner, outbound);
        } catch (IOException e) {
            if (owner.isClosed() || sink.outcome().failure() != null) {
                throw closed(sink);
            }
            throw e;
        }
    }

    private static long sendLent(
            FileChannel file, long offset, long size, ByteSink sink, OutputOwner owner, Outbound outbound)
            throws IOException {
        long[] rest = {size};
        boolean over = false;
        try {
            long total = send(file, offset, size, owner.channel(), sent -> {
                rest[0] -= sent;
                outbound.countSent(sent);
                if (sent == 0) {
                    outbound.awaitRoom();
                }
                if (owner.isClosed() && rest[0] > 0) {
                    throw closed(sink);
                }
            });
            over = true;
            return total;
        } finally {
            if (over || !abortIfClosing(sink)) { // else the rest stays counted, so that the peer gets a reset
                outbound.takeBack(rest[0]);
            }
        }
    }

    /** Who has closed the connection meanwhile counts on the whole file: the peer must not take a part for it. */
    private static boolean abortIfClosing(ByteSink sink) {
        boolean looksRegular =
                sink.isClosing() && !sink.isClosed() && !sink.outcome().isLost();
        if (looksRegular) {
            sink.abort();
        }
        return looksRegular;
    }

    /** For sinks that change the bytes, or hand them to a thread: read by a worker, and written under the water marks. */
    private static long copy(FileChannel file, long offset, long size, ByteSink sink) throws IOException {
        if (!sink.hold()) {
            throw closed(sink);
        }
        boolean over = false;
        try {
            long total = copyHeld(file, offset, size, sink);
            over = true;
            return total;
        } finally {
            if (!over) {
                abortIfClosing(sink);
            }
            sink.release();
        }
    }

    private static long copyHeld(FileChannel file, long offset, long size, ByteSink sink) throws IOException {
        byte[] bytes = new byte[(int) Math.min(size, COPY)];
        long total = 0;
        try {
            while (total < size) {
                ByteBuffer part = ByteBuffer.wrap(bytes, 0, (int) Math.min(bytes.length, size - total));
                long from = offset + total;
                if (OffLoop.finish(() -> file.read(part, from)) < 0) {
                    break; // it was cut off meanwhile
                }
                part.flip();
                throwIfLost(sink);
                int count = part.remaining();
                sink.outbound().write(count, part);
                total += count;
                sink.outbound().drain();
                throwIfLost(sink); // at once, or the loss is reported as one that nobody was told of
            }
        } finally {
            setPosition(file, offset + total);
        }
        return total;
    }

    private static void throwIfLost(ByteSink sink) throws IOException {
        if (sink.isClosed() || sink.outcome().isLost()) {
            throw closed(sink);
        }
    }

    /** Does so even if the task is cancelled, again and again. A file that was closed meanwhile has no position. */
    private static void setPosition(FileChannel file, long position) {
        CancelledException cancelled = null;
        for (boolean done = false; !done; ) {
            try {
                OffLoop.finish(() -> file.position(position).isOpen());
                done = true;
            } catch (CancelledException e) {
                cancelled = e;
            } catch (IOException e) {
                done = true;
            }
        }
        if (cancelled != null) {
            throw cancelled;
        }
    }

    private static IOException closed(ByteSink sink) throws IOException {
        sink.outcome().throwIfFailed();
        return new SocketException("the connection was closed before the file was sent");
    }

    private static long sendPart(FileChannel file, long from, long size, WritableByteChannel to) throws IOException {
        if (from >= file.size()) {
            return END;
        }
        long sent = file.transferTo(from, size, to);
        if (sent > 0) {
            file.position(from + sent);
        }
        return sent;
    }

    /** Opens a file, and closes it in the end, on workers. */
    static long withFile(Path path, FileWork work) throws IOException {
        Objects.requireNonNull(path, "path");
        FileChannel file = OffLoop.make(() -> FileChannel.open(path, StandardOpenOption.READ), Poller::closeQuietly);
        try {
            return work.with(file);
        } finally {
            closeSoon(file);
        }
    }

    /** Not waited for: a task that is cancelled once more would leave it open. */
    @SuppressWarnings("FutureReturnValueIgnored") // a file that was read cannot fail to close
    private static void closeSoon(FileChannel file) {
        try {
            EventLoop.current().runInExecutor(() -> Poller.closeQuietly(file));
        } catch (RuntimeException e) { // the workers take nothing any more
            Poller.closeQuietly(file);
        }
    }
}
