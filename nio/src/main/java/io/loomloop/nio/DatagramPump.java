package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The pump of an endpoint for datagrams. While the system takes no datagrams, a task beside it sends what is kept. */
final class DatagramPump extends ProtocolPump<DatagramProtocol> implements WaterMarks {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");
    private static final int YIELD_AFTER = 64;
    private static final int HEADER = 8;
    private static final int FIRST_DROP_TO_LOG = 5;

    private record Outgoing(ByteBuffer data, InetSocketAddress to, int size) {}

    private final DatagramEndpoint endpoint;
    private final DatagramPort port;
    private final DatagramTransport transport;

    // loop thread writes, any thread reads
    private volatile int high = 64 << 10;
    private volatile int low = high / 4;
    // loop thread writes, any thread reads: the size of the backlog
    private final AtomicLong unsent = new AtomicLong();

    // all loop thread only
    private final Queue<Outgoing> backlog = new ArrayDeque<>();
    private final Queue<IOException> errors = new ArrayDeque<>();
    private @Nullable Task<?> sender;
    private long dropped;
    private long nextDropToLog = FIRST_DROP_TO_LOG;

    DatagramPump(DatagramEndpoint endpoint, DatagramProtocol protocol) {
        super(endpoint.engine(), endpoint, protocol);
        this.endpoint = endpoint;
        this.port = endpoint.socket();
        this.transport = new DatagramTransport(this, endpoint);
    }

    DatagramTransport transport() {
        return transport;
    }

    // ---- the task

    @Override
    void connectionMade() throws Exception {
        protocol.connectionMade(transport);
    }

    @Override
    void serve() {
        int inARow = 0;
        while (goesOn() && !port.isClosed()) {
            IOException error = errors.poll();
            if (error != null) {
                callbacks.call("errorReceived", () -> protocol.errorReceived(error));
            } else if (!pausesOrResumes() && !receive()) {
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

    @Override
    void flush() {
        do {
            port.await(() -> sender == null || isResumeDue() || port.isClosed());
        } while (resumes());
        port.close();
    }

    @Override
    void awaitReleased() {
        port.awaitReleased();
    }

    @Override
    @Nullable
    Throwable loss() {
        return null;
    }

    // ---- sending

    void send(ByteBuffer data, InetSocketAddress to) {
        engine.ensureOnLoop("this transport");
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
            wake();
            return true;
        }
    }

    /** Sends later, in order. */
    void keep(ByteBuffer data, InetSocketAddress to) {
        int size = data.remaining() + HEADER;
        backlog.add(new Outgoing(ByteBuffer.allocate(data.remaining()).put(data).flip(), to, size));
        unsent.addAndGet(size);
        if (sender == null) {
            Task<@Nullable Void> task = engine.loop().createTask("sender of " + endpoint, () -> sendKept());
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
            wake();
        }
        senderEnded(here); // not later: what is kept from here on needs another one
    }

    private void senderEnded(Task<?> task) {
        if (sender == task) {
            sender = null;
            wake();
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

    @Override
    public long unsent() {
        return unsent.get();
    }

    @Override
    public int low() {
        return low;
    }

    @Override
    public int high() {
        return high;
    }

    @Override
    public void setWaterMarks(int newLow, int newHigh) {
        low = newLow;
        high = newHigh;
    }

    // ---- asking and ending, see DatagramTransport

    @Override
    void wake() {
        port.wake();
    }

    @Override
    void close() {
        stopped = true;
        wake();
    }

    @Override
    void abort() {
        stopped = true;
        port.close();
    }

    @Override
    boolean isClosing() {
        return stopped || port.isClosed();
    }

    @Override
    boolean isLost() {
        return port.isClosed();
    }

    @Override
    WaterMarks marks() {
        return this;
    }
}
