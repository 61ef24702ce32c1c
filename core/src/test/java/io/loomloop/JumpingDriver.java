package io.loomloop;

import io.loomloop.spi.LoopDriver;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Virtual time for tests: it stands still while the loop works, and jumps to the next deadline when the loop has nothing to do.
 *
 * <p>A wake-up ends a wait without a jump, so what another thread asks for comes before the timers that would be next.
 */
final class JumpingDriver implements LoopDriver {
    // loop thread and tests write
    private final AtomicLong now;
    // any thread sets, loop thread clears
    private volatile boolean woken;
    // loop thread writes once
    private volatile Thread loopThread;
    // loop thread writes
    private volatile boolean closed;
    private final AtomicLong jumps = new AtomicLong();

    JumpingDriver() {
        this(0);
    }

    JumpingDriver(long origin) {
        this.now = new AtomicLong(origin);
    }

    @Override
    public long nanoTime() {
        return now.get();
    }

    @Override
    public void await(long nanos) {
        loopThread = Thread.currentThread();
        if (nanos == Long.MAX_VALUE) {
            while (!woken) {
                LockSupport.park(this);
            }
        } else if (!woken && nanos > 0) {
            now.addAndGet(nanos);
            jumps.incrementAndGet();
        }
        woken = false;
    }

    @Override
    public void wakeup() {
        woken = true;
        LockSupport.unpark(loopThread);
    }

    @Override
    public void close() {
        closed = true;
    }

    /** Moves time as if the loop had been busy for so long. */
    void pass(long nanos) {
        now.addAndGet(nanos);
    }

    long jumps() {
        return jumps.get();
    }

    boolean isClosed() {
        return closed;
    }
}
