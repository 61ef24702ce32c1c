package io.loomloop;

import io.loomloop.spi.LoopService;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;

/**
 * What one loop does when signals of the operating system come. A signal reaches every loop that has a handler for it; the JVM's own
 * way is back when the last of them has removed it, or was closed.
 *
 * <p>The JVM runs a thread for each signal that comes; it only gives the callbacks to the loops.
 */
final class SignalHandlers implements LoopService {
    private static final Pattern NAME = Pattern.compile("[A-Z][A-Z0-9+-]*");

    /** A signal that some loop wants. */
    private static final class Source {
        final Map<SignalHandlers, Runnable> callbacks = new LinkedHashMap<>();
        final ProcessSignals taken;

        Source(String name) {
            taken = ProcessSignals.take(name, () -> signalled(name));
        }
    }

    // for all loops, because the signals are the process's
    private static final ReentrantLock LOCK = new ReentrantLock();
    // under the lock
    private static final Map<String, Source> SOURCES = new HashMap<>();

    private final EventLoop loop;
    // under the lock
    private boolean closed;

    SignalHandlers(EventLoop loop) {
        this.loop = loop;
    }

    /** {@code HUP} for {@code SIGHUP}, {@code hup} and so on. */
    private static String plain(String signal) {
        String upper = signal.toUpperCase(Locale.ROOT);
        String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("not the name of a signal: " + signal);
        }
        return name;
    }

    void add(String signal, Runnable callback) {
        String name = plain(signal);
        LOCK.lock();
        try {
            if (closed) {
                throw loop.closedException();
            }
            Source source = SOURCES.get(name);
            if (source == null) {
                source = take(name);
                SOURCES.put(name, source);
            }
            source.callbacks.put(this, callback);
        } finally {
            LOCK.unlock();
        }
    }

    private static Source take(String name) {
        try {
            return new Source(name);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "SIG" + name + " cannot be handled here: " + e.getMessage()
                            + " (there is no such signal, the system does not allow it, or the JVM needs it or runs with -Xrs)",
                    e);
        }
    }

    boolean remove(String signal) {
        String name = plain(signal);
        LOCK.lock();
        try {
            return removeLocked(name);
        } finally {
            LOCK.unlock();
        }
    }

    private boolean removeLocked(String name) {
        Source source = SOURCES.get(name);
        if (source == null || source.callbacks.remove(this) == null) {
            return false;
        }
        if (source.callbacks.isEmpty()) {
            SOURCES.remove(name);
            source.taken.release();
        }
        return true;
    }

    /** The signal has come. A thread of the JVM's. */
    private static void signalled(String name) {
        LOCK.lock();
        try {
            Source source = SOURCES.get(name);
            if (source != null) {
                source.callbacks.forEach(SignalHandlers::run);
            }
        } finally {
            LOCK.unlock();
        }
    }

    private static void run(SignalHandlers handlers, Runnable callback) {
        try {
            handlers.loop.callSoon(callback);
        } catch (LoopClosedException e) {
            // It removes its handlers in a moment.
        }
    }

    @Override
    public void close() {
        LOCK.lock();
        try {
            closed = true;
            List.copyOf(SOURCES.keySet()).forEach(this::removeLocked);
        } finally {
            LOCK.unlock();
        }
    }

    @Override
    public String toString() {
        return "the signal handlers of " + loop.name();
    }
}
