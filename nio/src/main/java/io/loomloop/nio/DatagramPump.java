package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The task of a {@link DatagramTransport}: it receives, and calls the protocol back, one callback at a time, as a {@link TransportPump}
 * does. While the system takes no datagrams, a task beside it sends what is kept.
 */
final class DatagramPump {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");
    private static final int YIELD_AFTER = 64;
    private static final int HEADER = 8;
    private static final int FIRST_DROP_TO_LOG = 5;

    private record Outgoing(ByteBuffer data, InetSocketAddress to, int size) {}

    private final DatagramEndpoint endpoint;
    private final DatagramPort port;
    private final DatagramTransport transport;
    private final Callbacks callbacks;
    // done when connectionMade has returned, or is not going to be called
    private final LoopFuture<@Nullable Void> made;
    private final Waiters closers = new Waiters();

    // any thread sets: the user wants no more
    private volatile boolean stopped;
    // the pump sets: connectionLost has returned
    private volatile boolean ended;
    // loop thread writes, any thread reads
    private volatile DatagramProtocol protocol;
    private volatile int high = 64 << 10;
    private volatile int low = high / 4;

    // loop thread writes, any thread reads: the size of the backlog
    private final AtomicLong unsent = new AtomicLong();

    // all loop thread only
    private final Queue<Outgoing> backlog = new ArrayDeque<>();
    private final Queue<IOException> errors = new ArrayDeque<>();
    private @Nullable Task<?> sender;
    private @Nullable Throwable failure; // what a callback has thrown, or the cancellation
    private boolean writingPaused;
    private long dropped;
    private long nextDropToLog = FIRST_DROP_TO_LOG;

    DatagramPump(DatagramEndpoint endpoint, DatagramProtocol protocol) {
        this.endpoint = endpoint;
        this.port = endpoint.socket();
        this.protocol = protocol;
        this.transport = new DatagramTransport(this, endpoint);
        this.callbacks = new Callbacks(endpoint.loop(), this::fail, port::wake);
        this.made = endpoint.loop().createFuture();
    }

    DatagramTransport transport() {
        return transport;
    }

    /** Waits until {@code connectionMade} has returned. A cancellation point. */
    void awaitMade() throws SocketException {
        made.await();
        if (!callbacks.hasBegun()) {
            throw new SocketException("the task of the endpoint was cancelled before it began");
        }
    }

    // ---- the task

    void run() {
        Task<?> task = Async.currentTask();
        callbacks.belongTo(task);
        try {
            callbacks.call("connectionMade", () -> protocol.connectionMade(transport));
            made.trySetResult(null);
            serve();
            flush();
        } catch (CancelledException e) {
            fail(e);
        }
        made.trySetResult(null);
        port.close();
        awaitReleased();
        Throwable cause = failure;
        callbacks.call("connectionLost", () -> protocol.connectionLost(cause));
        ended = true;
        closers.wakeAll();
        if (failure instanceof CancelledException cancelled && task.cancelling() > 0) {
            throw cancelled;
        }
    }

    /** The task is done, maybe without having begun. */
    void taskEnded() {
        if (!ended) {
            abort();
            ended = true;
            closers.wakeAll();
        }
        made.trySetResult(null);
    }

    private void serve() {
        int inARow = 0;
        for (callbacks.awaitFree(); !stopped && !port.isClosed(); callbacks.awaitFree()) {
            IOException error = errors.poll();
            if (error != null) {
                callbacks.call("errorReceived", () -> protocol.errorReceived(error));
            } else if (isPauseDue()) {
                callbacks.call("pauseWriting", this::pause);
            } else if (isResumeDue()) {
                callbacks.call("resumeWriting", this::resume);
            } else if (!receive()) {
                inARow = 0;
                port.await(this::hasWork);
            } else if (++inARow == YIELD_AFTER) {
                inARow = 0;
                Async.yieldNow();
            }
        }
    }

    private boolean hasWork() {
        return callbacks.isFree() && (stopped || !errors.isEmpty() || isPauseDue() || isResumeDue() || port.hasNews());
    }

    private boolean receive() {
        try {
            Datagram datagram = port.poll();
            if (datagram == null) {
                return false;
            }
            callbacks.call("datagramReceived", () -> protocol.datagramReceived(datagram));
        } catch (IOException e) {
            if (!port.isClosed()) {
                callbacks.call("errorReceived", () -> protocol.errorReceived(e));
            }
        }
        return true;
    }

