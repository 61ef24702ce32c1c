package io.loomloop.nio;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Operations on the JDK's own channels, which stay yours: asyncio's {@code sock_*}, {@code add_reader} and {@code add_writer}. For
 * protocols that need the channel itself; {@link Streams} and {@link DatagramEndpoint} are easier and faster.
 *
 * <p><b>Channels</b> must be in non-blocking mode. An operation tries at once, and when that does not work waits until the channel is
 * ready. It leaves nothing behind: when it has ended, or was cancelled, the channel may be made blocking, closed, or used otherwise.
 * One task at a time may use the input of a channel, and one its output; a second one is refused with
 * {@link IllegalStateException}. A channel that belongs to a stream, a server or a pipe of the loop is refused too.
 *
 * <p><b>Closing</b> is done with the channel's own {@code close}, from any thread. Who waits for the channel then gets a
 * {@link ClosedChannelException}, within a tenth of a second, for the system does not tell. A loop that closes leaves channels
 * open.
 *
 * <p><b>Threads.</b> All methods are for tasks and callbacks of a loop and fail elsewhere with {@link IllegalStateException}. All but
 * {@code addReader}, {@code addWriter} and their opposites are cancellation points. Null is refused with
 * {@link NullPointerException}, a channel in blocking mode with {@link IllegalArgumentException}.
 */
public final class Sockets {
    /** As much as the JDK copies at once: it keeps a direct buffer of the largest size it was ever asked for. */
    private static final int SLICE = 64 << 10;

    private Sockets() {}

    // ---- connections

    /**
     * Connects a channel: asyncio's {@code sock_connect}. One that is cancelled leaves the channel connecting, and another call waits
     * on for the same connection, whatever its address; close the channel to give up.
     *
     * @param address a name is looked up, and the first of its addresses taken
     * @throws IOException when that fails; the JDK has closed the channel then
     * @throws java.nio.channels.AlreadyConnectedException when it is connected
     */
    public static void connect(SocketChannel channel, SocketAddress address) throws IOException {
        Objects.requireNonNull(address, "address");
        SocketEngine engine = begin(channel);
        SocketAddress target = address;
        if (address instanceof InetSocketAddress name && name.isUnresolved()) {
            target = LookUp.DEFAULT
                    .endpoints(engine.loop(), name.getHostString(), name.getPort())
                    .get(0);
            requireNonBlocking(channel);
        }
        try (WatchedSide output = engine.watches().watch(channel).output.claim()) {
            boolean connected = channel.isConnectionPending() ? channel.finishConnect() : channel.connect(target);
            while (!connected) {
                output.await(SelectionKey.OP_CONNECT);
                connected = channel.finishConnect();
            }
        }
    }

    /**
     * Waits for a client: asyncio's {@code sock_accept}. One that is cancelled has accepted nobody.
     *
     * @return a channel in non-blocking mode, which is yours to close
     */
    public static SocketChannel accept(ServerSocketChannel channel) throws IOException {
        SocketEngine engine = begin(channel);
        try (WatchedSide input = engine.watches().watch(channel).input.claim()) {
            SocketChannel client = channel.accept();
            while (client == null) {
                input.await(SelectionKey.OP_ACCEPT);
                client = channel.accept();
            }
            try {
                client.configureBlocking(false);
            } catch (Throwable failure) {
                Poller.closeQuietly(client);
                throw failure;
            }
            return client;
        }
    }

    // ---- bytes

    /**
     * Waits for bytes and puts them into a buffer: asyncio's {@code sock_recv_into}. For a {@link SocketChannel}, or the source of a
     * {@link java.nio.channels.Pipe}. One that is cancelled has taken nothing.
     *
     * @return how many, up to what remains in the buffer, and 0 only if nothing does; -1 at the end of the stream
     */
    public static <C extends SelectableChannel & ReadableByteChannel> int receive(C channel, ByteBuffer buffer)
            throws IOException {
        Objects.requireNonNull(buffer, "buffer");
        SocketEngine engine = begin(requireStream(channel));
        try (WatchedSide input = engine.watches().watch(channel).input.claim()) {
            int count = read(channel, buffer);
            while (count == 0 && buffer.hasRemaining()) {
                input.await(SelectionKey.OP_READ);
                count = read(channel, buffer);
            }
            return count;
        }
    }

