package io.loomloop.nio;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;

/** What an {@link Outbound} sends for: a connection, or a pipe. */
interface OutputOwner extends ByteSink {
    /** Where the bytes go; in non-blocking mode. */
    WritableByteChannel channel();

    /** Has the I/O thread send what is queued. Loop thread. */
    void flushSoon();

    /** Everything written was sent by the task itself: what was put off until then can happen. Loop thread. */
    void outputIsFree();

    /** A write failed. Loop thread. */
    void lose(IOException cause);

    /** Bytes have left. Any thread. */
    void noteSent();
}
