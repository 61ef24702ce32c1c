package io.loomloop.nio;

import java.net.SocketAddress;

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

    /** Sends what was written, then closes. Any thread. */
    void close();

    /** Closes at once. Any thread. */
    void abort();

    /** Waits until the descriptor is free. */
    void awaitReleased();

    SocketAddress localAddress();

    SocketAddress remoteAddress();
}
