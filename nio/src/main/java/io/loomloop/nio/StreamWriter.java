package io.loomloop.nio;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.loomloop.Async;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that leave on a connection or go into a program: asyncio's {@code StreamWriter}.
 *
 * <p><b>Writing</b> never waits: what the system does not take at once is kept and sent in the background. So after writing, call
 * {@link #drain}, which waits while too much is unsent.
 *
 * <p><b>Failures.</b> A write that returned is sent, or its failure is reported: by the next {@link #drain}, {@link #waitClosed} or
 * read, or else, once the writer is closed, to the loop's exception handler. Writes to a connection that is lost, or that its server
 * has closed, are dropped, with a warning in the log from the fifth on; {@link #drain} then throws. Whoever has closed the writer
 * itself must not write any more.
 *
 * <p><b>Threads.</b> A writer belongs to its loop: {@code write}, {@code drain} and {@code writeEof} fail elsewhere with
 * {@link IllegalStateException}. The other methods may be called from any thread. Several tasks may write and drain; the bytes of
 * one call stay together.
 */
public final class StreamWriter {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");
    private static final int FIRST_DROP_TO_LOG = 5;
    private static final int JOIN_UP_TO = 64 << 10;

    private final SendQueue outbound;
    private final Outcome outcome;

    // all loop thread only
    private long dropped;
    private long nextDropToLog = FIRST_DROP_TO_LOG;
    private long writtenInARow;
    private boolean sendingFile;
    // any thread reads; the loop thread sets, once more when the connection is upgraded
    private volatile ByteSink sink;
    // loop thread only
    private boolean upgraded;
    // any thread sets, the loop thread reads: by close() or abort() of this writer
    private volatile boolean closedHere;

    StreamWriter(ByteSink sink) {
        this.sink = sink;
        this.outbound = sink.outbound();
        this.outcome = sink.outcome();
    }

    // ---- writing

    /**
     * Writes bytes. Never waits; the array may be used again at once.
     *
     * @throws IllegalStateException after {@link #writeEof}, {@link #close} or {@link #abort}, or off the loop
     */
    public void write(byte[] data) {
        write(ByteBuffer.wrap(data));
    }

    /**
     * As {@link #write(byte[])}, for a part of an array.
     *
     * @throws IndexOutOfBoundsException when there is no such part
     */
    public void write(byte[] data, int offset, int length) {
        write(ByteBuffer.wrap(data, offset, length));
    }

    /** As {@link #write(byte[])}, for what remains in a buffer, which is empty afterwards. */
    public void write(ByteBuffer data) {
        beginWrite();
        send(data);
    }

    private void send(ByteBuffer... pieces) {
        long size = 0;
        for (ByteBuffer piece : pieces) {
            size += piece.remaining();
        }
        if (size > 0 && sink.isClosing()) {
            for (ByteBuffer piece : pieces) {
                piece.position(piece.limit());
            }
            drop(size);
        } else if (size > 0) {
            writtenInARow += size;
            outbound.write(size, pieces);
        }
    }

    /** As {@link #write(byte[])}, for text in UTF-8. */
    public void write(String text) {
        write(text.getBytes(UTF_8));
    }

    /** Writes several arrays one after another: asyncio's {@code writelines}. Adds no line ends. Small ones are sent together. */
    public void writeLines(Iterable<byte[]> pieces) {
        ByteBuffer[] joined = join(pieces);
        beginWrite();
        send(joined);
    }

    static ByteBuffer[] join(Iterable<byte[]> pieces) {
        List<byte[]> all = new ArrayList<>(); // who knows whether the pieces can be asked for twice
        long left = 0;
        for (byte[] piece : pieces) {
            all.add(piece);
            left += piece.length;
        }
        List<ByteBuffer> buffers = new ArrayList<>();
        ByteBuffer small = null;
        for (byte[] piece : all) {
            if (piece.length > JOIN_UP_TO / 2) {
                buffers.add(ByteBuffer.wrap(piece));
                small = null;
            } else {
                if (small == null || small.capacity() - small.limit() < piece.length) {
                    small = ByteBuffer.allocate((int) Math.min(JOIN_UP_TO, left))
                            .limit(0);
                    buffers.add(small);
                }
                int end = small.limit();
                small.limit(end + piece.length).put(end, piece);
            }
            left -= piece.length;
        }
        return buffers.toArray(ByteBuffer[]::new);
    }

    private void beginWrite() {
        begin();
        if (sink.isEofAsked()) {
            throw new IllegalStateException("the output has ended, nothing can be written after writeEof()");
        }
        requireNoFile();
        if (closedHere) {
            throw new IllegalStateException("this writer was closed, nothing can be written after close() or abort()");
        }
    }

    /**
     * Sends a part of a file behind everything that was written: asyncio's {@code sendfile}. The system copies it without our help, and
     * this returns when it has all of it. Through TLS, with a {@link ProactorDriver} and into a program it is copied here, piece by
     * piece, and this returns when the last piece is written and what is unsent is under the water marks, as after {@link #drain}. The
     * loop's workers read the file in either case. A cancellation point.
     *
     * <p>Meanwhile nothing else can be written. {@link #close}, and {@link Server#closeClients}, let the file be sent first: the peer
     * gets all of it, and then the end. With TLS that goes on as long as the peer takes enough of it, within each
     * {@linkplain Tls#withShutdownTimeout shutdown timeout}, for another piece of 64 KiB to be written. If it cannot be sent to its end after all, because this is cancelled or
     * the file cannot be read, a connection that was closed is aborted, so that the peer does not take a part for the whole.
     * {@link #abort} waits for nothing. asyncio ends the connection in the middle of the file.
     *
     * <p>The file's position is where sending has begun, plus what was sent, when this ends in whatever way: so it says how far one
     * came that was cancelled or failed, and what follows on the connection can go on from there; if nothing does,
     * {@link #abort} it. A cancelled one ends when the system has taken what it is given just then; where the file is copied, as much
     * as the high-water mark and a piece of 64 KiB may still be unsent, like anything else that was written.
     *
     * @param offset where to begin
     * @param count how many bytes at the most; {@link Long#MAX_VALUE} for all to the end of the file
     * @return how many bytes were sent: fewer than {@code count} only if the file ends
     * @throws IllegalArgumentException when {@code offset} or {@code count} is negative
     * @throws IllegalStateException as {@link #write(byte[])}, or when another file is being sent
     * @throws java.nio.channels.NonReadableChannelException when the file was not opened to be read
     * @throws IOException when the connection is lost or aborted, or the file cannot be read
     */
    public long sendFile(FileChannel file, long offset, long count) throws IOException {
        Objects.requireNonNull(file, "file");
        FileSending.requirePart(offset, count);
        drain(); // a cancellation point, and throws if the connection is lost
        beginWrite();
        sendingFile = true;
        try {
            return FileSending.send(file, offset, count, sink);
        } finally {
            sendingFile = false;
        }
    }

    /** As {@link #sendFile(FileChannel, long, long)}, for what follows the file's position. */
    public long sendFile(FileChannel file) throws IOException {
        Objects.requireNonNull(file, "file");
        beginWrite();
        return sendFile(file, OffLoop.finish(() -> file.position()), Long.MAX_VALUE);
    }

    /** As {@link #sendFile(FileChannel, long, long)}, for a file that is opened for it. */
    public long sendFile(Path path, long offset, long count) throws IOException {
        Objects.requireNonNull(path, "path");
        FileSending.requirePart(offset, count);
        beginWrite();
        return FileSending.withFile(path, file -> sendFile(file, offset, count));
    }

    /** As {@link #sendFile(FileChannel, long, long)}, for a whole file. */
    public long sendFile(Path path) throws IOException {
        return sendFile(path, 0, Long.MAX_VALUE);
    }

    private void requireNoFile() {
        if (sendingFile) {
            throw new IllegalStateException("a file is being sent, nothing can be written until sendFile returns");
        }
    }

    private void begin() {
        sink.engine().ensureOnLoop("this writer");
        if (upgraded) {
            throw new IllegalStateException("the connection was upgraded to TLS: use the writer of the new one");
        }
    }

    // ---- upgrade, loop thread

    ByteSink sink() {
        return sink;
    }

    /** Throws unless one can write. */
    void requireWritable() {
        beginWrite();
    }

    /** From here on only the ends are the same: {@link #close}, {@link #abort} and {@link #waitClosed} are those of the new writer. */
    void giveUp() {
        upgraded = true;
    }

    /** The new connection is there. */
    void upgradedTo(ByteSink above) {
        sink = above;
        if (closedHere) {
            above.close();
        }
    }

    // ---- steps

    private void drop(long size) {
        sink.outcome().noteDropped(size, sink);
        dropped++;
        if (dropped == nextDropToLog) {
            nextDropToLog *= 10;
            LOG.log(System.Logger.Level.WARNING, "{0} writes to a closed connection were dropped: {1}", dropped, sink);
        }
    }

    /**
     * Waits while there are more unsent bytes than the high-water mark, until there are no more than the low one; a write that
     * had to be kept counts for some bytes more than it has. A cancellation point. Any number of tasks may wait. Even when there is
     * nothing to wait for, it lets others run now and then.
     *
     * @throws IOException when the connection is lost or aborted, or closed with nothing left to send or after which something was written
     */
    public void drain() throws IOException {
        begin();
        if (writtenInARow > 2L * outbound.high()) {
            writtenInARow = 0;
            Async.yieldNow();
        } else {
            sink.engine().checkpoint();
        }
        outcome.throwIfFailed();
        if (sink.isClosing() && (outbound.unsent() == 0 || dropped > 0)) {
            Async.yieldNow();
            outcome.throwIfFailed();
            throw new SocketException("the connection is closed");
        }
        outbound.drain();
        outcome.throwIfFailed();
        if (outcome.isAborted()) {
            throw new SocketException("the connection was aborted");
        }
    }

    /**
     * Ends the output once everything written is sent; the peer reads the end of the stream, and can still be read from. Never waits.
     * Does nothing the second time, or when the writer is closed.
     *
     * @throws IllegalStateException while a file is being sent
     */
    public void writeEof() {
        begin();
        requireNoFile();
        if (!sink.isEofAsked() && !sink.isClosing()) {
            sink.writeEof();
        }
    }

    /** False when {@link #writeEof} is not possible, because the output of this kind of connection cannot end without its input. */
    public boolean canWriteEof() {
        return sink.canWriteEof();
    }

    /**
     * Sets the marks of {@link #drain}; what is unsent now is measured by them at once. asyncio's
     * {@code transport.set_write_buffer_limits}.
     *
     * @param low in bytes
     * @param high in bytes
     * @throws IllegalArgumentException unless {@code 0 <= low <= high}
     */
    public void setWriteBufferLimits(int low, int high) {
        StreamOptions.requireMarks(low, high);
        begin();
        outbound.setWaterMarks(low, high);
    }

    // ---- closing

    /**
     * Closes the connection: stops reading, so that the reader finds the end of the stream, sends what was written, in the
     * background, ends the output, and then closes the socket when the peer ends as well, or in two seconds, or when the peer
     * has sent another 4 MiB, all of which are discarded: a socket that is closed with unread input loses what the peer has not
     * got yet. When the loop closes, nothing waits for the peer; with TLS a connection that is closed only then ends without a
     * close_notify, because it may be in the middle of something, and its peer sees that it was cut off. Never waits. Does nothing the second time. Any thread.
     */
    public void close() {
        closedHere = true;
        sink.close();
    }

    /**
     * Closes the connection at once. What is unsent is dropped, and if there is any, the peer gets a reset instead of an end that
     * looks regular (but with a {@link ProactorDriver}). Never waits. Any thread.
     */
    public void abort() {
        closedHere = true;
        sink.abort();
    }

    /**
     * Waits until the connection is closed, by whomever, and its descriptor is free. After a {@link #close} that takes until
     * everything is sent, and up to two seconds more, unless the peer ends as well. A cancellation point. Any thread.
     *
     * @throws IOException when the connection was lost
     */
    public void waitClosed() throws IOException {
        sink.engine().checkpoint();
        sink.awaitReleased();
        outcome.throwIfFailed();
    }

    /** True once the connection is closed, being closed, or lost. Any thread. */
    public boolean isClosing() {
        return closedHere || sink.isClosing();
    }

    // ---- asking

    /** How many bytes were written and not sent yet: asyncio's {@code get_write_buffer_size}. Any thread. */
    public long bufferedBytes() {
        return outbound.unsent();
    }

    /**
     * The address of the peer; it can still be asked for when the connection is closed. Any thread.
     *
     * @throws UnsupportedOperationException when this writes into a program
     */
    public SocketAddress remoteAddress() {
        return sink.remoteAddress();
    }

    /**
     * The address of this end; it can still be asked for when the connection is closed. Any thread.
     *
     * @throws UnsupportedOperationException when this writes into a program
     */
    public SocketAddress localAddress() {
        return sink.localAddress();
    }

    /**
     * What the handshake has agreed on, or null without TLS: asyncio's extra info {@code ssl_object} and {@code cipher}. Any thread.
     */
    public @Nullable SSLSession sslSession() {
        TlsStream tls = sink.tls();
        return tls == null ? null : tls.session();
    }

    /** The application protocol that was chosen (ALPN), or null without TLS or when none was. Any thread. */
    public @Nullable String applicationProtocol() {
        TlsStream tls = sink.tls();
        return tls == null ? null : tls.applicationProtocol();
    }

    /** The peer's certificates, its own first; empty without TLS, or when the peer has shown none: asyncio's {@code peercert}. Any thread. */
    public List<Certificate> peerCertificates() {
        TlsStream tls = sink.tls();
        return tls == null ? List.of() : tls.peerCertificates();
    }

    /**
     * Changes an option of the socket, one of {@link java.net.StandardSocketOptions} or {@code jdk.net.ExtendedSocketOptions}. Any thread.
     *
     * @throws UnsupportedOperationException when the socket does not know the option, or this writes into a program
     * @throws IOException when the connection is closed
     */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        sink.setOption(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, "value"));
    }

    /** The value of an option of the socket, or null if it has none. As {@link #setOption} otherwise. */
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return sink.option(Objects.requireNonNull(option, "option"));
    }

    @Override
    public String toString() {
        return "StreamWriter[" + sink + "]";
    }
}
