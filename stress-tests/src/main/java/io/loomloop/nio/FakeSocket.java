package io.loomloop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/** A connected channel without a system behind it: takes bytes, one by one, while it has room, and keeps them. */
final class FakeSocket extends SocketChannel {
    private static final SocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    /** What was written, the first byte in front: read as digits. */
    volatile int written;

    /** How many bytes it takes at a time. */
    volatile int room = Integer.MAX_VALUE;

    /** True once somebody has found somebody else in a write, or has written after the end. */
    volatile boolean misused;

    private volatile boolean busy;
    private volatile boolean ended;

    FakeSocket() {
        super(SelectorProvider.provider());
    }

    /** The output has ended. */
    void end() {
        misused |= busy;
        ended = true;
    }

    @Override
    public int write(ByteBuffer data) {
        misused |= busy || ended;
        busy = true;
        int count = Math.min(data.remaining(), room);
        for (int i = 0; i < count; i++) {
            written = written * 10 + data.get();
        }
        misused |= ended;
        busy = false;
        return count;
    }

    @Override
    public long write(ByteBuffer[] pieces, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int read(ByteBuffer buffer) {
        return -1;
    }

    @Override
    public long read(ByteBuffer[] buffers, int offset, int length) {
        return -1;
    }

    @Override
    public SocketChannel bind(SocketAddress local) {
        return this;
    }

    @Override
    public <T> SocketChannel setOption(SocketOption<T> name, T value) {
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public SocketChannel shutdownInput() {
        return this;
    }

    @Override
    public SocketChannel shutdownOutput() {
        return this;
    }

    @Override
    public Socket socket() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isConnectionPending() {
        return false;
    }

    @Override
    public boolean connect(SocketAddress remote) {
        return true;
    }

    @Override
    public boolean finishConnect() {
        return true;
    }

    @Override
    public SocketAddress getRemoteAddress() {
        return ADDRESS;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return ADDRESS;
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {}

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {}
}
