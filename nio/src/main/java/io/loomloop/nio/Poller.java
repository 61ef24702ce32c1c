package io.loomloop.nio;

import io.loomloop.ErrorContext;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Selector} and the sockets it watches. One thread polls, the <em>I/O thread</em>: the {@link SelectorThread}, or with a
 * {@link SelectorDriver} the raw loop thread. It alone touches the selector and its keys, reads what arrives unless it leaves that to the
 * task that waits for it, accepts clients, sends what a task could not send at once, and closes channels.
 *
 * <p>It works in rounds: attend to what was asked for ({@link Registration#request}), wait for sockets, serve those that are ready. When
 * a few have been served, or one has brought a lot, the others wait for the next rounds: the loop thread had better answer while
 * the bytes are in its cache.
 * It runs no user code, logs nothing, starts no thread, and takes no lock that a task of the loop might wait for. What one socket
 * throws ends that socket alone. It wakes tasks by completing their futures.
 *
 * <pre>
 *  sleep:  AWAKE  --poll, before the last look at woken and the inbox--> ASLEEP
 *          ASLEEP --select returns, or a socket is ready (CAS)--> AWAKE
 *          ASLEEP --submit or wakeup, the first that sees it (CAS)--> WAKING --it has woken the selector--> AWAKE
 *
 *  ended:  false --shutDown, before its last look at the inbox--> true
 * </pre>
 *
 * A submitter adds to the inbox, then reads {@code sleep} and {@code ended}; the I/O thread writes them, then reads the inbox. All
 * are volatile, so at least one side sees the other: no request waits for a selector that sleeps, and none is left behind at the end.
 *
 * <p>While somebody is WAKING nobody goes to sleep, so never two threads are in {@link Selector#wakeup}: it takes a lock, for which a
 * task of another loop could stand in line, and the raw loop thread, which takes it too, behind that.
 */
final class Poller {
    private static final int BUFFER_SIZE = 64 << 10;
    private static final int REQUESTS_PER_ROUND = 256;
    private static final int BYTES_PER_ROUND = 64 << 10;
    /** What a socket counts for besides its bytes, so that small ones end a round as well. */
    private static final int BYTES_PER_SOCKET = 8 << 10;
    /** What one counts for whose bytes are left to a task, which reads them when it runs. */
    private static final int BYTES_PER_LEFT_SOCKET = 1 << 10;

    private static final int FAILURES_TO_GIVE_UP = 100;
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long VISIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;
    private static final int WAKING = 2;

    private static final VarHandle SLEEP;

    static {
        try {
            SLEEP = MethodHandles.lookup().findVarHandle(Poller.class, "sleep", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Selector selector;

    // any thread adds, the I/O thread takes
    private final Queue<Registration> inbox = new ConcurrentLinkedQueue<>();
    // any thread, see above
    private volatile int sleep = AWAKE;
    // any thread sets, the I/O thread clears: a wake-up that is not for the inbox
    private volatile boolean woken;
    // I/O thread sets
    private volatile boolean ended;
    // I/O thread writes before it parks, any thread reads; a waker that sees null comes before that
    private volatile @Nullable Thread parked;
    // set before the first socket is registered
    private volatile Consumer<ErrorContext> reports = context -> {};

    // all I/O thread only
    private final Consumer<SelectionKey> dispatch = this::dispatch;
    private final ByteBuffer buffer;
    // the sockets that are ready and were not served; while there are any, nothing is selected
    private final Queue<SelectionKey> backlog = new ArrayDeque<>();
    private int bytesInRound;
    private final Queue<Registration> closing = new ArrayDeque<>();
    // until when; as all linger for the same time, the first to begin is the first to end
    private final Map<StreamSocket, Long> lingering = new LinkedHashMap<>();
    // those whose channels are closed by others, without a word, and when they were last looked after
    private final Set<Guest> guests = new LinkedHashSet<>();
    private long lastVisit = System.nanoTime();
    // the selector has to let go of keys that were cancelled
    private boolean flush;
    private int failuresInARow;

    Poller() throws IOException {
        this(Selector.open(), ByteBuffer.allocateDirect(BUFFER_SIZE));
    }

    /** With a selector and a buffer of its maker's. */
    Poller(Selector selector, ByteBuffer buffer) {
        this.selector = selector;
        this.buffer = buffer;
    }

    /** Sets who gets failures that are no socket's. */
    void reportTo(Consumer<ErrorContext> receiver) {
        reports = receiver;
    }

    // ---- asking, from any thread

    /** Has the I/O thread attend to a registration soon. Any thread. */
    void submit(Registration registration) {
        inbox.add(registration);
        if (ended) {
            shutDownInbox();
        } else {
            wakeSelector();
        }
    }

    /** Ends the current wait, or the next one. Any thread. */
    void wakeup() {
        woken = true;
        if (ended) {
            LockSupport.unpark(parked);
        } else {
            wakeSelector();
        }
    }

    private void wakeSelector() {
        if (sleep == ASLEEP && SLEEP.compareAndSet(this, ASLEEP, WAKING)) {
            try {
                selector.wakeup();
            } finally {
                sleep = AWAKE;
            }
        }
    }

    /** True when a round would find something to do without a look at the selector. I/O thread. */
    boolean hasWork() {
        return !backlog.isEmpty() || !inbox.isEmpty();
    }

    /** True when nothing is polled any more. Any thread. */
    boolean isEnded() {
        return ended;
    }

    // ---- a round, I/O thread

    /**
     * Attends to requests, waits for sockets, serves those that are ready. Does not throw.
     *
     * @param nanos how long to wait at the most, rounded up to milliseconds; {@link Long#MAX_VALUE} means without limit, 0 or less not
     *     at all
     */
    void poll(long nanos) {
        boolean unused = Thread.interrupted(); // with the flag set, select would never wait
        if (ended) {
            park(nanos);
            return;
        }
        try {
            attend();
            bytesInRound = 0;
            if (backlog.isEmpty()) {
                select(nanos);
            } else {
                serveBacklog();
            }
            endLingering();
            visitGuests();
            failuresInARow = 0;
        } catch (Throwable failure) {
            survive(failure);
        }
        woken = false;
    }

    /** There is no selector any more, but a loop that goes on without sockets has to wait somewhere. */
    private void park(long nanos) {
        parked = Thread.currentThread();
        if (!woken && nanos > 0) {
            LockSupport.parkNanos(this, nanos);
        }
        woken = false;
    }

    private void attend() {
        for (int i = 0; i < REQUESTS_PER_ROUND; i++) {
            Registration registration = inbox.poll();
            if (registration == null) {
                return;
            }
            try {
                registration.attend(registration.takeRequests());
            } catch (Throwable failure) {
                registration.fail(failure);
            }
        }
    }

    private void select(long nanos) throws IOException {
        if (!closing.isEmpty() || flush) {
            flush = false;
            int closed = closing.size(); // not those that are closed meanwhile
            selector.selectNow(dispatch); // lets go of the descriptors of closed channels
            for (; closed > 0; closed--) {
                closing.remove().released();
            }
        } else if (nanos > 0 && SLEEP.compareAndSet(this, AWAKE, ASLEEP)) {
            if (woken || !inbox.isEmpty()) {
                selector.selectNow(dispatch);
            } else {
                selector.select(dispatch, millis(nanos));
            }
            awake();
        } else {
            if (nanos > 0) {
                Thread.yield(); // somebody is WAKING, and may need this processor to get done with it
            }
            selector.selectNow(dispatch);
        }
    }

    /**
     * How long to select: until the time is over, the first of those that linger has done so for long enough, or guests want to be
     * visited; 0 is for ever.
     */
    private long millis(long nanos) {
        long left = nanos;
        if (!lingering.isEmpty()) {
            long first = lingering.values().iterator().next() - System.nanoTime();
            left = Math.min(left, Math.max(1, first));
        }
        if (!guests.isEmpty()) {
            left = Math.min(left, VISIT_NANOS);
        }
        return left == Long.MAX_VALUE ? 0 : (left - 1) / NANOS_PER_MILLI + 1;
    }

    private void awake() {
        if (sleep == ASLEEP) {
            SLEEP.compareAndSet(this, ASLEEP, AWAKE);
        }
    }

    private void dispatch(SelectionKey key) {
        awake();
        if (bytesInRound < BYTES_PER_ROUND) {
            bytesInRound += BYTES_PER_SOCKET;
            serve(key);
        } else {
            backlog.add(key);
        }
    }

    private void serveBacklog() {
        while (bytesInRound < BYTES_PER_ROUND && !backlog.isEmpty()) {
            SelectionKey key = backlog.remove();
            if (key.isValid()) {
                bytesInRound += BYTES_PER_SOCKET;
                serve(key);
            }
        }
    }

    private static void serve(SelectionKey key) {
        Registration registration = (Registration) key.attachment();
        try {
            int ops = key.readyOps() & key.interestOps(); // throws when a user closes his channel just now
            if (ops != 0) { // else it was paused since it was selected
                registration.ready(key, ops);
            }
        } catch (Throwable failure) {
            registration.fail(failure);
        }
    }

    private void endLingering() {
        while (!lingering.isEmpty()) {
            Map.Entry<StreamSocket, Long> first =
                    lingering.entrySet().iterator().next();
            if (first.getValue() - System.nanoTime() > 0) {
                return;
            }
            first.getKey().closeNow();
        }
    }

    /** Sockets deal with their own failures, so this is the selector's, or a bug. The other sockets need this thread: go on. */
    private void survive(Throwable failure) {
        awake();
        if (failuresInARow++ == 0) {
            reports.accept(new ErrorContext("the selector failed", failure));
        }
        if (failuresInARow == FAILURES_TO_GIVE_UP || failure instanceof ClosedSelectorException) {
            reports.accept(new ErrorContext("the selector keeps failing, all connections are closed", failure));
            shutDown();
        }
        LockSupport.parkNanos(failuresInARow * NANOS_PER_MILLI);
    }

    private void visitGuests() {
        if (guests.isEmpty() || System.nanoTime() - lastVisit < VISIT_NANOS) {
            return;
        }
        lastVisit = System.nanoTime();
        for (Guest guest : List.copyOf(guests)) {
            if (!guest.isChannelOpen()) {
                guest.channelClosed();
            }
        }
    }

    // ---- for registrations, any thread

    /** Takes a channel from the selector: from now on it counts as not registered. */
    void cancelKey(SelectableChannel channel) {
        SelectionKey key = channel.keyFor(selector);
        if (key != null) {
            key.cancel();
        }
    }

    // ---- for registrations, I/O thread only

    /** Registers a channel, which must be in non-blocking mode. It may have been registered before. */
    SelectionKey register(SelectableChannel channel, int interest, Registration registration) throws IOException {
        SelectionKey before = channel.keyFor(selector);
        if (before != null && !before.isValid()) {
            // Lets go of keys that were cancelled: with one left there can be no other. What is ready is found again.
            selector.selectNow(ready -> {});
        }
        return channel.register(selector, interest, registration);
    }

    /** Has the selector let go of cancelled keys soon: until then a channel that is closed keeps its descriptor. */
    void flush() {
        flush = true;
    }

    /** Looks now and then whether a channel was closed by its user. */
    void addGuest(Guest guest) {
        guests.add(guest);
    }

    /** The opposite of {@link #addGuest}. */
    void removeGuest(Guest guest) {
        guests.remove(guest);
    }

    /** Notes that a socket has brought bytes. */
    void countRead(int bytes) {
        bytesInRound += bytes;
    }

    /** Notes that the bytes of a socket were left to a task. */
    void countLeft() {
        bytesInRound -= BYTES_PER_SOCKET - BYTES_PER_LEFT_SOCKET;
    }

    /** The buffer that all sockets share; it holds nothing between two calls. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    /** Has a connection's {@link StreamSocket#closeNow} called in a while. */
    void linger(StreamSocket socket) {
        lingering.put(socket, System.nanoTime() + LINGER_NANOS);
    }

    /** The opposite of {@link #linger}, if it lingers. */
    void lingerNoMore(StreamSocket socket) {
        lingering.remove(socket);
    }

    /** Closes a channel, and tells its registration once the descriptor is free. */
    void release(Registration registration, SelectableChannel channel) {
        closeQuietly(channel);
        closing.add(registration);
    }

    /** Closes a channel for good. One whose close fails is closed nevertheless, and there is nobody who could do anything about it. */
    static void closeQuietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            // Not logged: this may be the raw loop thread.
        }
    }

    // ---- the end

    /** Closes all sockets and the selector. I/O thread, or any thread once that one does not poll any more. */
    void shutDown() {
        if (ended) {
            return;
        }
        ended = true;
        List<SelectionKey> keys = selector.isOpen() ? List.copyOf(selector.keys()) : List.of();
        closeQuietly(
                selector); // first: a channel that a selector still has does not free its descriptor when it is closed
        for (SelectionKey key : keys) {
            ((Registration) key.attachment()).shutDown();
        }
        shutDownInbox();
        for (Registration closed = closing.poll(); closed != null; closed = closing.poll()) {
            closed.released();
        }
    }

    private void shutDownInbox() {
        for (Registration late = inbox.poll(); late != null; late = inbox.poll()) {
            late.shutDown();
        }
    }
}
