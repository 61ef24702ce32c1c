package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.spi.LoopService;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The programs that a loop has started and that have not ended, or whose pipes have not: it takes them with it when it closes. */
final class Subprocesses implements LoopService {
    private static final long PATIENCE_MILLIS = 500;

    private final EventLoop loop;
    // any thread
    private final Queue<Subprocess> living = new ConcurrentLinkedQueue<>();
    // the closing thread sets
    private volatile boolean closed;

    private Subprocesses(EventLoop loop) {
        this.loop = loop;
    }

    static Subprocesses of(EventLoop loop) {
        return loop.service(Subprocesses.class, Subprocesses::new);
    }

    /** Adds one, and forgets those that are over. */
    void add(Subprocess process) {
        living.removeIf(Subprocess::isOver);
        living.add(process);
        if (closed) {
            process.close(); // came too late to be seen by close
        }
    }

    @Override
    public void close() {
        closed = true;
        living.forEach(Subprocess::close);
        boolean interrupted = false;
        for (Subprocess process : living) {
            try {
                process.joinPumps(PATIENCE_MILLIS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return "the programs of " + loop.name();
    }
}
