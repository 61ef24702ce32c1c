package io.loomloop.nio;

/** Serves one client of a server: asyncio's {@code client_connected_cb}. */
@FunctionalInterface
public interface ClientHandler {
    /**
     * Talks to a client, in a task of its own. However this ends, the connection is closed afterwards: what was written is still sent.
     *
     * @param reader what the client sends
     * @param writer what the client gets
     * @throws Exception goes to the loop's exception handler. Not so a {@link io.loomloop.CancelledException}, nor what the reader and
     *     the writer throw when the client has broken its connection off, when a deadline has ended it, or when the server has closed it:
     *     that is ordinary, and logged as DEBUG
     */
    void handle(StreamReader reader, StreamWriter writer) throws Exception;
}