    /**
     * Waits for bytes: asyncio's {@code sock_recv}. As {@link #receive(SelectableChannel, ByteBuffer)} otherwise.
     *
     * @param max how many at the most; 0 returns an empty array at once
     * @return at least one byte, or an empty array at the end of the stream
     * @throws IllegalArgumentException when {@code max} is negative
     */
    public static <C extends SelectableChannel & ReadableByteChannel> byte[] receive(C channel, int max)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(requireSize(max), SLICE));
        receive(channel, buffer);
        return bytes(buffer);
    }

    private static int read(ReadableByteChannel channel, ByteBuffer buffer) throws IOException {
        int end = buffer.limit();
        buffer.limit(Math.min(end, buffer.position() + SLICE));
        try {
            return channel.read(buffer);
        } finally {
            buffer.limit(end);
        }
    }

    /**
     * Sends all that remains in the buffers, one after another: asyncio's {@code sock_sendall}. For a {@link SocketChannel}, or the
     * sink of a {@link java.nio.channels.Pipe}. When this is cancelled or fails, the buffers say what was sent. Their contents must
     * not change meanwhile.
     */
    public static <C extends SelectableChannel & WritableByteChannel> void sendAll(C channel, ByteBuffer... buffers)
            throws IOException {
        ByteBuffer[] all = Objects.requireNonNull(buffers, "buffers").clone();
        for (ByteBuffer buffer : all) {
            Objects.requireNonNull(buffer, "buffer");
        }
        SocketEngine engine = begin(requireStream(channel));
        try (WatchedSide output = engine.watches().watch(channel).output.claim()) {
            for (ByteBuffer buffer : all) {
                while (buffer.hasRemaining()) {
                    if (write(channel, buffer) == 0) {
                        output.await(SelectionKey.OP_WRITE);
                    } else {
                        engine.watches().letOthersRun();
                    }
                }
            }
        }
    }

    /** As {@link #sendAll(SelectableChannel, ByteBuffer...)}, for an array; one that is cancelled does not say what was sent. */
    public static <C extends SelectableChannel & WritableByteChannel> void sendAll(C channel, byte[] data)
            throws IOException {
        sendAll(channel, ByteBuffer.wrap(Objects.requireNonNull(data, "data")));
    }

    private static int write(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
        int end = buffer.limit();
        buffer.limit(Math.min(end, buffer.position() + SLICE));
        try {
            return channel.write(buffer);
        } finally {
            buffer.limit(end);
        }
    }

    // ---- datagrams

    /**
     * Waits for a datagram and puts it into a buffer: asyncio's {@code sock_recvfrom_into}. What does not fit is lost. One that is
     * cancelled has taken nothing.
     *
     * @return the sender
     * @throws java.net.PortUnreachableException when a datagram that was sent met a closed port; the channel goes on
     */
    public static SocketAddress receiveFrom(DatagramChannel channel, ByteBuffer buffer) throws IOException {
        Objects.requireNonNull(buffer, "buffer");
        SocketEngine engine = begin(channel);
        try (WatchedSide input = engine.watches().watch(channel).input.claim()) {
            SocketAddress sender = channel.receive(buffer);
            while (sender == null) {
                input.await(SelectionKey.OP_READ);
                sender = channel.receive(buffer);
            }
            return sender;
        }
    }

    /**
     * Waits for a datagram: asyncio's {@code sock_recvfrom}. As {@link #receiveFrom(DatagramChannel, ByteBuffer)} otherwise.
     *
     * @param max how many bytes at the most; the rest is lost
     * @throws IllegalArgumentException when {@code max} is negative
     */
    public static Datagram receiveFrom(DatagramChannel channel, int max) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(requireSize(max), SLICE));
        InetSocketAddress sender = (InetSocketAddress) receiveFrom(channel, buffer);
        return new Datagram(bytes(buffer), sender);
    }

    /**
     * Sends a datagram: asyncio's {@code sock_sendto}. One that is cancelled has sent nothing.
     *
     * @param data what remains in it; an empty one is tried once, and refused for a channel that is connected, because the JDK does
     *     not send it and does not say so
     * @return how many bytes
     * @throws IllegalArgumentException when the address is not resolved
     * @throws IOException when the system refuses, for example because it is too long; the channel goes on
     */
    public static int sendTo(DatagramChannel channel, ByteBuffer data, SocketAddress to) throws IOException {
        Objects.requireNonNull(data, "data");
        if (Objects.requireNonNull(to, "to") instanceof InetSocketAddress internet) {
            DatagramEndpoint.requireResolved(internet);
        }
        SocketEngine engine = begin(channel);
        boolean empty = !data.hasRemaining();
        if (empty && channel.isConnected()) {
            throw new UnsupportedOperationException(
                    "the JDK cannot send an empty datagram on a connected channel: use one that is bound");
        }
        try (WatchedSide output = engine.watches().watch(channel).output.claim()) {
            int sent = channel.send(data, to);
            while (sent == 0 && !empty) {
                output.await(SelectionKey.OP_WRITE);
                sent = channel.send(data, to);
            }
            return sent;
        }
    }

    /** As {@link #sendTo(DatagramChannel, ByteBuffer, SocketAddress)}, for an array. */
    public static int sendTo(DatagramChannel channel, byte[] data, SocketAddress to) throws IOException {
        return sendTo(channel, ByteBuffer.wrap(Objects.requireNonNull(data, "data")), to);
    }

    // ---- files

    /**
     * Sends a part of a file, without copying it where the system can do that: asyncio's {@code sock_sendfile}. The file is read by
     * the loop's workers. Nobody else may use the channel's output meanwhile.
     *
     * <p>The file's position is where sending has begun, plus what was sent, when this ends in whatever way: so it says how far one
     * came that was cancelled or failed. A cancelled one ends when the system has taken what it is given just then.
     *
     * @param offset where to begin
     * @param count how many bytes at the most; {@link Long#MAX_VALUE} for all to the end of the file
     * @return how many bytes were sent: fewer than {@code count} only if the file ends
     * @throws IllegalArgumentException when {@code offset} or {@code count} is negative
     * @throws java.nio.channels.NonReadableChannelException when the file was not opened to be read
     */
    public static <C extends SelectableChannel & WritableByteChannel> long sendFile(
            C channel, FileChannel file, long offset, long count) throws IOException {
        Objects.requireNonNull(file, "file");
        FileSending.requirePart(offset, count);
        SocketEngine engine = begin(requireStream(channel));
        try (WatchedSide output = engine.watches().watch(channel).output.claim()) {
            return FileSending.send(file, offset, count, channel, sent -> {
                if (sent == 0) {
                    output.await(SelectionKey.OP_WRITE);
                }
            });
        }
    }

    /** As {@link #sendFile(SelectableChannel, FileChannel, long, long)}, for what follows the file's position. */
    public static <C extends SelectableChannel & WritableByteChannel> long sendFile(C channel, FileChannel file)
            throws IOException {
        Objects.requireNonNull(file, "file");
        return sendFile(channel, file, OffLoop.finish(() -> file.position()), Long.MAX_VALUE);
    }

    /** As {@link #sendFile(SelectableChannel, FileChannel, long, long)}, for a file that is opened for it. */
    public static <C extends SelectableChannel & WritableByteChannel> long sendFile(
            C channel, Path path, long offset, long count) throws IOException {
        Objects.requireNonNull(channel, "channel");
        FileSending.requirePart(offset, count);
        return FileSending.withFile(path, file -> sendFile(channel, file, offset, count));
    }

    /** As {@link #sendFile(SelectableChannel, FileChannel, long, long)}, for a whole file. */
    public static <C extends SelectableChannel & WritableByteChannel> long sendFile(C channel, Path path)
            throws IOException {
        return sendFile(channel, path, 0, Long.MAX_VALUE);
    }

    // ---- callbacks

    /**
     * Has the loop call back whenever there is something to read from a channel, or to accept: asyncio's {@code add_reader}. It takes
     * the place of the callback that was there; one that was on its way is not called any more. As long as there is something to
     * read it is called again, once it has returned, in turn with everything else on the loop.
     *
     * <p>The callback is one like those of {@link EventLoop#callSoon}, in a context of its own. What it throws goes to the exception
     * handler, and it is called on. It ends with {@link #removeReader}, silently when the channel is closed, and with the loop.
     * Remove it before the channel is made blocking.
     *
     * @param channel any that can be selected for reading or accepting
     * @throws IllegalArgumentException when there is nothing to read from such a channel
     * @throws IllegalStateException when a task is receiving from the channel, or it belongs to a stream
     */
    public static void addReader(SelectableChannel channel, Runnable callback) throws IOException {
        Objects.requireNonNull(callback, "callback");
        SocketEngine engine = check(channel);
        if ((channel.validOps() & (SelectionKey.OP_READ | SelectionKey.OP_ACCEPT)) == 0) {
            throw new IllegalArgumentException("nothing can be read from " + channel);
        }
        engine.watches().watch(channel).input.install(callback);
    }

    /**
     * As {@link #addReader}, whenever a channel takes something to write, or is connected: asyncio's {@code add_writer}.
     *
     * @throws IllegalArgumentException when nothing can be written to such a channel
     */
    public static void addWriter(SelectableChannel channel, Runnable callback) throws IOException {
        Objects.requireNonNull(callback, "callback");
        SocketEngine engine = check(channel);
        if ((channel.validOps() & (SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)) == 0) {
            throw new IllegalArgumentException("nothing can be written to " + channel);
        }
        engine.watches().watch(channel).output.install(callback);
    }

    /**
     * The opposite of {@link #addReader}; one that is on its way is not called any more: asyncio's {@code remove_reader}. The channel
     * may be closed already.
     *
     * @return false when there was none
     */
    public static boolean removeReader(SelectableChannel channel) throws IOException {
        ChannelWatch watch = watchOf(channel);
        return watch != null && watch.input.remove();
    }

    /** The opposite of {@link #addWriter}, as {@link #removeReader} is of {@link #addReader}. */
    public static boolean removeWriter(SelectableChannel channel) throws IOException {
        ChannelWatch watch = watchOf(channel);
        return watch != null && watch.output.remove();
    }

    // ---- steps

    private static @Nullable ChannelWatch watchOf(SelectableChannel channel) throws IOException {
        Objects.requireNonNull(channel, "channel");
        return SocketEngine.of(EventLoop.current()).watches().find(channel);
    }

    private static SocketEngine begin(SelectableChannel channel) throws IOException {
        SocketEngine engine = check(channel);
        engine.checkpoint();
        engine.watches().letOthersRun();
        requireNonBlocking(channel);
        return engine;
    }

    private static SocketEngine check(SelectableChannel channel) throws IOException {
        Objects.requireNonNull(channel, "channel");
        SocketEngine engine = SocketEngine.of(EventLoop.current());
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        requireNonBlocking(channel);
        return engine;
    }

    static void requireNonBlocking(SelectableChannel channel) {
        if (channel.isBlocking() && channel.isOpen()) {
            throw new IllegalArgumentException(
                    "this channel is in blocking mode, call configureBlocking(false) first: " + channel);
        }
    }

    private static <C extends SelectableChannel> C requireStream(C channel) {
        if (channel instanceof DatagramChannel) {
            throw new IllegalArgumentException("datagrams are no stream: use receiveFrom and sendTo: " + channel);
        }
        return channel;
    }

    private static int requireSize(int max) {
        if (max < 0) {
            throw new IllegalArgumentException("a number of bytes cannot be negative: " + max);
        }
        return max;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.flip().remaining()];
        buffer.get(bytes);
        return bytes;
    }
}
