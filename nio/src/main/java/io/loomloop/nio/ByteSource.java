package io.loomloop.nio;

/** Where the bytes of a {@link StreamReader} come from: a connection, the output of a program, a file. */
interface ByteSource {
    SocketEngine engine();

    /** What has arrived. */
    Inbound inbound();

    /** How it ended. */
    Outcome outcome();

    /** Goes on after {@link Inbound#feed} asked for a pause. Loop thread; must not throw or wait. */
    void resumeReading();
}
