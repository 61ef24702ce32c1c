package io.loomloop.nio;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.jspecify.annotations.Nullable;

/**
 * Closes a connection that nobody can reach any more, and warns: somebody forgot to. asyncio's {@code ResourceWarning}. In debug mode
 * the warning says where the connection was made.
 *
 * <p>The I/O thread knows the sink but not the writer, so the writer can be collected while the socket is open. This hangs on the
 * connection's {@link Outcome} and nowhere else: one that is closed leaves nothing behind, and needs no thread to be forgotten. A
 * {@link java.lang.ref.Cleaner} would keep all of it until its thread has come round.
 */
final class Forgotten extends WeakReference<StreamWriter> {
    private static final System.Logger LOG = System.getLogger("io.loomloop.nio");
    private static final ReferenceQueue<StreamWriter> MISSED = new ReferenceQueue<>();

    static {
        Thread thread = Thread.ofPlatform()
                .daemon()
                .inheritInheritableThreadLocals(false)
                .name("loomloop-forgotten")
                .unstarted(Forgotten::closeMissed);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader()); // not the first user's
        thread.start();
    }

    private final ByteSink sink;
    private final @Nullable Throwable made;

    /** Watches a writer, through which alone the sink can be closed. */
    Forgotten(StreamWriter writer, ByteSink sink) {
        super(writer, MISSED);
        this.sink = sink;
        this.made = sink.engine().loop().isDebug() ? new Throwable("it was made here") : null;
    }

    @SuppressWarnings("InfiniteLoopStatement")
    private static void closeMissed() {
        while (true) {
            try {
                ((Forgotten) MISSED.remove()).close();
            } catch (Throwable failure) { // a logger's, or an interruption by a stranger
                LOG.log(System.Logger.Level.DEBUG, "a forgotten connection could not be closed", failure);
            }
        }
    }

    /** Closes the connection, unless that was done. */
    void close() {
        boolean carriesAnother = sink.top() != sink; // which has a writer of its own
        if (!sink.isClosing() && !carriesAnother) {
            LOG.log(System.Logger.Level.WARNING, "was never closed, closing it: " + sink, made);
            sink.close();
        }
    }
}
