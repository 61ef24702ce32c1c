package io.loomloop.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Objects;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A connection as its {@link Protocol} sees it: asyncio's {@code Transport}.
 *
 * <p><b>Writing</b> never waits: what the system does not take at once is kept and sent in the background. Above the high-water mark the
 * protocol is told to pause. Writes to a connection that is closed, or lost, are dropped, with a warning in the log from the
 * fifth on.
 *
 * <p><b>Threads.</b> {@link #close}, {@link #abort}, {@link #waitClosed} and what asks for something may be called from any thread;
 * the other methods belong to the loop and fail elsewhere with {@link IllegalStateException}. None but {@link #waitClosed} and
 * {@link #upgradeToTls} waits.
 */
public final class Transport extends BaseTransport<Protocol> {
    private final TransportPump pump;
    private final StreamWriter writer;

    Transport(TransportPump pump, StreamWriter writer) {
        super(pump);
        this.pump = pump;
        this.writer = writer;
    }

    // ---- writing

    /**
     * Writes bytes. The array may be used again at once.
     *
     * @throws IllegalStateException after {@link #writeEof}, or off the loop
     */
    public void write(byte[] data) {
        writer.write(data);
        pump.pauseIfDue();
    }

    /**
     * As {@link #write(byte[])}, for a part of an array.
     *
     * @throws IndexOutOfBoundsException when there is no such part
     */
    public void write(byte[] data, int offset, int length) {
        writer.write(data, offset, length);
        pump.pauseIfDue();
    }

    /** As {@link #write(byte[])}, for what remains in a buffer, which is empty afterwards. */
    public void write(ByteBuffer data) {
        writer.write(data);
        pump.pauseIfDue();
    }

    /** As {@link #write(byte[])}, for text in UTF-8. */
    public void write(String text) {
        writer.write(text);
        pump.pauseIfDue();
    }

    /** Writes several arrays one after another: asyncio's {@code writelines}. Adds no line ends. Small ones are sent together. */
    public void writeLines(Iterable<byte[]> pieces) {
        writer.writeLines(pieces);
        pump.pauseIfDue();
    }

    /** Ends the output once everything written is sent; the peer can still be heard. Does nothing the second time, or when closed. */
    public void writeEof() {
        writer.writeEof();
    }

    /** False when {@link #writeEof} is not possible, because the output of this kind of connection cannot end without its input. */
    public boolean canWriteEof() {
        return writer.canWriteEof();
    }

    // ---- reading

    /**
     * Receives nothing until {@link #resumeReading}; when twice the limit of {@link StreamOptions#withLimit} has arrived, the peer has to
     * wait. Does nothing the second time, or when closed.
     */
    public void pauseReading() {
        pump.setReading(false);
    }

    /** The opposite of {@link #pauseReading}. Does nothing when it is not paused. */
    public void resumeReading() {
        pump.setReading(true);
    }

    /** True unless reading is paused, the peer has ended, or the connection is closed. */
    public boolean isReading() {
        return pump.isReading();
    }

    // ---- TLS

    /**
     * Secures this connection: asyncio's {@code loop.start_tls}. What was written before is sent before, and nothing is received
     * meanwhile. The protocol stays, {@link Protocol#connectionMade} is not called again: what it receives from here on is secured. May
     * be called in a callback, which then lasts until the handshake is done, or by any other task. A cancellation point. Waits, as long
     * as a handshake may take.
     *
     * <p>A client checks the certificate against the name that was connected to, unless its settings have another. A handshake that
     * fails or is cancelled closes the connection, of which {@link Protocol#connectionLost} is told.
     *
     * @return the secured connection. This transport cannot write any more; what it closes and pauses is the secured connection
     * @throws javax.net.ssl.SSLException when the handshake fails; or when bytes have arrived that the protocol has not got, see
     *     {@link Tls#withBufferedBytes}: then nothing has happened yet, and the connection should be closed
     * @throws IOException when the connection is closed or lost
     * @throws IllegalArgumentException when a client does not know to whom it talks, as it lacks {@link Tls#withServerName}
     * @throws IllegalStateException after {@link #writeEof}, or when this was upgraded before or is just being upgraded
     */
    public Transport upgradeToTls(Tls tls) throws IOException {
        return pump.upgradeToTls(writer, Objects.requireNonNull(tls, "tls"));
    }

    // ---- asking: get_extra_info

    /** The address of the peer: asyncio's {@code peername}. It can still be asked for when the connection is closed. */
    public SocketAddress remoteAddress() {
        return writer.remoteAddress();
    }

    /** The address of this end: asyncio's {@code sockname}. It can still be asked for when the connection is closed. */
    public SocketAddress localAddress() {
        return writer.localAddress();
    }

    /** As {@link StreamWriter#sslSession}. */
    public @Nullable SSLSession sslSession() {
        return writer.sslSession();
    }

    /** As {@link StreamWriter#setOption}. */
    public <T> void setOption(SocketOption<T> option, T value) throws IOException {
        writer.setOption(option, value);
    }

    /** As {@link StreamWriter#option}. */
    public <T> @Nullable T option(SocketOption<T> option) throws IOException {
        return writer.option(option);
    }

    @Override
    public String toString() {
        return "Transport[" + writer.sink() + (pump.isPaused() ? ", paused]" : "]");
    }
}
