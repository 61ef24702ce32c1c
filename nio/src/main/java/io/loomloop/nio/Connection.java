package io.loomloop.nio;

/**
 * A connection that was opened: its reader and its writer. What {@link Streams#openConnection(String, int)} returns.
 *
 * <p>Belongs to the loop that opened it. {@link #close} may be called from any thread, the streams say for themselves.
 */
public final class Connection implements AutoCloseable {
    private final StreamReader reader;
    private final StreamWriter writer;

    Connection(StreamSocket socket) {
        this.reader = new StreamReader(socket);
        this.writer = new StreamWriter(socket);
    }

    /** What the peer sends. */
    public StreamReader reader() {
        return reader;
    }

    /** What the peer gets. */
    public StreamWriter writer() {
        return writer;
    }

    /**
     * Closes the connection, see {@link StreamWriter#close}: what was written is still sent, in the background. Never waits;
     * {@link StreamWriter#waitClosed} does. Does nothing the second time.
     */
    @Override
    public void close() {
        writer.close();
    }

    @Override
    public String toString() {
        return writer.toString();
    }
}
