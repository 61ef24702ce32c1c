package io.loomloop.nio;

/** A connection of the Internet or at a Unix domain socket, in whichever way it is served. */
interface SocketStream extends ByteSource, ByteSink, ConnectRace.Attempt {
    /** Sets who is told, on any thread, when the descriptor is free. Before {@link #start}. */
    void onReleased(Runnable callback);

    /** Sets the deadlines of a client of a server, which has one more than others. Before {@link #start}. */
    void watchAsClient(StreamOptions options);

    /** Begins to look after a connection that was accepted. On the thread that has accepted it. */
    void start() throws Exception;

    /** As {@link #start}, on any thread. */
    default void startSoon() throws Exception {
        start();
    }

    /** Gives up after a failure; must not throw. On the thread that has accepted it. */
    void fail(Throwable cause);
}
