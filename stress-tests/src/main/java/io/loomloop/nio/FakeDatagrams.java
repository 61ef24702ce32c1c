package io.loomloop.nio;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A datagram channel without a system behind it, at which one empty datagram has arrived. */
final class FakeDatagrams extends DatagramChannel {
    private static final SocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    // the I/O actor only
    private boolean received;

    FakeDatagrams() {
        super(SelectorProvider.provider());
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer buffer) {
        if (received) {
            return null;
        }
        received = true;
        return ADDRESS;
    }

    @Override
    public DatagramChannel bind(SocketAddress local) {
        return this;
    }

    @Override
    public <T> DatagramChannel setOption(SocketOption<T> name, T value) {
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
    public DatagramSocket socket() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isConnected() {
        return false;
    }

    @Override
    public DatagramChannel connect(SocketAddress remote) {
        return this;
    }

    @Override
    public DatagramChannel disconnect() {
        return this;
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
    public int send(ByteBuffer data, SocketAddress target) {
        return 0;
    }

    @Override
    public int read(ByteBuffer buffer) {
        return 0;
    }

    @Override
    public long read(ByteBuffer[] buffers, int offset, int length) {
        return 0;
    }

    @Override
    public int write(ByteBuffer data) {
        return 0;
    }

    @Override
    public long write(ByteBuffer[] pieces, int offset, int length) {
        return 0;
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface where) {
        throw new UnsupportedOperationException();
    }

    @Override
    public MembershipKey join(InetAddress group, NetworkInterface where, InetAddress source) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {}

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {}
}
