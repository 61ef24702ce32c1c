package io.loomloop.nio;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bytes that a write took and that were not sent. Somebody has to be told: whoever asks next, or else the loop's exception handler.
 *
 * <pre>
 *  untold --a drain, a read or waitClosed throws it--> told
 *  untold --the connection was closed and nobody asked; the loop closes--> told, by a report
 * </pre>
 */
final class Loss {
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final long number = NUMBERS.incrementAndGet();
    private final SocketEngine engine;
    private final String message;
    private final IOException cause;
    // any thread, CAS
    private final AtomicBoolean told = new AtomicBoolean();

    Loss(SocketEngine engine, String message, IOException cause) {
        this.engine = engine;
        this.message = message;
        this.cause = cause;
        engine.remember(this);
    }

    /** Differs for any two. */
    long number() {
        return number;
    }

    /** Notes that somebody is being told. Any thread. */
    void tell() {
        if (told.compareAndSet(false, true)) {
            engine.forget(this);
        }
    }

    /** Tells the exception handler, unless somebody was told. Runs user code: on the loop, or where the loop is closed. */
    void report() {
        if (told.compareAndSet(false, true)) {
            engine.forget(this);
            EventLoop loop = engine.loop();
            loop.callExceptionHandler(new ErrorContext(message, cause));
        }
    }

    /** As {@link #report}, in a moment: who is about to ask comes first. Any thread. */
    void reportSoon() {
        if (!told.get()) {
            engine.callSoon(this::report);
        }
    }
}
