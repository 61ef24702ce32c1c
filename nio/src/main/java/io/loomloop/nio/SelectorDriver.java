package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A driver that lets the loop thread serve its sockets itself: it waits in a {@code Selector} when it has nothing to run, and looks
 * there now and then when it has. asyncio's {@code SelectorEventLoop}.
 *
 * <p>The default is a selector thread beside the loop, which reads, accepts and sends while tasks compute. This driver saves the
 * way from one thread to the other, most of what a small request costs, and uses one processor at the most; but while a task computes
 * nothing arrives. Choose it with {@code EventLoop.builder().driver(new SelectorDriver())}, or for all loops that are given no
 * driver with {@code -Dloomloop.io=selector}.
 *
 * <p>Timers are as fine as the selector, milliseconds: they are never early, and up to a millisecond late.
 *
 * <p>A driver serves one loop. One that never serves any should be closed.
 */
public final class SelectorDriver implements LoopDriver {
    /** How long a busy loop may go on without a look at the selector, a system call. */
    private static final long NANOS_WITHOUT_LOOK = 20_000;

    private final Poller poller;

    // loop thread only
    private long lastLook = System.nanoTime();

    /**
     * Opens the selector.
     *
     * @throws UncheckedIOException when that is not possible, mostly because too many files are open
     */
    public SelectorDriver() {
        try {
            this.poller = new Poller();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open a selector", e);
        }
    }

    Poller poller() {
        return poller;
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public void await(long nanos) {
        if (nanos > 0) {
            poller.poll(nanos);
            lastLook = System.nanoTime();
        } else if (needsPoll()) {
            lastLook = System.nanoTime();
            poller.poll(0);
        }
    }

    @Override
    public boolean needsPoll() {
        return System.nanoTime() - lastLook >= NANOS_WITHOUT_LOOK || poller.hasWork();
    }

    @Override
    public void wakeup() {
        poller.wakeup();
    }

    @Override
    public void close() {
        poller.shutDown();
    }
}
