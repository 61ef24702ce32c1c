package io.loomloop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An asynchronous listening channel without a system behind it, and the server that listens there. */
final class FakeListening extends AsynchronousServerSocketChannel {
    private static final SocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    /** True once an accept was begun while another one was under way. */
    volatile boolean misused;

    private final SocketEngine engine = FakeCompletions.engine();
    // whoever begins an accept sets, the completing actor clears
    private final AtomicReference<@Nullable Accept> accepting = new AtomicReference<>();
    private @Nullable CompletionListener listener;
    private volatile boolean closed;

    /** An accept that is under way: comes to a client or to a failure. */
    private interface Accept {
        void complete(@Nullable AsynchronousSocketChannel client, @Nullable Throwable failure);
    }

    FakeListening() {
        super(AsynchronousChannelProvider.provider());
    }

    /** A server that listens here and accepts. */
    Server serve(int maxConnections) {
        StreamOptions options = StreamOptions.DEFAULT.withMaxConnections(maxConnections);
        Servers servers = new Servers(options, false);
        Server server = new Server(engine, (reader, writer) -> {}, options, servers);
        servers.set(List.of(server));
        try {
            servers.add(List.of(this), channel -> listener = new CompletionListener(engine, server, channel));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        servers.begin();
        return server;
    }

    CompletionListener listener() {
        return Objects.requireNonNull(listener);
    }

    boolean isAccepting() {
        return accepting.get() != null;
    }

    // ---- the completing actor

    void complete(AsynchronousSocketChannel client) {
        Objects.requireNonNull(accepting.getAndSet(null)).complete(client, null);
    }

    void fail(Throwable failure) {
        Objects.requireNonNull(accepting.getAndSet(null)).complete(null, failure);
    }

    // ---- the channel

    @Override
    public <A> void accept(A attachment, CompletionHandler<AsynchronousSocketChannel, ? super A> handler) {
        Accept next = (client, failure) -> {
            if (client != null) {
                handler.completed(client, attachment);
            } else {
                handler.failed(Objects.requireNonNull(failure), attachment);
            }
        };
        if (accepting.getAndSet(next) != null) {
            misused = true;
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public SocketAddress getLocalAddress() {
        return ADDRESS;
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    // ---- what is not used

    @Override
    public Future<AsynchronousSocketChannel> accept() {
        throw new UnsupportedOperationException();
    }

    @Override
    public AsynchronousServerSocketChannel bind(SocketAddress local, int backlog) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> AsynchronousServerSocketChannel setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }
}
