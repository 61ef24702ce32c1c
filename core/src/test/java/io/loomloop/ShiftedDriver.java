package io.loomloop;

import io.loomloop.spi.LoopDriver;
import io.loomloop.testing.VirtualTimeDriver;

/** Virtual time whose nanoseconds begin anywhere, and that tells whether it was closed. */
final class ShiftedDriver implements LoopDriver {
    private final VirtualTimeDriver driver = VirtualTimeDriver.jumping();
    private final long origin;
    // loop thread writes
    private volatile boolean closed;

    ShiftedDriver(long origin) {
        this.origin = origin;
    }

    @Override
    public long nanoTime() {
        return origin + driver.nanoTime();
    }

    @Override
    public void await(long nanos) {
        driver.await(nanos);
    }

    @Override
    public boolean needsPoll() {
        return driver.needsPoll();
    }

    @Override
    public void wakeup() {
        driver.wakeup();
    }

    @Override
    public void close() {
        closed = true;
        driver.close();
    }

    boolean isClosed() {
        return closed;
    }
}
