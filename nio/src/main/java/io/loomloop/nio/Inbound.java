package io.loomloop.nio;

import io.loomloop.LoopFuture;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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
 *  offer:   null --awaitInto--> buffer --takeBack (CAS)--> null
 *           buffer --claim (CAS)--> CLAIMED --filled, with bytes--> FILLED --takeBack--> null
 *                                   CLAIMED --filled, with none--> buffer
 *  wantsLeft:  false --awaitInto--> true --leaveToTask, or the end of the wait--> false
 * </pre>
 *
 * The task sets {@code waiter}, then looks for chunks and the end; the I/O thread adds, then looks for a waiter. The I/O
 * thread sets {@code paused}, then reads {@code ahead}; the task lowers {@code ahead}, then reads {@code paused}. All are volatile,
 * so at least one side sees the other: no chunk is left with a task that waits, and no pause lasts for ever.
 *
 * <p>A task that reads into a buffer of its own offers it while it waits, and the I/O thread reads into that instead of making a
 * chunk. Only while no chunk waits, so that bytes stay in order. Between offer and takeBack the buffer is not the task's.
 *
 * <p>Where the I/O thread is the loop's ({@link ByteSource#leavesBytes}) there is no offer: such a task wants the bytes left, is woken when
 * they have come, and reads them itself before anything is polled again.
 */
final class Inbound {
    /** What a chunk takes besides its bytes, so that a peer that sends single bytes does not get more memory than others. */
    private static final int CHUNK_OVERHEAD = 48;

    private static final Object CLAIMED = new Object();
    private static final Object FILLED = new Object();

    private static final VarHandle PAUSED;
    private static final VarHandle OFFER;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PAUSED = lookup.findVarHandle(Inbound.class, "paused", boolean.class);
            OFFER = lookup.findVarHandle(Inbound.class, "offer", Object.class);
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
    // loop thread and I/O thread, CAS; see above
    private volatile @Nullable Object offer;
    // loop thread only, which is the I/O thread as well if this is ever true: a task waits for bytes that are left
    // where they are
    private boolean wantsLeft;
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

    /** The buffer of a task that waits, to be given back by {@link #filled}; or null. */
    @Nullable
    ByteBuffer claim() {
        return offer instanceof ByteBuffer buffer
                        && chunks.isEmpty()
                        && OFFER.compareAndSet(this, (Object) buffer, CLAIMED)
                ? buffer
                : null;
    }

    /** Gives back what {@link #claim} gave. */
    void filled(ByteBuffer buffer, boolean withBytes) {
        offer = withBytes ? FILLED : buffer;
        if (withBytes) {
            wake();
        }
    }

    /** Wakes a task that would rather read what has arrived by itself, if there is one. See {@link ByteSource#leavesBytes}. */
    boolean leaveToTask() {
        boolean left = wantsLeft && !hasNews();
        if (left) {
            wantsLeft = false;
            wake();
        }
        return left;
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

    /**
     * Waits as {@link #await()}, but for bytes in a buffer. The I/O thread reads into it meanwhile; or leaves them to be read by the
     * task, if it can. When the wait is cancelled, what was put there goes to {@code unread} instead.
     *
     * @return how many bytes were put there; 0 means that there is news of another kind, or none
     */
    int awaitInto(ByteBuffer into, Consumer<byte[]> unread) {
        return source.leavesBytes() ? awaitLeft(into) : awaitOffered(into, unread);
    }

    private int awaitLeft(ByteBuffer into) {
        wantsLeft = true;
        try {
            await(() -> hasNews() || !wantsLeft);
            if (hasNews()) {
                return 0;
            }
        } finally {
            wantsLeft = false;
        }
        int count = source.readNow(into);
        if (count <= 0) {
            await(); // the end, or a failure, which the I/O thread deals with
        }
        return Math.max(0, count);
    }

    private int awaitOffered(ByteBuffer into, Consumer<byte[]> unread) {
        int start = into.position();
        offer(into);
        try {
            await(() -> hasNews() || offer == FILLED);
        } catch (Throwable cancelled) {
            takeBack(into);
            byte[] bytes = new byte[into.position() - start];
            into.position(start).get(start, bytes);
            if (bytes.length > 0) {
                unread.accept(bytes);
            }
            throw cancelled;
        }
        takeBack(into);
        return into.position() - start;
    }

    void offer(ByteBuffer into) {
        offer = into;
    }

    /** Ends what {@link #offer} began. The position tells what was put into the buffer. */
    void takeBack(ByteBuffer into) {
        while (offer != FILLED) {
            if (OFFER.compareAndSet(this, (Object) into, null)) {
                return;
            }
            Thread.onSpinWait(); // CLAIMED: for as long as a read takes that does not wait
        }
        offer = null;
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
