package io.loomloop.nio;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import org.jspecify.annotations.Nullable;

/** Where the bytes of a {@link StreamWriter} go: to a connection, or into a program. */
interface ByteSink {
    SocketEngine engine();

    /** What is to be sent. */
    SendQueue outbound();

    /** How it ended. */
    Outcome outcome();

    /** True from the first close, abort or failure on. Any thread. */
    boolean isClosing();

    /** True after {@link #writeEof}. */
    boolean isEofAsked();

    /** Ends the output once everything is sent. Loop thread. */
    void writeEof();

    /**
     * Has an end that is asked for, by whomever, wait until {@link #release}: a file is being copied here. Loop thread.
     *
     * @return false when it was asked for before; then nothing is to be released
     */
    default boolean hold() {
        throw new UnsupportedOperationException("files are not copied to " + this);
    }

    /** Ends what {@link #hold} began. Loop thread. */
    default void release() {}

    /** Sends what was written, then closes. Any thread. */
    void close();

    /** Closes at once. Any thread. */
    void abort();

    /** Waits until the descriptor is free. */
    void awaitReleased();

    /** True when the descriptor is free. Who notes a loss after that has to report it, one noted before is reported by this. Any thread. */
    boolean isReleased();

    /** True when nothing is sent any more, though the descriptor may not be free yet. Any thread. */
    boolean isClosed();

    /** Sets who is told, on any thread, when this is closed; at once if it is. What it replaces is not told any more. */
    void onClosed(Runnable callback);

    /** Whom to close in place of this, which carries it: the TLS above a socket, for example. Any thread. */
    default ByteSink top() {
        return this;
    }

    /** Has {@link #top} be another one. */
    default void wrapIn(ByteSink above) {}

    /** The TLS whose sink this is, or null. */
    default @Nullable TlsStream tls() {
        return null;
    }

    /** False when the output cannot end without the input. */
    default boolean canWriteEof() {
        return true;
    }

    /** Changes an option of the socket. Any thread. */
    default <T> void setOption(SocketOption<T> option, T value) throws IOException {
        throw new UnsupportedOperationException("there is no socket with options under " + this);
    }

    /** The value of an option of the socket, or null. Any thread. */
    default <T> @Nullable T option(SocketOption<T> option) throws IOException {
        throw new UnsupportedOperationException("there is no socket with options under " + this);
    }

    SocketAddress localAddress();

    SocketAddress remoteAddress();
}
