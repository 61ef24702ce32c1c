package io.loomloop.nio;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a program prints, or what a blocking stream of the user's brings, on its way to a {@link StreamReader}. A thread of its own reads,
 * because that blocks whatever thread does it; it pauses while the task is behind, and then the program has to wait.
 */
final class PipeInput implements ByteSource, Runnable {
    private static final int BUFFER_SIZE = 64 << 10;

    private final SocketEngine engine;
    private final InputStream pipe;
    private final Inbound inbound;
    private final Thread pump;
    private final boolean ours;
    // the pump sets, before the end
    private volatile @Nullable IOException failure;
    // any thread sets: nobody wants the rest
    private volatile boolean closed;

    /**
     * Over a stream.
     *
     * @param ours true for a program's: then it is closed at its end, and see {@link #run}
     */
    PipeInput(SocketEngine engine, InputStream pipe, String name, boolean ours, StreamOptions options) {
        this.engine = engine;
        this.pipe = pipe;
        this.ours = ours;
        this.inbound = new Inbound(this, options);
        this.pump = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name(engine.loop().name() + "-" + name)
                .unstarted(this);
    }

    void start() {
        pump.start();
    }

    @Override
    public SocketEngine engine() {
        return engine;
    }

    @Override
    public Inbound inbound() {
        return inbound;
    }

    @Override
    public @Nullable IOException failure() {
        return failure;
    }

    @Override
    public void resumeReading() {
        LockSupport.unpark(pump);
    }

    @Override
    public void abort() {
        close();
    }

    /** Drops what comes from here on. The thread ends with the pipe, or the next bytes: nothing else wakes it. Any thread. */
    void close() {
        closed = true;
        inbound.end();
        LockSupport.unpark(pump);
    }

    /** True when the thread has ended. */
    boolean isOver() {
        return !pump.isAlive();
    }

    /** True when nothing more will be read. */
    boolean isAtEnd() {
        return inbound.isEnded();
    }

    /** Waits a moment for the thread to end; the process has. */
    void join(long millis) throws InterruptedException {
        pump.join(millis);
    }

    /**
     * The pump. It holds the monitor of a program's pipe all the time, as a read does, because the JDK closes the pipe under it when the
     * program ends; but the programs that this one has started may print on, and who reads wants it all.
     */
    @Override
    public void run() {
        if (!ours) {
            pumpToEnd();
            return;
        }
        synchronized (pipe) {
            pumpToEnd();
            Poller.closeQuietly(pipe);
        }
    }

    private void pumpToEnd() {
        try {
            pump();
        } catch (IOException e) {
            if (!closed) {
                failure = e;
            }
        } catch (Throwable e) {
            failure = new IOException(e.toString(), e);
        } finally {
            inbound.end();
        }
    }

    private void pump() throws IOException {
        byte[] buffer = new byte[BUFFER_SIZE];
        for (int count = pipe.read(buffer); count >= 0 && !closed; count = pipe.read(buffer)) {
            if (!inbound.feed(Arrays.copyOf(buffer, count))) {
                while (inbound.isPaused() && !closed) {
                    LockSupport.park(this);
                }
            }
        }
    }

    @Override
    public String toString() {
        return pump.getName();
    }
}
