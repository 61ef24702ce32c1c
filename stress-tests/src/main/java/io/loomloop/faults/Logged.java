package io.loomloop.faults;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** What is logged while this is open, kept from the console. */
final class Logged extends Handler implements AutoCloseable {
    // any thread
    private final Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
    private final Logger logger;

    Logged(String name) {
        logger = Logger.getLogger(name);
        logger.addHandler(this);
        logger.setUseParentHandlers(false);
    }

    boolean has(Fault fault) {
        return thrown.stream().anyMatch(fault::isIn);
    }

    @Override
    public void publish(@Nullable LogRecord entry) {
        if (entry != null && entry.getThrown() != null) {
            thrown.add(entry.getThrown());
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
