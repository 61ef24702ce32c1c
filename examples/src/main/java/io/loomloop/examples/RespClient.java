package io.loomloop.examples;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.nio.Connection;
import io.loomloop.nio.Streams;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * A client of Redis that any number of tasks of a loop share: commands go out in the order of the calls, and the replies come in the
 * same order, so each belongs to the caller that has waited longest. One that is cancelled leaves its place in the line behind, so
 * that nobody gets the reply of another.
 *
 * <p>Replies are those of {@link Resp#readReply}; errors are thrown.
 */
final class RespClient implements AutoCloseable {
    private final EventLoop loop = EventLoop.current();
    private final Connection connection;
    private final Task<?> reading;

    // all loop thread only
    private final Queue<LoopFuture<@Nullable Object>> waiting = new ArrayDeque<>();
    private @Nullable IOException end;

    private RespClient(Connection connection) {
        this.connection = connection;
        this.reading = Async.createTask("replies of " + connection.writer().remoteAddress(), this::readReplies);
    }

    /** Connects to a server. */
    static RespClient connect(String host, int port) throws IOException {
        return new RespClient(Streams.openConnection(host, port));
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @throws Resp.ErrorReply when the server says so
     * @throws IOException when the connection ends before
     */
    @Nullable
    Object call(Object... command) throws IOException {
        try {
            return send(command).await();
        } catch (CompletionException e) {
            Throwable lost = Objects.requireNonNull(e.getCause());
            throw new IOException(lost.getMessage(), lost); // that one is for all callers, this one says where
        }
    }

    /**
     * Sends a command without waiting for its reply; waits only while too much is unsent.
     *
     * @return the reply, or what {@link #call} would throw
     */
    LoopFuture<@Nullable Object> send(Object... command) {
        byte[] bytes = Resp.command(command);
        LoopFuture<@Nullable Object> reply = loop.createFuture();
        if (end != null) {
            reply.setException(end);
            return reply;
        }
        waiting.add(reply); // no other task runs between this and the next line
        connection.writer().write(bytes);
        try {
            connection.writer().drain();
        } catch (IOException e) {
            // The reply tells.
        } catch (CancelledException e) {
            reply.cancel();
            throw e;
        }
        return reply;
    }

    private void readReplies() {
        try {
            for (; ; ) {
                Object reply = Resp.readReply(connection.reader());
                LoopFuture<@Nullable Object> next = waiting.poll();
                if (next == null) {
                    throw new IOException("a reply that nobody waits for: " + reply);
                } else if (reply instanceof Resp.ErrorReply error) {
                    next.trySetException(error);
                } else {
                    next.trySetResult(reply); // unless its caller was cancelled
                }
            }
        } catch (IOException e) {
            end(new IOException("the connection has ended: " + e.getMessage(), e));
        }
    }

    /** Ends the connection. Replies that have not come never will. */
    @Override
    public void close() {
        end(new IOException("this client was closed"));
        reading.cancel();
    }

    private void end(IOException reason) {
        connection.close();
        end = end == null ? reason : end;
        for (LoopFuture<?> reply = waiting.poll(); reply != null; reply = waiting.poll()) {
            reply.trySetException(end);
        }
    }
}
