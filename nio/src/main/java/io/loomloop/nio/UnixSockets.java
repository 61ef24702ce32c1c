package io.loomloop.nio;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Opens connections and servers at Unix domain sockets. */
final class UnixSockets {
    private static final Duration FIRST_PAUSE = Duration.ofMillis(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(64);

    private UnixSockets() {}

    static UnixDomainSocketAddress address(Path path) {
        if (Objects.requireNonNull(path, "path").toString().isEmpty()) {
            throw new IllegalArgumentException("the path of a socket cannot be empty");
        }
        return UnixDomainSocketAddress.of(path);
    }

    // ---- clients

    /** Connects. A server without room refuses at once and says nothing when it has room, so this asks again and again. */
    static StreamSocket connect(SocketEngine engine, UnixDomainSocketAddress address, StreamOptions options)
            throws IOException {
        EventLoop loop = engine.loop();
        long begin = loop.time();
        Duration pause = FIRST_PAUSE;
        for (; ; ) {
            Duration left = Connecting.left(loop, begin, options.connectTimeout());
            if (left != null && !left.isPositive()) {
                throw new SocketTimeoutException("no answer in time from " + address);
            }
            try {
                return new ConnectRace<StreamSocket>(
                                loop,
                                List.of(address),
                                options.connectDelay(),
                                (to, whenSettled) -> begin(engine, to, options, whenSettled))
                        .run(left);
            } catch (SocketException e) {
                if (!isOutOfRoom(e)) {
                    throw e;
                }
                Async.sleep(left != null && left.compareTo(pause) < 0 ? left : pause);
                pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : pause;
            }
        }
    }

    /** True when a server has as many clients waiting as it wants, so it is there. */
    static boolean isOutOfRoom(IOException failure) {
        return failure.getMessage() != null && failure.getMessage().contains("temporarily unavailable");
    }

    private static StreamSocket begin(
            SocketEngine engine, SocketAddress address, StreamOptions options, Runnable whenSettled)
            throws IOException {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            channel.configureBlocking(false);
            options.applyTo(channel);
            channel.connect(address);
            StreamSocket socket = new StreamSocket(engine, channel, options);
            socket.start(whenSettled);
            return socket;
        } catch (Throwable failure) {
            Poller.closeQuietly(channel);
            throw failure;
        }
    }

    // ---- servers

    /** {@link Server#begin} follows. */
    static Server listen(Server server, UnixDomainSocketAddress address, StreamOptions options) throws IOException {
        UnixFile file = OffLoop.finish(() -> UnixFile.bind(address, options), UnixFile::discard);
        try {
            server.take(file);
            return server;
        } catch (Throwable failure) {
            file.discard();
            throw failure;
        }
    }
}
