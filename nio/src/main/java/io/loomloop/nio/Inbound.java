package io.loomloop.nio;

import io.loomloop.LoopFuture;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What has arrived and was not read yet, on its way from the I/O thread to the reading task.
 *
 * <p>The I/O thread reads ahead of the task until twice the limit is waiting, then pauses; the task has it go on when
 * half of that is left. In between the selector's interest stays as it is, which saves a wake-up for every read.
 *
 * <pre>
 *  waiter:  null --await--> future --await returns--> null
 *  paused:  false --feed, above the mark--> true
 *           true  --poll, or feed at its second look, at or below the limit (CAS)--> false
 *  ended:   false --end--> true
 * </pre>
 *
 * The task sets {@code waiter}, then looks for chunks and the end; the I/O thread adds, then looks for a waiter. The I/O
 * thread sets {@code paused}, then reads {@code ahead}; the task lowers {@code ahead}, then reads {@code paused}. All are volatile,
 * so at least one side sees the other: no chunk is left with a task that waits, and no pause lasts for ever.
 */
final class Inbound {
    /** What a chunk takes besides its bytes, so that a peer that sends single bytes does not get more memory than others. */
    private static final int CHUNK_OVERHEAD = 48;

    private static final VarHandle PAUSED;

    static {
        try {
            PAUSED = MethodHandles.lookup().findVarHandle(Inbound.class, "paused", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final ByteSource source;
    private final int limit;
    private final LimitPolicy limitPolicy;

    // I/O thread adds, loop thread takes
    private final Queue<byte[]> chunks = new ConcurrentLinkedQueue<>();
    // I/O thread adds, loop thread subtracts: the size of what waits in chunks
    private final AtomicLong ahead = new AtomicLong();
    // I/O thread sets, whoever lowers ahead clears by CAS
    private volatile boolean paused;
    // I/O thread sets, after the last chunk
    private volatile boolean ended;
    // loop thread writes, I/O thread reads
    private volatile @Nullable LoopFuture<@Nullable Void> waiter;
    // loop thread writes, I/O thread reads
    private volatile Runnable listener = () -> {};

    Inbound(ByteSource source, int limit) {
        this(source, limit, LimitPolicy.THROW);
    }

    Inbound(ByteSource source, StreamOptions options) {
        this(source, options.limit(), options.limitPolicy());
    }

    /** With the settings of another one, which this lies above. */
    Inbound(ByteSource source, Inbound below) {
        this(source, below.limit, below.limitPolicy);
    }

    private Inbound(ByteSource source, int limit, LimitPolicy limitPolicy) {
        this.source = source;
        this.limit = limit;
        this.limitPolicy = limitPolicy;
    }

    // ---- I/O thread

    /**
     * Hands bytes over.
     *
     * @return false when the connection should stop reading until {@link ByteSource#resumeReading}
     */
    boolean feed(byte[] chunk) {
        chunks.add(chunk);
        long now = ahead.addAndGet(size(chunk));
        wake();
        if (now <= 2L * limit) {
            return true;
        }
        paused = true;
        return ahead.get() <= limit && PAUSED.compareAndSet(this, true, false);
    }

    /** Nothing more will arrive. */
    void end() {
        ended = true;
        wake();
    }

    // ---- any thread

    /** Has who waits look again. */
    void wake() {
        LoopFuture<@Nullable Void> reader = waiter;
        if (reader != null) {
            reader.trySetResult(null);
        }
        listener.run();
    }

    // ---- loop thread

    /** Sets who is told, by the I/O thread and maybe for no reason, when there is a chunk or the end; it looks first by itself. */
    void listen(Runnable callback) {
        listener = callback;
    }

    /** The next chunk, or null. */
    byte @Nullable [] poll() {
        byte[] chunk = chunks.poll();
        if (chunk != null) {
            long left = ahead.addAndGet(-size(chunk));
            if (paused && left <= limit && PAUSED.compareAndSet(this, true, false)) {
                source.resumeReading();
            }
        }
        return chunk;
    }

    /** Waits until there is a chunk or the end, or for no reason. */
    void await() {
        await(this::hasNews);
    }

    /** True when there is a chunk, or nothing more will arrive. */
    boolean hasNews() {
        return !chunks.isEmpty() || ended;
    }

    /** Waits until {@code condition} holds, for a chunk, the end, or a {@link #wake}. Whoever makes it true wakes after that. */
    void await(BooleanSupplier condition) {
        if (waiter != null) {
            throw new IllegalStateException("two tasks wait for the bytes of " + source);
        }
        LoopFuture<@Nullable Void> more = source.engine().loop().createFuture();
        waiter = more;
        try {
            if (!condition.getAsBoolean()) {
                more.await();
            }
        } finally {
            waiter = null;
        }
    }

    /** True when nothing more will arrive, though chunks may be left. Any thread. */
    boolean isEnded() {
        return ended;
    }

    /** True when nothing more will arrive and no chunk is left. */
    boolean isAtEnd() {
        return ended && chunks.isEmpty();
    }

    /** True while the peer has to wait for the task to read. Any thread. */
    boolean isPaused() {
        return paused;
    }

    int limit() {
        return limit;
    }

    LimitPolicy limitPolicy() {
        return limitPolicy;
    }

    private static long size(byte[] chunk) {
        return (long) chunk.length + CHUNK_OVERHEAD;
    }
}
