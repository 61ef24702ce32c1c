package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;

/**
 * A driver whose connections are served by completion: a read or a write is handed to the system, which says when it is done.
 * asyncio's {@code ProactorEventLoop}. On Windows that is an I/O completion port; elsewhere the JDK does the same with what there is.
 *
 * <p>Choose it with {@code EventLoop.builder().driver(new ProactorDriver())}, or with {@code -Dloomloop.io=proactor} for all loops
 * that are given no driver. Where the system has no completions it costs more than a selector, so it is no default.
 *
 * <p>Connections and servers of the Internet are served in this way, by one thread beside the loop; datagrams, Unix domain sockets
 * and channels of the user's own by a selector thread, as ever. {@link StreamWriter#abort} cannot send a reset, for the JDK's
 * asynchronous channels have no {@code SO_LINGER}: the peer sees an end, unless it has sent what nobody read. And a server at
 * {@code 0.0.0.0} may be reached by IPv6 as well, where the machine has both.
 *
 * <p>A driver serves one loop.
 */
public final class ProactorDriver implements LoopDriver {
    private final LoopDriver parking = LoopDriver.parking();

    /** Makes a driver; its thread starts with the first connection or server. */
    public ProactorDriver() {}

    @Override
    public long nanoTime() {
        return parking.nanoTime();
    }

    @Override
    public void await(long nanos) {
        parking.await(nanos);
    }

    @Override
    public boolean needsPoll() {
        return parking.needsPoll();
    }

    @Override
    public void wakeup() {
        parking.wakeup();
    }

    @Override
    public void close() {
        parking.close();
    }
}
