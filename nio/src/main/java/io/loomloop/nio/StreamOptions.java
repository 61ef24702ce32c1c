package io.loomloop.nio;

import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Settings of connections and servers: {@link #DEFAULT}, and variations of it. Immutable, so safe from any thread.
 *
 * <p>Each {@code with} method returns a copy with one thing changed.
 */
public final class StreamOptions {
    private static final int DEFAULT_LIMIT = 64 << 10;
    private static final int DEFAULT_BACKLOG = 100;

    /**
     * A limit of 64 KiB; write marks of 16 KiB and 64 KiB; a backlog of 100; {@code TCP_NODELAY} for connections, and
     * {@code SO_REUSEADDR} for servers except on Windows, where it means something else.
     */
    public static final StreamOptions DEFAULT = new Draft().done();

    private final int limit;
    private final int lowWater;
    private final int highWater;
    private final int backlog;
    private final Map<SocketOption<?>, Object> socketOptions;

    private StreamOptions(Draft draft) {
        this.limit = draft.limit;
        this.lowWater = draft.lowWater;
        this.highWater = draft.highWater;
        this.backlog = draft.backlog;
        this.socketOptions = draft.socketOptions;
    }

    /** What the next options will be; lives as long as one {@code with} method. */
    private static final class Draft {
        private int limit = DEFAULT_LIMIT;
        private int lowWater = DEFAULT_LIMIT / 4;
        private int highWater = DEFAULT_LIMIT;
        private int backlog = DEFAULT_BACKLOG;
        private Map<SocketOption<?>, Object> socketOptions = Map.of();

        StreamOptions done() {
            return new StreamOptions(this);
        }
    }

    private Draft draft() {
        Draft draft = new Draft();
        draft.limit = limit;
        draft.lowWater = lowWater;
        draft.highWater = highWater;
        draft.backlog = backlog;
        draft.socketOptions = socketOptions;
        return draft;
    }

    /**
     * The longest line, in bytes without its end, that a reader finds; twice as much is read ahead of the task before the peer has to
     * wait. asyncio's {@code limit}.
     *
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withLimit(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("a limit must be positive: " + bytes);
        }
        Draft draft = draft();
        draft.limit = bytes;
        return draft.done();
    }

    /**
     * The marks between which {@link StreamWriter#drain} waits: with more than {@code high} unsent bytes, until there are no more
     * than {@code low}. asyncio's {@code set_write_buffer_limits}.
     *
     * @throws IllegalArgumentException unless {@code 0 <= low <= high}
     */
    public StreamOptions withWriteBufferLimits(int low, int high) {
        requireMarks(low, high);
        Draft draft = draft();
        draft.lowWater = low;
        draft.highWater = high;
        return draft.done();
    }

    /**
     * How many clients may wait to be accepted; the system may allow fewer.
     *
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withBacklog(int clients) {
        if (clients <= 0) {
            throw new IllegalArgumentException("a backlog must be positive: " + clients);
        }
        Draft draft = draft();
        draft.backlog = clients;
        return draft.done();
    }

    /**
     * An option of the sockets, one of {@link StandardSocketOptions} or {@code jdk.net.ExtendedSocketOptions}. A server sets it on
     * its listening sockets if they know it, and on those of its clients otherwise. An option that neither knows is refused with
     * {@link UnsupportedOperationException}, and a value that is none with {@link IllegalArgumentException}, when the connection is
     * opened or the server started.
     */
    public <T> StreamOptions withSocketOption(SocketOption<T> option, T value) {
        Map<SocketOption<?>, Object> more = new LinkedHashMap<>(socketOptions);
        more.put(Objects.requireNonNull(option, "option"), Objects.requireNonNull(value, "value"));
        Draft draft = draft();
        draft.socketOptions = more;
        return draft.done();
    }

    /** The limit of readers, in bytes. */
    public int limit() {
        return limit;
    }

    /** The low-water mark of writers, in bytes. */
    public int lowWater() {
        return lowWater;
    }

    /** The high-water mark of writers, in bytes. */
    public int highWater() {
        return highWater;
    }

    /** How many clients may wait to be accepted. */
    public int backlog() {
        return backlog;
    }

    static void requireMarks(int low, int high) {
        if (low < 0 || low > high) {
            throw new IllegalArgumentException("water marks must be 0 <= low <= high: low " + low + ", high " + high);
        }
    }

    /** Sets the options on two sockets that nobody needs, to find out now whether the sockets of a server will take them. */
    void tryOnServer() throws IOException {
        if (!socketOptions.isEmpty()) {
            try (ServerSocketChannel listener = ServerSocketChannel.open();
                    SocketChannel client = SocketChannel.open()) {
                applyToListener(listener);
                applyToClient(client, listener);
            }
        }
    }

    /** Sets the options of a connection that is opened. */
    void applyTo(NetworkChannel channel) throws IOException {
        apply(channel, Set.of());
    }

    /** Sets the options of a connection that was accepted, but for those that the listening socket has. */
    void applyToClient(NetworkChannel channel, NetworkChannel listener) throws IOException {
        apply(channel, listener.supportedOptions());
    }

    private void apply(NetworkChannel channel, Set<SocketOption<?>> done) throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        for (Map.Entry<SocketOption<?>, Object> option : socketOptions.entrySet()) {
            if (!done.contains(option.getKey())) {
                set(channel, option.getKey(), option.getValue());
            }
        }
    }

    /** Sets the options that a listening socket knows. */
    void applyToListener(NetworkChannel channel) throws IOException {
        Set<SocketOption<?>> known = channel.supportedOptions();
        if (known.contains(StandardSocketOptions.SO_REUSEADDR)
                && !System.getProperty("os.name").startsWith("Windows")) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
        for (Map.Entry<SocketOption<?>, Object> option : socketOptions.entrySet()) {
            if (known.contains(option.getKey())) {
                set(channel, option.getKey(), option.getValue());
            }
        }
    }

    @SuppressWarnings("unchecked") // withSocketOption has checked that the value fits the option
    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }

    @Override
    public String toString() {
        return "StreamOptions[limit=" + limit + ", lowWater=" + lowWater + ", highWater=" + highWater + ", backlog="
                + backlog + ", socketOptions=" + socketOptions + "]";
    }
}
