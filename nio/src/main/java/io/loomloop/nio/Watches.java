package io.loomloop.nio;

import io.loomloop.Async;
import java.nio.channels.SelectableChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The channels that users have given to a loop, and what each is used for: by operations and callbacks, see {@link ChannelWatch}, or
 * by a stream, a server or a pipe that owns it.
 */
final class Watches {
    private static final int YIELD_AFTER = 64;

    private final SocketEngine engine;
    // loop thread only: what was done since others could run
    private int inARow;
    // loop thread adds; it removes watches, whoever releases a channel removes its owner
    private final Map<SelectableChannel, Object> users = new ConcurrentHashMap<>();

    Watches(SocketEngine engine) {
        this.engine = engine;
    }

    /** The watch over a channel; {@link #leaveIfIdle} should follow. Loop thread. */
    ChannelWatch watch(SelectableChannel channel) {
        Object user = users.get(channel);
        if (user == null) {
            ChannelWatch made = new ChannelWatch(engine, channel);
            users.put(channel, made);
            return made;
        }
        if (user instanceof ChannelWatch found) {
            return found;
        }
        throw new IllegalStateException(
                "this channel belongs to " + user + ", use that and not the channel itself: " + channel);
    }

    /** The watch over a channel if there is one. Loop thread. */
    @Nullable
    ChannelWatch find(SelectableChannel channel) {
        return users.get(channel) instanceof ChannelWatch found ? found : null;
    }

    /** Lets others run when operations have not had to wait for long: a fast peer must not starve them. Loop thread. */
    void letOthersRun() {
        if (++inARow >= YIELD_AFTER) {
            inARow = 0;
            Async.yieldNow();
        }
    }

    /** Forgets a watch that nobody needs. Loop thread. */
    void leaveIfIdle(ChannelWatch watch) {
        if (watch.isIdle()) {
            users.remove(watch.channel(), watch);
        }
    }

    /** Gives a channel to an owner, who calls {@link #disown} when he has closed it. Loop thread. */
    void own(SelectableChannel channel, String owner) {
        Object user = users.putIfAbsent(channel, owner);
        if (user instanceof ChannelWatch) {
            throw new IllegalStateException(
                    "a task waits for this channel, or a callback watches it: end that first: " + channel);
        } else if (user != null) {
            throw new IllegalStateException("this channel belongs to " + user + " already: " + channel);
        }
    }

    /** The opposite of {@link #own}. Any thread. */
    void disown(SelectableChannel channel) {
        users.remove(channel);
    }

    /** How many channels there are. */
    int count() {
        return users.size();
    }
}
