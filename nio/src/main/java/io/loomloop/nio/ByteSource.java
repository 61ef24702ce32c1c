package io.loomloop.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Where the bytes of a {@link StreamReader} come from: a connection, the output of a program, a file. */
interface ByteSource {
    SocketEngine engine();

    /** What has arrived. */
    Inbound inbound();

    /** What ended it, or null. Any thread. */
    @Nullable
    IOException failure();

    /**
     * Tells the caller of the failure, if there is one. Each caller gets an exception of its own. A source with an {@link Outcome} has that
     * do it, which notes that somebody was told.
     */
    default void throwIfFailed() throws IOException {
        IOException cause = failure();
        if (cause != null) {
            throw new IOException("cannot read from " + this + ": " + cause.getMessage(), cause);
        }
    }

    /** Goes on after {@link Inbound#feed} asked for a pause. Loop thread; must not throw or wait. */
    void resumeReading();

    /** Tasks are about to read and write by themselves. A task of the loop. */
    default void enterTasks() {}

    /**
     * True when the I/O thread is the loop's: then it can leave bytes to the task that waits for them, which reads them with
     * {@link #readNow} into a buffer that is nobody's until then.
     */
    default boolean leavesBytes() {
        return false;
    }

    /**
     * Reads what was left. A task of the loop, which must not wait here.
     *
     * @return how many bytes; 0 or less when it is up to the I/O thread what to do now. A failure is noted
     */
    default int readNow(ByteBuffer into) {
        return 0;
    }

    /** Gives up at once, because too much has arrived. Any thread. */
    void abort();
}
