package io.loomloop.nio;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The file of a server's Unix domain socket, and the socket. All of it may touch a disk, so it is done by workers, and at the end by
 * whoever closes the loop.
 *
 * <p>The file is removed while the socket still listens: another server that finds it then sees that somebody does, and does not take the
 * path over between our look at the file and its removal.
 */
final class UnixFile {
    private static final int KIND = 0170000;
    private static final int SOCKET = 0140000;

    /** Held while a path is looked at and taken, so that of the servers of this JVM one gets it. Workers only. */
    private static final ReentrantLock TAKING = new ReentrantLock();

    private final ServerSocketChannel channel;
    private final Path path;
    private final @Nullable Identity ours;
    // any thread, CAS
    private final AtomicBoolean removed = new AtomicBoolean();

    /** Tells a file from one that came after it at the same path, with the same number on the disk even. */
    private record Identity(@Nullable Object key, FileTime made) {
        static @Nullable Identity of(Path path) throws IOException {
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return new Identity(attributes.fileKey(), attributes.creationTime());
            } catch (NoSuchFileException e) {
                return null;
            }
        }
    }

    private UnixFile(ServerSocketChannel channel, Path path) throws IOException {
        this.channel = channel;
        this.path = path;
        this.ours = Identity.of(path);
    }

    /** The listening socket, in non-blocking mode. */
    ServerSocketChannel channel() {
        return channel;
    }

    // ---- the beginning

    /** Takes a path: removes what a server has left behind there, and binds a socket. */
    static UnixFile bind(UnixDomainSocketAddress address, StreamOptions options) throws IOException {
        TAKING.lock();
        try {
            removeLeftBehind(address);
            return make(address, options);
        } finally {
            TAKING.unlock();
        }
    }

    private static UnixFile make(UnixDomainSocketAddress address, StreamOptions options) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        UnixFile file;
        try {
            channel.configureBlocking(false);
            options.applyToListener(channel);
            channel.bind(address, options.backlog());
            file = new UnixFile(channel, address.getPath());
        } catch (IOException e) {
            Poller.closeQuietly(channel);
            throw Streams.explain(e, address);
        } catch (Throwable failure) {
            Poller.closeQuietly(channel);
            throw failure;
        }
        try {
            if (options.unixPermissions() != null) {
                Files.setPosixFilePermissions(address.getPath(), options.unixPermissions());
            }
            return file;
        } catch (Throwable failure) {
            file.discard();
            throw failure;
        }
    }

    private static void removeLeftBehind(UnixDomainSocketAddress address) throws IOException {
        Path path = address.getPath();
        Identity found = Identity.of(path);
        if (found == null) {
            return;
        }
        if (!isSocket(path)) {
            throw new BindException("there is a file that is no socket, remove it or choose another path: " + path);
        }
        if (isAlive(address)) {
            throw new BindException("somebody listens there already: " + path);
        }
        if (found.equals(Identity.of(path))) {
            Files.deleteIfExists(path);
        }
    }

    private static boolean isSocket(Path path) throws IOException {
        if (path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            return ((Integer) mode & KIND) == SOCKET;
        }
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther();
    }

    /** Whoever refuses is not there any more; whoever has no room is, and after any other failure nobody knows. */
    private static boolean isAlive(UnixDomainSocketAddress address) throws IOException {
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.configureBlocking(false);
            probe.connect(address);
            return true;
        } catch (ConnectException e) {
            return false;
        } catch (IOException e) {
            BindException told =
                    new BindException("there is a socket, and no way to find out whether somebody listens ("
                            + e.getMessage() + "): " + address);
            told.initCause(e);
            throw told;
        }
    }

    // ---- the end

    /** Has a worker remove the file, and do something after that. Any thread. */
    @SuppressWarnings("FutureReturnValueIgnored") // neither of both throws; if the loop closes, it does both itself
    void removeSoon(EventLoop loop, Runnable next) {
        try {
            loop.runInExecutor(() -> {
                remove();
                next.run();
            });
        } catch (RejectedExecutionException | LoopClosedException e) {
            remove();
            next.run();
        }
    }

    /** Removes the file if it is still ours. One that cannot be removed is left behind for the next server. Any thread. */
    void remove() {
        if (removed.compareAndSet(false, true)) {
            try {
                if (ours != null && ours.equals(Identity.of(path))) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException e) {
                // Not logged: this may be the raw loop thread.
            }
        }
    }

    /** Removes the file and closes the socket. */
    void discard() {
        remove();
        Poller.closeQuietly(channel);
    }
}