    /** Sends what was kept before the close. */
    private void flush() {
        while (sender != null && !port.isClosed()) {
            port.await(() -> sender == null || isResumeDue() || port.isClosed());
            if (isResumeDue() && !port.isClosed()) {
                callbacks.call("resumeWriting", this::resume);
            }
        }
    }

    private void awaitReleased() {
        for (boolean released = false; !released; ) {
            try {
                port.awaitReleased();
                callbacks.awaitFree();
                released = true;
            } catch (CancelledException e) {
                fail(e);
            }
        }
    }

    private void fail(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        }
        abort();
    }

    // ---- sending

    void send(ByteBuffer data, InetSocketAddress to) {
        endpoint.engine().ensureOnLoop("this transport");
        endpoint.requireSendable(data);
        if (isClosing()) {
            drop();
        } else if (!backlog.isEmpty() || !sendNow(data, to)) {
            keep(data, to);
        }
        data.position(data.limit());
    }

    /** False when it has to be sent later. */
    private boolean sendNow(ByteBuffer data, InetSocketAddress to) {
        try {
            return endpoint.sendNow(data, to);
        } catch (IOException e) {
            errors.add(e);
            port.wake();
            return true;
        }
    }

    /** Sends later, in order. */
    void keep(ByteBuffer data, InetSocketAddress to) {
        int size = data.remaining() + HEADER;
        backlog.add(new Outgoing(ByteBuffer.allocate(data.remaining()).put(data).flip(), to, size));
        unsent.addAndGet(size);
        if (sender == null) {
            Task<@Nullable Void> task = loop().createTask("sender of " + endpoint, () -> sendKept());
            sender = task;
            task.addDoneCallback(done -> senderEnded(task)); // it may not have begun
        }
        pauseIfDue();
    }

    private void sendKept() {
        Task<?> here = Async.currentTask();
        for (Outgoing next = backlog.peek(); next != null && !port.isClosed(); next = backlog.peek()) {
            try {
                endpoint.send(next.data, next.to);
            } catch (IOException e) {
                errors.add(e);
            }
            backlog.remove();
            unsent.addAndGet(-next.size);
            port.wake();
        }
        senderEnded(here); // not later: what is kept from here on needs another one
    }

    private void senderEnded(Task<?> task) {
        if (sender == task) {
            sender = null;
            port.wake();
        }
    }

    private void drop() {
        dropped++;
        if (dropped == nextDropToLog) {
            nextDropToLog *= 10;
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} datagrams of a closed endpoint were dropped: {1}",
                    dropped,
                    endpoint);
        }
    }

    // ---- the water marks

    private boolean isPauseDue() {
        return !writingPaused && unsent.get() > high;
    }

    private boolean isResumeDue() {
        return writingPaused && unsent.get() <= low;
    }

    private void pause() throws Exception {
        if (isPauseDue()) {
            writingPaused = true;
            protocol.pauseWriting();
        }
    }

    private void resume() throws Exception {
        if (isResumeDue()) {
            writingPaused = false;
            protocol.resumeWriting();
        }
    }

    private void pauseIfDue() {
        if (isPauseDue() && !isClosing()) {
            callbacks.callNow("pauseWriting", this::pause);
        }
    }

    void setWaterMarks(int newLow, int newHigh) {
        endpoint.engine().ensureOnLoop("this transport");
        low = newLow;
        high = newHigh;
        pauseIfDue();
        port.wake();
    }

    int low() {
        return low;
    }

    int high() {
        return high;
    }

    long unsent() {
        return unsent.get();
    }

    // ---- asking and ending, see DatagramTransport

    private EventLoop loop() {
        return endpoint.loop();
    }

    void close() {
        stopped = true;
        port.wake();
    }

    void abort() {
        stopped = true;
        port.close();
    }

    boolean isClosing() {
        return stopped || port.isClosed();
    }

    DatagramProtocol protocol() {
        return protocol;
    }

    void setProtocol(DatagramProtocol next) {
        endpoint.engine().ensureOnLoop("this transport");
        protocol = next;
    }

    void awaitEnd() {
        if (loop().isCurrent() && callbacks.isInside()) {
            throw new IllegalStateException("a callback of " + endpoint + " would wait for its own end");
        }
        endpoint.engine().checkpoint();
        closers.await(loop(), () -> ended);
    }
}
