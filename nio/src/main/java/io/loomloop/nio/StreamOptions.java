package io.loomloop.nio;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Settings of connections and servers: {@link #DEFAULT}, and variations of it. Immutable, so safe from any thread.
 *
 * <p>Each {@code with} method returns a copy with one thing changed.
 */
public final class StreamOptions {
    private static final int DEFAULT_LIMIT = 64 << 10;
    private static final int DEFAULT_BACKLOG = 100;
    private static final Duration DEFAULT_CONNECT_DELAY = Duration.ofMillis(250);

    /**
     * A limit of 64 KiB; write marks of 16 KiB and 64 KiB; a backlog of 100; {@code TCP_NODELAY} for connections, and
     * {@code SO_REUSEADDR} for servers except on Windows, where it means something else. Names are looked up by
     * {@link Resolver#SYSTEM} for up to 5 seconds; 250 ms are between attempts to connect, which take as long as the system lets them.
     */
    public static final StreamOptions DEFAULT = new Draft().done();

    private final int limit;
    private final int lowWater;
    private final int highWater;
    private final int backlog;
    private final Map<SocketOption<?>, Object> socketOptions;
    private final int maxConnections;
    private final @Nullable Duration firstByteTimeout;
    private final @Nullable Duration idleTimeout;
    private final @Nullable KeepAlive keepAlive;
    private final boolean reusePort;
    private final boolean startServing;
    private final @Nullable Duration shutdownGrace;
    private final LookUp lookUp;
    private final Duration connectDelay;
    private final @Nullable Duration connectTimeout;
    private final @Nullable InetSocketAddress localAddress;
    private final @Nullable Set<PosixFilePermission> unixPermissions;
    private final @Nullable Tls tls;
    private final LimitPolicy limitPolicy;

    private StreamOptions(Draft draft) {
        this.limit = draft.limit;
        this.lowWater = draft.lowWater;
        this.highWater = draft.highWater;
        this.backlog = draft.backlog;
        this.socketOptions = draft.socketOptions;
        this.maxConnections = draft.maxConnections;
        this.firstByteTimeout = draft.firstByteTimeout;
        this.idleTimeout = draft.idleTimeout;
        this.keepAlive = draft.keepAlive;
        this.reusePort = draft.reusePort;
        this.startServing = draft.startServing;
        this.shutdownGrace = draft.shutdownGrace;
        this.lookUp = draft.lookUp;
        this.connectDelay = draft.connectDelay;
        this.connectTimeout = draft.connectTimeout;
        this.localAddress = draft.localAddress;
        this.unixPermissions = draft.unixPermissions;
        this.tls = draft.tls;
        this.limitPolicy = draft.limitPolicy;
    }

    /** What the next options will be; lives as long as one {@code with} method. */
    private static final class Draft {
        private int limit = DEFAULT_LIMIT;
        private int lowWater = DEFAULT_LIMIT / 4;
        private int highWater = DEFAULT_LIMIT;
        private int backlog = DEFAULT_BACKLOG;
        private Map<SocketOption<?>, Object> socketOptions = Map.of();
        private int maxConnections = Integer.MAX_VALUE;
        private @Nullable Duration firstByteTimeout;
        private @Nullable Duration idleTimeout;
        private @Nullable KeepAlive keepAlive;
        private boolean reusePort;
        private boolean startServing = true;
        private @Nullable Duration shutdownGrace;
        private LookUp lookUp = LookUp.DEFAULT;
        private Duration connectDelay = DEFAULT_CONNECT_DELAY;
        private @Nullable Duration connectTimeout;
        private @Nullable InetSocketAddress localAddress;
        private @Nullable Set<PosixFilePermission> unixPermissions;
        private @Nullable Tls tls;
        private LimitPolicy limitPolicy = LimitPolicy.THROW;

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
        draft.maxConnections = maxConnections;
        draft.firstByteTimeout = firstByteTimeout;
        draft.idleTimeout = idleTimeout;
        draft.keepAlive = keepAlive;
        draft.reusePort = reusePort;
        draft.startServing = startServing;
        draft.shutdownGrace = shutdownGrace;
        draft.lookUp = lookUp;
        draft.connectDelay = connectDelay;
        draft.connectTimeout = connectTimeout;
        draft.localAddress = localAddress;
        draft.unixPermissions = unixPermissions;
        draft.tls = tls;
        draft.limitPolicy = limitPolicy;
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

    /**
     * How many clients a server has at a time, at all its addresses together. With so many it accepts no other until one leaves;
     * those who come meanwhile wait in the backlog, without being served and without an error. A client counts from when it is
     * accepted until its connection is closed, which may take two seconds more than {@link StreamWriter#close}, and its handler has
     * ended. Without this there is no limit but that of the system. Connections that are opened do not count.
     *
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withMaxConnections(int clients) {
        if (clients <= 0) {
            throw new IllegalArgumentException("a number of connections must be positive: " + clients);
        }
        Draft draft = draft();
        draft.maxConnections = clients;
        return draft.done();
    }

    /**
     * How long a client of a server may take from when it is accepted until its first byte arrives. Then the connection is closed,
     * and its reader and writer throw {@link java.net.SocketTimeoutException}. It does not matter whether anybody reads. Connections
     * that are opened have no such deadline.
     *
     * @param time on the clock of the loop; null, as by default, means for ever
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withFirstByteTimeout(@Nullable Duration time) {
        requirePositive(time);
        Draft draft = draft();
        draft.firstByteTimeout = time;
        return draft.done();
    }

    /**
     * How long a connection, accepted or opened, may be without a byte in either direction. Then it is closed, what is unsent is
     * dropped, and its reader and writer throw {@link java.net.SocketTimeoutException}. So this also ends a peer that does not take
     * what was written, even after {@link StreamWriter#close}; and one that waits for an answer which takes longer than that. A peer
     * that sends a byte now and then is not idle: a deadline for all of a request is {@link io.loomloop.Async#timeout}.
     *
     * @param time on the clock of the loop; null, as by default, means for ever
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withIdleTimeout(@Nullable Duration time) {
        requirePositive(time);
        Draft draft = draft();
        draft.idleTimeout = time;
        return draft.done();
    }

    private static void requirePositive(@Nullable Duration time) {
        if (time != null && (time.isNegative() || time.isZero())) {
            throw new IllegalArgumentException("a timeout must be positive, or null for none: " + time);
        }
    }

    /**
     * Whether the system asks a silent peer for a sign of life, {@code SO_KEEPALIVE}, at times of its own, mostly after two hours.
     * Finds peers that are gone without a word; not those who are there and silent, see {@link #withIdleTimeout}. Does nothing for
     * sockets without a network. asyncio's {@code keep_alive}.
     */
    public StreamOptions withKeepAlive(boolean on) {
        Draft draft = draft();
        draft.keepAlive = on ? KeepAlive.ofSystem() : null;
        return draft.done();
    }

    /**
     * As {@link #withKeepAlive(boolean)}, at times of our own, which are rounded up to seconds. A system that does not know such
     * times makes the opening or the start fail with {@link UnsupportedOperationException}.
     *
     * @param idle how long the peer is silent before it is asked
     * @param interval between two questions
     * @param probes how many questions without an answer end the connection
     * @throws IllegalArgumentException when one of them is not positive
     */
    public StreamOptions withKeepAlive(Duration idle, Duration interval, int probes) {
        Draft draft = draft();
        draft.keepAlive = KeepAlive.of(
                Objects.requireNonNull(idle, "idle"), Objects.requireNonNull(interval, "interval"), probes);
        return draft.done();
    }

    /**
     * Whether several servers of the same user, in this program or in others, may listen at the same address, if all of them say so:
     * {@code SO_REUSEPORT}. The system spreads the clients over them. Where it cannot, as on Windows, the start of a server fails
     * with {@link UnsupportedOperationException}. asyncio's {@code reuse_port}.
     */
    public StreamOptions withReusePort(boolean on) {
        Draft draft = draft();
        draft.reusePort = on;
        return draft.done();
    }

    /**
     * Whether a server serves as soon as it is started, as it does by default. One that does not has its addresses, and its clients
     * wait in the backlog until {@link Server#startServing} or {@link Server#serveForever}. asyncio's {@code start_serving}, with
     * which clients are refused before that.
     */
    public StreamOptions withStartServing(boolean atOnce) {
        Draft draft = draft();
        draft.startServing = atOnce;
        return draft.done();
    }

    /**
     * How long the handlers of a server may take to end by themselves when {@link Server#serveForever} is cancelled, see
     * {@link Server#shutdown}.
     *
     * @param time zero for no time; null, as by default, closes their connections at once
     * @throws IllegalArgumentException when negative
     */
    public StreamOptions withShutdownGrace(@Nullable Duration time) {
        if (time != null) {
            requireGrace(time);
        }
        Draft draft = draft();
        draft.shutdownGrace = time;
        return draft.done();
    }

    static void requireGrace(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("a time of grace cannot be negative: " + time);
        }
    }

    /** Who looks up host names: {@link Resolver#SYSTEM} unless told otherwise. Literal addresses are not looked up. */
    public StreamOptions withResolver(Resolver resolver) {
        Draft draft = draft();
        draft.lookUp = lookUp.with(resolver);
        return draft.done();
    }

    /**
     * How long a look-up may take. After that it fails with {@link java.net.SocketTimeoutException}.
     *
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withResolveTimeout(Duration timeout) {
        Draft draft = draft();
        draft.lookUp = lookUp.within(timeout);
        return draft.done();
    }

    /**
     * How long an address of a host has time to answer before the next one is tried as well: asyncio's {@code happy_eyeballs_delay},
     * the Connection Attempt Delay of RFC 8305. Zero tries all addresses at once; a very long one, say a day, each of them only
     * when the one before has failed.
     *
     * @throws IllegalArgumentException when negative
     */
    public StreamOptions withConnectDelay(Duration delay) {
        if (Objects.requireNonNull(delay, "delay").isNegative()) {
            throw new IllegalArgumentException("a delay cannot be negative: " + delay);
        }
        Draft draft = draft();
        draft.connectDelay = delay;
        return draft.done();
    }

    /**
     * How long opening a connection may take in all, from the look-up of the name to the first address that answers. After that it
     * fails with {@link java.net.SocketTimeoutException}. Without it the system decides, which may take minutes.
     *
     * @throws IllegalArgumentException when not positive
     */
    public StreamOptions withConnectTimeout(Duration timeout) {
        Draft draft = draft();
        draft.connectTimeout = LookUp.requirePositive(timeout);
        return draft.done();
    }

    /**
     * Where connections that are opened come from: asyncio's {@code local_addr}. Port 0 stands for any free one. Addresses of the host
     * that are of another family are not tried, unless this is a wildcard address. The system chooses otherwise. Servers and Unix
     * domain sockets do not look at this.
     *
     * @throws IllegalArgumentException when the address is not resolved
     */
    public StreamOptions withLocalAddress(InetSocketAddress address) {
        DatagramEndpoint.requireResolved(Objects.requireNonNull(address, "address"));
        Draft draft = draft();
        draft.localAddress = address;
        return draft.done();
    }

    /**
     * Who may use the file of a server's Unix domain socket: asyncio's {@code mode}. To connect one needs the permission to write. The
     * system's default (umask) holds otherwise, and for a moment after the file was made; what must not be touched in that moment
     * either had better be in a folder of its own.
     *
     * @param permissions for example those of {@link java.nio.file.attribute.PosixFilePermissions#fromString}; a system without them
     *     fails with {@link UnsupportedOperationException} when the server is started
     */
    public StreamOptions withUnixPermissions(Set<PosixFilePermission> permissions) {
        Draft draft = draft();
        draft.unixPermissions = Set.copyOf(Objects.requireNonNull(permissions, "permissions"));
        return draft.done();
    }

    /**
     * Secures connections with TLS: those that are opened, with {@link Tls#client()}, or those of a server, with {@link Tls#server},
     * whose handler begins after the handshake. asyncio's {@code ssl}. The marks of writers count encrypted bytes, and the limit is that
     * of what is read ahead in the clear; as much again may wait encrypted.
     */
    public StreamOptions withTls(Tls settings) {
        Objects.requireNonNull(settings, "settings");
        Draft draft = draft();
        draft.tls = settings;
        return draft.done();
    }

    /** How connections are secured, or null. */
    public @Nullable Tls tls() {
        return tls;
    }

    /** What readers do about a line, or another message up to a separator, that is longer than the limit. */
    public StreamOptions withLimitPolicy(LimitPolicy policy) {
        Objects.requireNonNull(policy, "policy");
        Draft draft = draft();
        draft.limitPolicy = policy;
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

    /** How many clients a server has at a time; {@link Integer#MAX_VALUE} when there is no limit. */
    public int maxConnections() {
        return maxConnections;
    }

    /** How long a client may take for its first byte; null when for ever. */
    public @Nullable Duration firstByteTimeout() {
        return firstByteTimeout;
    }

    /** How long a connection may be idle; null when for ever. */
    public @Nullable Duration idleTimeout() {
        return idleTimeout;
    }

    /** Whether the system asks silent peers for a sign of life. */
    public boolean keepAlive() {
        return keepAlive != null;
    }

    /** Whether several servers may listen at the same address. */
    public boolean reusePort() {
        return reusePort;
    }

    /** Whether a server serves as soon as it is started. */
    public boolean startServing() {
        return startServing;
    }

    /** How long handlers may take when {@link Server#serveForever} is cancelled; null when their connections are closed at once. */
    public @Nullable Duration shutdownGrace() {
        return shutdownGrace;
    }

    /** Who looks up host names. */
    public Resolver resolver() {
        return lookUp.resolver();
    }

    /** How long a look-up may take. */
    public Duration resolveTimeout() {
        return lookUp.timeout();
    }

    /** How long an address has time to answer before the next is tried as well. */
    public Duration connectDelay() {
        return connectDelay;
    }

    /** How long opening a connection may take in all; null, as long as the system lets it. */
    public @Nullable Duration connectTimeout() {
        return connectTimeout;
    }

    /** Where connections that are opened come from; null, wherever the system chooses. */
    public @Nullable InetSocketAddress localAddress() {
        return localAddress;
    }

    /** Who may use the file of a server's Unix domain socket; null, whoever the system's default says. */
    public @Nullable Set<PosixFilePermission> unixPermissions() {
        return unixPermissions;
    }

    LookUp lookUp() {
        return lookUp;
    }

    /** What readers do about what is longer than the limit. */
    public LimitPolicy limitPolicy() {
        return limitPolicy;
    }

    static void requireMarks(int low, int high) {
        if (low < 0 || low > high) {
            throw new IllegalArgumentException("water marks must be 0 <= low <= high: low " + low + ", high " + high);
        }
    }

    /** As {@link #tryOnServer(ChannelOpener, ChannelOpener)}, on the usual sockets. */
    void tryOnServer() throws IOException {
        tryOnServer(ServerSocketChannel::open, SocketChannel::open);
    }

    /** Opens a channel to try options on. */
    interface ChannelOpener {
        NetworkChannel open() throws IOException;
    }

    /** Sets the options on two sockets that nobody needs, to find out now whether the sockets of a server will take them. */
    void tryOnServer(ChannelOpener listeners, ChannelOpener clients) throws IOException {
        if (!socketOptions.isEmpty() || keepAlive != null || reusePort) {
            try (NetworkChannel listener = listeners.open();
                    NetworkChannel client = clients.open()) {
                applyToListener(listener);
                applyToClient(client, listener);
            }
        }
    }

    /** As {@link #tryOnServer(ChannelOpener, ChannelOpener)}, on Unix domain sockets. */
    void tryOnUnixServer() throws IOException {
        if (!socketOptions.isEmpty()) {
            try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
                    SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
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
        if (keepAlive != null) {
            keepAlive.applyTo(channel);
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
        if (reusePort) {
            if (!known.contains(StandardSocketOptions.SO_REUSEPORT)) {
                throw new UnsupportedOperationException(
                        "servers cannot share an address on this system, or not one of this kind: leave withReusePort out");
            }
            channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        }
        reuseAddress(channel);
        for (Map.Entry<SocketOption<?>, Object> option : socketOptions.entrySet()) {
            if (known.contains(option.getKey())) {
                set(channel, option.getKey(), option.getValue());
            }
        }
    }

    /** Sets {@code SO_REUSEADDR}, except on Windows, where it means something else. */
    static void reuseAddress(NetworkChannel channel) throws IOException {
        if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEADDR)
                && !System.getProperty("os.name").startsWith("Windows")) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
        }
    }

    @SuppressWarnings("unchecked") // withSocketOption has checked that the value fits the option
    private static <T> void set(NetworkChannel channel, SocketOption<T> option, Object value) throws IOException {
        channel.setOption(option, (T) value);
    }

    @Override
    public String toString() {
        return "StreamOptions[limit=" + limit + ", lowWater=" + lowWater + ", highWater=" + highWater + ", backlog="
                + backlog + ", socketOptions=" + socketOptions + ", maxConnections=" + maxConnections
                + ", firstByteTimeout=" + firstByteTimeout + ", idleTimeout=" + idleTimeout + ", keepAlive=" + keepAlive
                + ", reusePort=" + reusePort + ", startServing=" + startServing + ", shutdownGrace=" + shutdownGrace
                + ", limitPolicy=" + limitPolicy + (tls == null ? "]" : ", tls=" + tls + "]");
    }
}
