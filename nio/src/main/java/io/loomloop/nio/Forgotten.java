package io.loomloop.nio;

import java.lang.ref.Cleaner;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection that nobody can reach any more, and warns: somebody forgot to. asyncio's {@code ResourceWarning}. In debug mode
 * the warning says where the connection was made.
 *
 * <p>The I/O thread knows the sink but not the writer, so the writer can be collected while the socket is open.
 */
final class Forgotten implements Runnable {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");
    private static final Cleaner CLEANER = Cleaner.create();

    private final ByteSink sink;
    private final @Nullable Throwable made;

    Forgotten(ByteSink sink) {
        this.sink = sink;
        this.made = sink.engine().loop().isDebug() ? new Throwable("it was made here") : null;
    }

    /** Watches a writer, through which alone the sink can be closed. */
    static void watch(StreamWriter writer, ByteSink sink) {
        CLEANER.register(writer, new Forgotten(sink));
    }

    @Override
    public void run() {
        boolean carriesAnother = sink.top() != sink; // which has a writer of its own
        if (!sink.isClosing() && !carriesAnother) {
            LOG.log(System.Logger.Level.WARNING, "was never closed, closing it: " + sink, made);
            sink.close();
        }
    }
}
