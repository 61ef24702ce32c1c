package io.loomloop.nio;

import io.loomloop.Async;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that arrive on a connection, from a program, or from a file: asyncio's {@code StreamReader}.
 *
 * <p><b>Reading.</b> Each {@code read} method waits for what it is asked for and is a cancellation point, whether it has to wait
 * or not; one that is cancelled has taken nothing. At the end of the stream {@link #read(int)}, {@link #readAll} and
 * {@link #readLine} return what is left, and then empty arrays; {@link #readExactly} and {@link #readUntil} throw
 * {@link IncompleteReadException}. When the connection is lost, what has arrived before can still be read; then each method throws
 * the failure. Reading ends as well when the writer is closed.
 *
 * <p><b>Memory.</b> The connection reads ahead of the task up to twice the limit, then the peer has to wait. The limit also bounds
 * {@link #readLine}, {@link #lines} and {@link #readUntil}, which do with longer messages what {@link StreamOptions#withLimitPolicy}
 * says; the other methods hold as much as they are asked for.
 *
 * <p><b>Threads.</b> A reader belongs to its loop and fails elsewhere with {@link IllegalStateException}, and so does a read while
 * another task is in one. {@link #atEof} too is for the loop alone.
 */
public final class StreamReader {
    private static final byte[] NEWLINE = {'\n'};

    private final ByteSource source;
    private final Inbound inbound;
    private final int limit;

    // all loop thread only
    private final ReadBuffer buffer = new ReadBuffer();
    private boolean reading;
    private boolean upgraded;
    private long takenInARow;
    // in the middle of a message that is dropped, because it is longer than the limit
    private boolean dropping;

    @SuppressWarnings("UnusedVariable") // held, not read: see belongsTo
    private @Nullable StreamWriter writer;

    StreamReader(ByteSource source) {
        this.source = source;
        this.inbound = source.inbound();
        this.limit = inbound.limit();
    }

    /**
     * Waits for bytes and returns what there is, {@code max} at the most: asyncio's {@code read(n)}. Ignores the limit.
     *
     * @param max how many bytes; 0 returns an empty array at once
     * @return at least one byte, or an empty array at the end of the stream
     * @throws IllegalArgumentException when {@code max} is negative; {@link #readAll} reads to the end
     * @throws IOException when the connection is lost
     */
    public byte[] read(int max) throws IOException {
        requireNotNegative(max);
        begin();
        try {
            if (max > 0 && buffer.isEmpty()) {
                fill(max);
            }
            while (buffer.size() < max && takeChunk(max)) {}
            return buffer.take(Math.min(max, buffer.size()));
        } finally {
            reading = false;
        }
    }

    /**
     * Waits for bytes and puts what there is into a buffer, as much as has room: {@link #read(int)} without an array for each call.
     * Ignores the limit. What arrives on a plain socket while this waits is read right into a direct buffer, so this is the cheapest way
     * to read much. Nobody else may touch the buffer meanwhile.
     *
     * <p>With a {@link SelectorDriver} the memory is not touched before this wakes up, and no other task runs between that and the return.
     * So all tasks of such a loop can read into views ({@link ByteBuffer#duplicate}) of the same memory, which stays in the processor's
     * cache, if they are done with it before they wait again.
     *
     * @return how many bytes, at least one unless the buffer is full; -1 at the end of the stream
     * @throws java.nio.ReadOnlyBufferException when nothing can be put into the buffer; nothing is taken
     * @throws IOException when the connection is lost
     */
    public int read(ByteBuffer into) throws IOException {
        if (into.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        begin();
        try {
            if (!into.hasRemaining()) {
                return 0;
            }
            while (buffer.isEmpty() && !takeChunk(0)) {
                if (inbound.isAtEnd()) {
                    source.throwIfFailed();
                    return -1;
                }
                takenInARow = 0;
                int arrived = inbound.awaitInto(into, unread -> buffer.append(unread, 0));
                if (arrived > 0) {
                    return arrived;
                }
            }
            int count = 0;
            do {
                count += buffer.takeInto(into);
            } while (into.hasRemaining() && takeChunk(0));
            return count;
        } finally {
            reading = false;
        }
    }

    /**
     * As {@link #read(ByteBuffer)}, for a part of an array.
     *
     * @throws IndexOutOfBoundsException when there is no such part
     */
    public int read(byte[] into, int offset, int length) throws IOException {
        return read(ByteBuffer.wrap(into, offset, length));
    }

    /**
     * Waits for the end of the stream and returns everything until then: asyncio's {@code read()}. Ignores the limit; with a peer that
     * is not to be trusted use {@link #read(int)}.
     *
     * @return all that is left, maybe nothing
     * @throws IOException when the connection is lost; what has arrived can still be read by other methods
     */
    public byte[] readAll() throws IOException {
        begin();
        try {
            while (fill(Integer.MAX_VALUE)) {}
            return buffer.take(buffer.size());
        } finally {
            reading = false;
        }
    }

    /**
     * Waits for a number of bytes: asyncio's {@code readexactly}. Ignores the limit.
     *
     * @param count how many bytes; 0 returns an empty array at once
     * @throws IncompleteReadException when the stream ends before; what has arrived is in there and is taken
     * @throws IllegalArgumentException when {@code count} is negative
     * @throws IOException when the connection is lost before
     */
    public byte[] readExactly(int count) throws IOException {
        requireNotNegative(count);
        begin();
        try {
            while (buffer.size() < count) {
                if (!fill(count)) {
                    throw new IncompleteReadException(buffer.take(buffer.size()), count);
                }
            }
            return buffer.take(count);
        } finally {
            reading = false;
        }
    }

    /**
     * Waits for a line: asyncio's {@code readline}.
     *
     * @return the line with its {@code \n}; at the end of the stream what is left, maybe nothing
     * @throws LimitOverrunException when the line is longer than the limit, not counting its {@code \n}, unless the policy is to drop
     *     it. If its end has arrived the line is dropped, otherwise everything that has
     * @throws IOException when the connection is lost before
     */
    public byte[] readLine() throws IOException {
        try {
            return readUntil(NEWLINE);
        } catch (IncompleteReadException e) {
            return e.partial();
        } catch (LimitOverrunException e) {
            boolean arrived = buffer.indexOf(NEWLINE, e.consumed()) == e.consumed();
            buffer.discard(arrived ? e.consumed() + 1 : buffer.size());
            throw e;
        }
    }

    /**
     * The lines that are left, each as {@link #readLine} returns it, up to the end of the stream: asyncio's {@code async for line in
     * reader}.
     *
     * <pre>{@code
     * for (byte[] line : reader.lines()) { ... }
     * }</pre>
     *
     * {@code hasNext} waits for a line and is a cancellation point. Nothing is read before it is asked for, so after leaving the loop one
     * can read on, and ask for lines again. What {@code readLine} throws comes as an {@link UncheckedIOException}, because an iterator
     * throws no checked exceptions; its cause is the {@link IOException}.
     */
    public Iterable<byte[]> lines() {
        return () -> new Lines(this);
    }

    /**
     * Waits for a separator: asyncio's {@code readuntil}. Of several, the one that ends first counts, and of those the shortest.
     *
     * @return everything up to the separator and the separator itself
     * @throws LimitOverrunException when there is no separator within the limit, not counting the separator, unless the policy is to
     *     drop such messages; nothing is taken
     * @throws IncompleteReadException when the stream ends before; what has arrived is in there and is taken
     * @throws IllegalArgumentException when there is no separator, or an empty one
     * @throws IOException when the connection is lost before
     */
    public byte[] readUntil(byte[]... separators) throws IOException {
        int shortest = Integer.MAX_VALUE;
        int longest = 0;
        for (byte[] separator : separators) {
            shortest = Math.min(shortest, Objects.requireNonNull(separator, "separator").length);
            longest = Math.max(longest, separator.length);
        }
        if (shortest == 0 || longest == 0) {
            throw new IllegalArgumentException("a separator needs at least one byte");
        }
        begin();
        try {
            if (dropping) {
                drop(separators, longest);
            }
            for (; ; ) {
                try {
                    return buffer.take(awaitSeparator(separators, longest));
                } catch (LimitOverrunException e) {
                    overrun(e);
                    drop(separators, longest);
                }
            }
        } finally {
            reading = false;
        }
    }

    /** Waits until one of the separators is there; returns where it ends. */
    private int awaitSeparator(byte[][] separators, int longest) throws IOException {
        int searched = 0;
        for (; ; ) {
            while (buffer.size() <= limit && takeChunk(0)) {}
            int size = buffer.size();
            Match match = find(separators, searched);
            if (match != null && match.start > limit) {
                throw new LimitOverrunException("the separator comes after more than " + limit + " bytes", match.start);
            } else if (match != null) {
                return match.end;
            }
            searched = Math.max(0, size + 1 - longest);
            if (searched > limit) {
                throw new LimitOverrunException("no separator within " + limit + " bytes", searched);
            }
            if (!fill(0)) {
                throw new IncompleteReadException(buffer.take(buffer.size()), IncompleteReadException.UNKNOWN);
            }
        }
    }

    private record Match(int start, int end) {}

    private @Nullable Match find(byte[][] separators, int from) {
        Match first = null;
        for (byte[] separator : separators) {
            int start = buffer.indexOf(separator, from);
            int end = start + separator.length;
            if (start >= 0 && (first == null || end < first.end || (end == first.end && start > first.start))) {
                first = new Match(start, end);
            }
        }
        return first;
    }

    /** Does what the policy says; returns when the message is to be dropped. */
    private void overrun(LimitOverrunException e) throws LimitOverrunException {
        switch (inbound.limitPolicy()) {
            case THROW -> throw e;
            case ABORT -> {
                source.abort();
                throw e;
            }
            case DROP -> dropping = true;
        }
    }

    /** Drops everything through the next separator, or to the end of the stream. When it is cancelled, the next call goes on. */
    private void drop(byte[][] separators, int longest) throws IOException {
        Match match = find(separators, 0);
        while (match == null) {
            buffer.discard(Math.max(0, buffer.size() + 1 - longest));
            boolean more = fill(0);
            match = more ? find(separators, 0) : new Match(0, buffer.size());
        }
        buffer.discard(match.end);
        dropping = false;
    }

    /** True when the stream has ended and everything was read. Never waits. */
    public boolean atEof() {
        source.engine().ensureOnLoop("this reader");
        requireInUse();
        return buffer.isEmpty() && inbound.isAtEnd() && source.failure() == null;
    }

    // ---- upgrade, loop thread

    /** Where the bytes come from. */
    ByteSource source() {
        return source;
    }

    /** The bytes that wait to be read; all that have arrived, so that nobody can put some in unseen. */
    byte[] waiting() {
        requireInUse();
        if (reading) {
            throw new IllegalStateException("another task is reading from this reader, so it cannot be upgraded");
        }
        while (takeChunk(0)) {}
        byte[] bytes = buffer.take(buffer.size());
        if (bytes.length > 0) {
            buffer.append(bytes.clone(), 0);
        }
        return bytes;
    }

    /** From here on its bytes are read by somebody else. */
    void giveUp() {
        upgraded = true;
        buffer.discard(buffer.size());
    }

    private void requireInUse() {
        if (upgraded) {
            throw new IllegalStateException("the connection was upgraded to TLS: use the reader of the new one");
        }
    }

    // ---- steps

    /** Keeps the writer of the same connection from being collected, and the connection from being closed, while this is in use. */
    void belongsTo(StreamWriter writer) {
        this.writer = writer;
    }

    /**
     * Leaves the bytes to somebody else, for good.
     *
     * @return what has been taken from the source and was not read
     */
    byte[] handOver() {
        begin();
        return buffer.take(buffer.size());
    }

    /** Checks who calls, and lets others run when this reader has found bytes waiting for long: a fast peer must not starve them. */
    private void begin() {
        source.engine().ensureOnLoop("this reader");
        source.engine().checkpoint();
        yieldIfDue();
        requireInUse();
        if (reading) { // nothing may come between this and the next line that lets others run
            throw new IllegalStateException(
                    "another task is reading from this reader: let one task read, or take turns");
        }
        reading = true;
    }

    private void yieldIfDue() {
        if (takenInARow > 2L * limit) {
            takenInARow = 0;
            Async.yieldNow();
        }
    }

    /** Waits for a chunk; false at the end of the stream. */
    private boolean fill(int expected) throws IOException {
        yieldIfDue();
        while (!takeChunk(expected)) {
            if (inbound.isAtEnd()) {
                source.throwIfFailed();
                return false;
            }
            takenInARow = 0;
            inbound.await();
        }
        return true;
    }

    private boolean takeChunk(int expected) {
        byte[] chunk = inbound.poll();
        if (chunk == null) {
            return false;
        }
        takenInARow += chunk.length;
        buffer.append(chunk, expected);
        return true;
    }

    private static void requireNotNegative(int count) {
        if (count < 0) {
            throw new IllegalArgumentException("a number of bytes cannot be negative: " + count);
        }
    }

    @Override
    public String toString() {
        return "StreamReader[" + source + (inbound.isPaused() ? ", paused]" : "]");
    }
}
