package io.loomloop.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An asynchronous channel without a system behind it: what is under way is completed by the actor that plays the completions. */
final class FakeConnection extends AsynchronousSocketChannel {
    private static final SocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);

    /** What was written, the first byte in front: read as digits. */
    volatile int written;

    /** True once something was begun while another one was under way. */
    volatile boolean misused;

    /** How often the output was ended. */
    final AtomicInteger ends = new AtomicInteger();

    /** How often this was closed. */
    final AtomicInteger closes = new AtomicInteger();

    // whoever begins something sets, the completing actor clears
    private final AtomicReference<@Nullable Runnable> connect = new AtomicReference<>();
    private final AtomicReference<@Nullable Reading> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable Runnable> writing = new AtomicReference<>();

    /** What a read does with as many bytes as have come. */
    private interface Reading {
        void complete(int count);
    }

    FakeConnection() {
        super(AsynchronousChannelProvider.provider());
    }

    /** A connection over this that lives, and reads. */
    CompletionSocket open(SocketEngine engine) {
        try {
            CompletionSocket socket = new CompletionSocket(engine, this, StreamOptions.DEFAULT);
            socket.start();
            return socket;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- the completing actor

    void completeConnect() {
        take(connect).run();
    }

    /** So many bytes have come; -1 is the end. */
    void completeRead(int count) {
        take(reading).complete(count);
    }

    /** The system has taken all of the write that is under way. */
    void completeWrite() {
        take(writing).run();
    }

    /** Completes the writes that are under way, and those which follow. */
    void completeWrites() {
        while (writing.get() != null) {
            completeWrite();
        }
    }

    boolean isReading() {
        return reading.get() != null;
    }

    private static <T> T take(AtomicReference<@Nullable T> underWay) {
        return Objects.requireNonNull(underWay.getAndSet(null));
    }

    private <T> void begin(AtomicReference<@Nullable T> underWay, T next) {
        if (underWay.getAndSet(next) != null) {
            misused = true;
        }
    }

    // ---- the channel

    @Override
    public <A> void connect(SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
        begin(connect, () -> completeNothing(handler, attachment));
    }

    @SuppressWarnings("NullAway") // there is no other Void
    private static <A> void completeNothing(CompletionHandler<Void, ? super A> handler, A attachment) {
        handler.completed(null, attachment);
    }

    @Override
    public <A> void read(
            ByteBuffer into, long timeout, TimeUnit unit, A attachment, CompletionHandler<Integer, ? super A> handler) {
        begin(reading, count -> {
            into.position(Math.max(0, count));
            handler.completed(count, attachment);
        });
    }

    @Override
    public <A> void write(
            ByteBuffer[] pieces,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        begin(writing, () -> {
            long count = 0;
            for (ByteBuffer piece : pieces) {
                for (; piece.hasRemaining(); count++) {
                    written = written * 10 + piece.get();
                }
            }
            handler.completed(count, attachment);
        });
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() {
        ends.incrementAndGet();
        return this;
    }

    @Override
    public void close() {
        closes.incrementAndGet();
    }

    @Override
    public boolean isOpen() {
        return closes.get() == 0;
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
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    // ---- what is not used

    @Override
    public AsynchronousSocketChannel bind(SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public AsynchronousSocketChannel shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> connect(SocketAddress remote) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Integer> read(ByteBuffer into) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void read(
            ByteBuffer[] into,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Integer> write(ByteBuffer piece) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void write(
            ByteBuffer piece,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        throw new UnsupportedOperationException();
    }
}
