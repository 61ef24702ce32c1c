package io.loomloop.nio;

/**
 * What happens on one connection, as callbacks: asyncio's {@code Protocol}. {@link Transports} connects and serves protocols; for most
 * programs the streams of {@link Streams} are simpler.
 *
 * <p><b>Order.</b> {@link #connectionMade} once, {@link #dataReceived} any number of times, {@link #eofReceived} at most once,
 * {@link #connectionLost} exactly once. {@link #pauseWriting} and {@link #resumeWriting} take turns in between.
 *
 * <p><b>Threads.</b> Callbacks run on the loop in the task of the connection, and so in its context. They may wait: then this
 * connection waits and others go on, and when much has arrived meanwhile, the peer waits as well. No two callbacks of a connection
 * run at a time, with one exception that is none: {@code pauseWriting} runs inside the call that wrote too much, so it may come in the
 * middle of a callback that writes, and when a task writes while no callback runs, it runs in that task, though in the context of the
 * connection.
 *
 * <p><b>Failures.</b> What a callback throws goes to the loop's exception handler, and the connection is aborted;
 * {@code connectionLost} gets it too.
 */
public interface Protocol extends BaseProtocol {
    /** The connection is there. Nothing is received before this returns, nor until {@link Transport#resumeReading} if this pauses. */
    default void connectionMade(Transport transport) throws Exception {}

    /**
     * Bytes have arrived.
     *
     * @param data at least one, which belong to the protocol from now on
     */
    default void dataReceived(byte[] data) throws Exception {}

    /**
     * The peer has ended its output; no more is received.
     *
     * @return true to keep the connection open for writing, false to close it
     */
    default boolean eofReceived() throws Exception {
        return false;
    }
}
