package io.loomloop.nio;

import io.loomloop.ErrorContext;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * A channel of a user's, as long as somebody waits for it to be ready: an operation of {@link Sockets}, or a callback. Nothing is read
 * from it or written to it here, and it is never closed.
 *
 * <p>The channel is registered with the selector only while there is something to wait for, so that in between its user may do with it
 * whatever he likes: make it blocking, close it, give it to another loop. What is waited for is in the two sides, which tasks set and
 * the I/O thread takes; a request has the I/O thread look at them.
 */
final class ChannelWatch extends Registration implements Guest {
    // what can be requested
    private static final int UPDATE = 1;

    final WatchedSide input;
    final WatchedSide output;
    private final SelectableChannel channel;
    // I/O thread sets: why it cannot be watched
    private volatile @Nullable Throwable failure;
    // I/O thread sets: it may be registering the channel for somebody who has given up meanwhile
    private volatile boolean attending;
    // I/O thread only
    private @Nullable SelectionKey key;

    ChannelWatch(SocketEngine engine, SelectableChannel channel) {
        super(engine);
        this.channel = channel;
        this.input = new WatchedSide(this, SelectionKey.OP_READ | SelectionKey.OP_ACCEPT);
        this.output = new WatchedSide(this, SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT);
    }

    SelectableChannel channel() {
        return channel;
    }

    /** Why the channel cannot be watched, or null. Any thread. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    // ---- loop thread

    /** What is waited for has changed. */
    void update() {
        request(UPDATE);
    }

    /** There is less to wait for; with nothing left, the channel is its user's again when this returns. */
    void updateToLess() {
        request(UPDATE);
        while (attending && wanted() == 0) {
            Thread.yield(); // no spin: registering takes a lock of the channel, which another task may have
        }
        if (wanted() == 0) {
            engine.poller().cancelKey(channel);
            if (wanted() != 0) {
                request(UPDATE); // somebody has come while this task waited for a monitor of the JDK's
            }
        }
    }

    /** True when nobody needs this any more. */
    boolean isIdle() {
        return input.isFree() && output.isFree();
    }

    private int wanted() {
        return input.wanted() | output.wanted();
    }

    // ---- I/O thread

    @Override
    void attend(int bits) throws IOException {
        attending = true; // before the look: who gives up does these two the other way round
        try {
            watchFor(wanted());
        } finally {
            attending = false;
        }
    }

    private void watchFor(int wanted) throws IOException {
        SelectionKey registered = key;
        if (wanted == 0) {
            letGo();
        } else if (registered != null && registered.isValid()) {
            registered.interestOps(wanted);
        } else {
            key = engine.poller().register(channel, wanted, this);
            engine.poller().addGuest(this);
        }
    }

    private void letGo() {
        SelectionKey registered = key;
        if (registered != null) {
            registered.cancel();
            key = null;
            engine.poller().removeGuest(this);
            engine.poller().flush();
        }
    }

    /** First the selector lets go, then the task is told: it may use the channel otherwise. */
    @Override
    void ready(SelectionKey ready, int ops) {
        Runnable reader = input.take(ops);
        Runnable writer = output.take(ops);
        int wanted = wanted();
        if (wanted == 0) {
            letGo();
        } else if (ready.isValid()) {
            ready.interestOps(wanted);
        } else {
            request(UPDATE); // not here: nothing can be registered while the selector selects
        }
        tell(reader);
        tell(writer);
    }

    private static void tell(@Nullable Runnable who) {
        if (who != null) {
            who.run();
        }
    }

    @Override
    public boolean isChannelOpen() {
        return channel.isOpen();
    }

    @Override
    public void channelClosed() {
        wakeBoth();
    }

    /** Whoever waits finds out by himself what has happened. */
    private void wakeBoth() {
        Runnable reader = input.take(-1);
        Runnable writer = output.take(-1);
        letGo();
        tell(reader);
        tell(writer);
    }

    @Override
    void fail(Throwable cause) {
        if (channel.isOpen() && cause instanceof CancelledKeyException) {
            request(UPDATE); // a task gave up just now, and another one may wait already
            return;
        }
        if (channel.isOpen() && wanted() != 0) {
            failure = cause;
            if (input.hasCallback() || output.hasCallback()) {
                engine.report(new ErrorContext("cannot watch " + channel, cause));
            }
        }
        wakeBoth();
    }

    @Override
    void shutDown() {
        input.shutDown();
        output.shutDown();
        SelectionKey registered = key;
        if (registered != null) {
            registered.cancel();
        }
    }

    @Override
    void released() {
        // Never: the channel is its user's.
    }

    @Override
    public String toString() {
        return "watch over " + channel;
    }
}
