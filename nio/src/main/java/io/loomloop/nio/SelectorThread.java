package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.spi.LoopService;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread that waits for the sockets of one loop: it alone touches the {@link Selector} and its keys, reads what arrives,
 * accepts clients, sends what a task could not send at once, and closes channels.
 *
 * <p>It works in rounds: wait for sockets, serve those that are ready, attend to what tasks asked for
 * ({@link Registration#request}). It runs no user code, and what one socket throws ends that socket alone. It wakes tasks by
 * completing their futures.
 *
 * <pre>
 *  asleep:  false --select, before the last look at the inbox--> true
 *           true  --the first submit that sees it, which then wakes the selector--> false
 *           true  --select returns, or a socket is ready--> false
 *
 *  ending:  false --close--> true   the thread leaves its rounds
 *  ended:   false --the thread, before the last look at the inbox--> true
 * </pre>
 *
 * A submitter adds to the inbox, then reads {@code asleep} and {@code ended}; this thread writes the flag, then reads the inbox.
 * All three are volatile, so at least one side sees the other: no request waits for a selector that sleeps, and none is left
 * behind when the thread ends.
 */
final class SelectorThread implements LoopService, Runnable {
    private static final int BUFFER_SIZE = 64 << 10;
    private static final int REQUESTS_PER_ROUND = 256;
    private static final int FAILURES_TO_GIVE_UP = 100;
    private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final VarHandle ASLEEP;

    static {
        try {
            ASLEEP = MethodHandles.lookup().findVarHandle(SelectorThread.class, "asleep", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final EventLoop loop;
    private final Selector selector;
    private final Thread thread;
    private final LoopFuture<@Nullable Void> done;

    // any thread adds, the selector thread takes
    private final Queue<Registration> inbox = new ConcurrentLinkedQueue<>();
    // selector thread sets, any thread clears by CAS
    private volatile boolean asleep;
    // the closing thread sets
    private volatile boolean ending;
    // selector thread sets
    private volatile boolean ended;

    // any thread adds and removes: what was lost and nobody was told of yet
    private final Set<Loss> untold = ConcurrentHashMap.newKeySet();

    // all selector thread only
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_SIZE);
    private List<Registration> closing = new ArrayList<>();
    // until when; as all linger for the same time, the first to begin is the first to end
    private final Map<StreamSocket, Long> lingering = new LinkedHashMap<>();
    private int failuresInARow;

    private SelectorThread(EventLoop loop, Selector selector) {
        this.loop = loop;
        this.selector = selector;
        this.done = loop.createFuture();
        done.setResult(null);
        this.thread =
                Thread.ofPlatform().daemon().name(loop.name() + "-selector").unstarted(this);
    }

    /** The selector thread of a loop, started if it is the first time. */
    static SelectorThread of(EventLoop loop) throws IOException {
        try {
            return loop.service(SelectorThread.class, SelectorThread::start);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static SelectorThread start(EventLoop loop) {
        try {
            SelectorThread made = new SelectorThread(loop, Selector.open());
            made.thread.start();
            return made;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    EventLoop loop() {
        return loop;
    }

    /** Throws if the calling task was cancelled: what makes a call a cancellation point although it need not wait. */
    void checkpoint() {
        done.await();
    }

    /** Throws unless the caller runs on the loop. */
    void ensureOnLoop(String what) {
        if (!loop.isCurrent()) {
            throw new IllegalStateException(what + " belongs to " + loop.name()
                    + ": use it in a task of that loop, for example with loop.createTask(...)");
        }
    }

    // ---- asking, from any thread

    /** Has this thread attend to a registration soon. Any thread. */
    void submit(Registration registration) {
        inbox.add(registration);
        if (ended) {
            shutDownInbox();
        } else if (asleep && ASLEEP.compareAndSet(this, true, false)) {
            selector.wakeup();
        }
    }

    /** Keeps in mind that somebody has to be told of a loss, at the latest when the loop closes. Any thread. */
    void remember(Loss loss) {
        untold.add(loss);
    }

    /** The opposite of {@link #remember}. Any thread. */
    void forget(Loss loss) {
        untold.remove(loss);
    }

    /** Has the loop run an engine's callback; false when it is closed. Any thread. */
    boolean callSoon(Runnable callback) {
        try {
            loop.callSoon(callback);
            return true;
        } catch (LoopClosedException e) {
            return false;
        }
    }

    /** Gives a failure to the exception handler, on the loop: the handler is user code. Any thread. */
    void report(ErrorContext context) {
        if (!callSoon(() -> loop.callExceptionHandler(context))) {
            EventLoop.logException(loop, context);
        }
    }

    // ---- the thread

    @Override
    public void run() {
        while (!ending) {
            Thread.interrupted(); // with the flag set, select would never wait
            try {
                select();
                attend();
                endLingering();
                failuresInARow = 0;
            } catch (Throwable failure) {
                survive(failure);
            }
        }
        shutDown();
    }

    private void select() throws IOException {
        if (!closing.isEmpty()) {
            List<Registration> closed = closing;
            closing = new ArrayList<>();
            selector.selectNow(this::dispatch); // lets go of the descriptors of closed channels
            closed.forEach(Registration::released);
            return;
        }
        asleep = true;
        if (inbox.isEmpty() && !ending) {
            selector.select(this::dispatch, millisToLinger());
        } else {
            selector.selectNow(this::dispatch);
        }
        asleep = false;
    }

    /** How long the first of those that linger still may; 0, which is for ever, if none does. */
    private long millisToLinger() {
        if (lingering.isEmpty()) {
            return 0;
        }
        long left = lingering.values().iterator().next() - System.nanoTime();
        return 1 + TimeUnit.NANOSECONDS.toMillis(Math.max(0, left));
    }

    private void endLingering() {
        while (!lingering.isEmpty()) {
            Map.Entry<StreamSocket, Long> first =
                    lingering.entrySet().iterator().next();
            if (first.getValue() - System.nanoTime() > 0) {
                return;
            }
            first.getKey().endLingering();
        }
    }

    private void dispatch(SelectionKey key) {
        asleep = false;
        Registration registration = (Registration) key.attachment();
        try {
            registration.ready(key);
        } catch (Throwable failure) {
            registration.fail(failure);
        }
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

    /** Sockets deal with their own failures, so this is the selector's, or a bug. The other sockets need this thread: go on. */
    private void survive(Throwable failure) {
        asleep = false;
        if (failuresInARow++ == 0) {
            report(new ErrorContext("the selector failed", failure));
        }
        if (failuresInARow == FAILURES_TO_GIVE_UP || failure instanceof ClosedSelectorException) {
            report(new ErrorContext(
                    "the selector keeps failing, all connections of " + loop.name() + " are closed", failure));
            ending = true;
        }
        LockSupport.parkNanos(failuresInARow * 1_000_000L);
    }

    // ---- for registrations, selector thread only

    /** Registers a channel, which must be in non-blocking mode. */
    SelectionKey register(SelectableChannel channel, int interest, Registration registration) throws IOException {
        return channel.register(selector, interest, registration);
    }

    /** The buffer that all sockets of this thread share; it holds nothing between two calls. */
    ByteBuffer buffer() {
        return buffer.clear();
    }

    /** Has a connection's {@link StreamSocket#endLingering} called in a while. */
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

    /** Closes a channel for good; there is nobody who could do anything about a failure. */
    static void closeQuietly(AutoCloseable channel) {
        try {
            channel.close();
        } catch (Exception e) {
            // A channel whose close fails is closed nevertheless.
            System.getLogger("io.loomloop.nio").log(System.Logger.Level.DEBUG, "close of " + channel, e);
        }
    }

    // ---- the end

    @Override
    public void close() {
        ending = true;
        selector.wakeup();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        untold.forEach(Loss::report);
    }

    private void shutDown() {
        ended = true;
        for (SelectionKey key : selector.keys()) {
            ((Registration) key.attachment()).shutDown();
        }
        shutDownInbox();
        closeQuietly(selector);
        closing.forEach(Registration::released);
    }

    private void shutDownInbox() {
        for (Registration late = inbox.poll(); late != null; late = inbox.poll()) {
            late.shutDown();
        }
    }

    @Override
    public String toString() {
        return thread.getName();
    }
}
