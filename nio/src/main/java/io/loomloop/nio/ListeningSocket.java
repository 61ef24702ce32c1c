package io.loomloop.nio;

import io.loomloop.EventLoop;

/** A listening socket of a {@link Server}, in whichever way it is served. Any thread. */
interface ListeningSocket {
    /** Begins to accept, as soon as the server wants clients. */
    void begin();

    /** Goes on, because the server may want clients again. Nothing happens before {@link #begin}. */
    void resume();

    /** The loop it is on. */
    EventLoop loop();

    /** Goes to another loop if its own is about to end, see {@link Server#isLeaving}; closes if that cannot be done. */
    void leave();

    /** Closes; then the server is told by {@link Server#released}. */
    void stop();
}
