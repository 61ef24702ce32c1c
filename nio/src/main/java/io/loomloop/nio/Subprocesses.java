package io.loomloop.nio;

import io.loomloop.Body;
import io.loomloop.EventLoop;
import io.loomloop.spi.LoopService;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The programs that a loop has started and that have not ended, or whose pipes have not: it takes them with it when it closes, those
 * included that workers are starting just then. Who starts one raises {@code starting}, then reads {@code closed}; who closes sets
 * {@code closed}, then reads {@code starting}. So whoever is not waited for starts nothing.
 */
final class Subprocesses implements LoopService {
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final EventLoop loop;
    // any thread
    private final Queue<Subprocess> living = new ConcurrentLinkedQueue<>();
    // any thread
    private final AtomicInteger starting = new AtomicInteger();
    // the closing thread sets
    private volatile boolean closed;
    private volatile @Nullable Thread closer;

    private Subprocesses(EventLoop loop) {
        this.loop = loop;
    }

    static Subprocesses of(EventLoop loop) {
        return loop.service(Subprocesses.class, Subprocesses::new);
    }

    /** Starts one and adds it, and forgets those that are over. A worker. */
    Subprocess start(Body<Subprocess, IOException> start) throws IOException {
        starting.incrementAndGet();
        try {
            if (closed) {
                throw new IOException("the event loop is closed, it starts no programs any more");
            }
            Subprocess started = start.call();
            living.removeIf(Subprocess::isOver);
            living.add(started);
            if (closed) {
                started.close(); // close may not have had the patience
            }
            return started;
        } finally {
            starting.decrementAndGet();
            LockSupport.unpark(closer);
        }
    }

    @Override
    public void close() {
        closed = true;
        boolean interrupted = awaitStarts();
        living.forEach(Subprocess::close);
        for (Subprocess process : living) {
            try {
                process.joinPumps(PATIENCE.toMillis());
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits a moment for workers; true when this was interrupted. */
    private boolean awaitStarts() {
        closer = Thread.currentThread();
        boolean interrupted = Thread.interrupted(); // with the flag set nobody could wait
        long end = System.nanoTime() + PATIENCE.toNanos();
        for (long left = PATIENCE.toNanos(); starting.get() > 0 && left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(this, left);
            interrupted |= Thread.interrupted();
        }
        return interrupted;
    }

    @Override
    public String toString() {
        return "the programs of " + loop.name();
    }
}
