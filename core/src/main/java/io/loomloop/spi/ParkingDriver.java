package io.loomloop.spi;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The default driver: real time, and a loop thread that parks while it has nothing to do. */
final class ParkingDriver implements LoopDriver {
    // loop thread writes before its first park, any thread reads; a waker that sees null comes before any park
    private volatile @Nullable Thread parked;
    // any thread sets, loop thread clears: keeps a wake-up that a foreign unpark of the thread would otherwise swallow
    private volatile boolean woken;

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void await(long nanos) {
        if (nanos <= 0) {
            return;
        }
        if (parked == null) {
            parked = Thread.currentThread();
        }
        // An interrupt of the loop thread means nothing to us, but left set it would make every park return at once.
        Thread.interrupted();
        if (!woken) {
            if (nanos == Long.MAX_VALUE) {
                LockSupport.park(this);
            } else {
                LockSupport.parkNanos(this, nanos);
            }
        }
        woken = false;
    }

    @Override
    public boolean needsPoll() {
        return false;
    }

    @Override
    public void wakeup() {
        woken = true;
        LockSupport.unpark(parked);
    }

    @Override
    public void close() {}
}
