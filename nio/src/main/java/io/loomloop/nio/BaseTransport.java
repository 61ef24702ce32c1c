package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.util.Objects;

/**
 * What a {@link Transport} and a {@link DatagramTransport} have in common: asyncio's {@code BaseTransport}. They say which threads may call
 * it.
 */
public abstract class BaseTransport<P extends BaseProtocol> {
    private final ProtocolPump<P> pump;

    BaseTransport(ProtocolPump<P> pump) {
        this.pump = pump;
    }

    // ---- the water marks

    /** How many bytes were written and not sent yet: asyncio's {@code get_write_buffer_size}. A datagram counts for 8 more. */
    public long writeBufferSize() {
        return pump.marks().unsent();
    }

    /**
     * Sets the marks: above {@code high} unsent bytes the protocol is told to pause, at {@code low} or less to go on. What is unsent now
     * is measured by them at once.
     *
     * @param low in bytes
     * @param high in bytes
     * @throws IllegalArgumentException unless {@code 0 <= low <= high}
     */
    public void setWriteBufferLimits(int low, int high) {
        StreamOptions.requireMarks(low, high);
        pump.setLimits(low, high);
    }

    /** As {@link #setWriteBufferLimits(int, int)}, with a quarter of the high-water mark as the low one. */
    public void setWriteBufferLimits(int high) {
        setWriteBufferLimits(high / 4, high);
    }

    /** The low-water mark, in bytes: the first of asyncio's {@code get_write_buffer_limits}. */
    public int lowWater() {
        return pump.marks().low();
    }

    /** The high-water mark, in bytes: the second of asyncio's {@code get_write_buffer_limits}. */
    public int highWater() {
        return pump.marks().high();
    }

    // ---- the protocol

    /** Who gets the callbacks. */
    public P protocol() {
        return pump.protocol;
    }

    /** Has another protocol get the callbacks from the next one on; its {@code connectionMade} is not called. */
    public void setProtocol(P protocol) {
        pump.setProtocol(Objects.requireNonNull(protocol, "protocol"));
    }

    // ---- closing

    /**
     * Closes it: nothing is received any more, what was written is still sent, in the background, and then {@code connectionLost} is
     * called with null. Does nothing the second time.
     */
    public void close() {
        pump.close();
    }

    /** Closes it at once. What is unsent is dropped, and the peer of a connection gets a reset if there is any. */
    public void abort() {
        pump.abort();
    }

    /** True once it is closed, being closed, or lost. */
    public boolean isClosing() {
        return pump.isClosing();
    }

    /**
     * Waits until {@code connectionLost} has returned. Throws nothing of what it was told. A cancellation point.
     *
     * @throws IllegalStateException when called by one of its callbacks, which would wait for itself
     */
    public void waitClosed() {
        pump.awaitEnd();
    }

    /** The loop this transport runs on. */
    public EventLoop loop() {
        return pump.engine.loop();
    }
}
