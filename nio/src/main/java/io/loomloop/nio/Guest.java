package io.loomloop.nio;

/**
 * A registration whose channel belongs to a user, who may close it at any time: no selector tells of that, so the {@link Poller}
 * looks after its guests ten times a second.
 */
interface Guest {
    /** False when the user has closed the channel. I/O thread. */
    boolean isChannelOpen();

    /** The user has closed the channel; must not throw. I/O thread. */
    void channelClosed();
}
