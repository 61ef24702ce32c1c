package io.loomloop;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** Collects what loomloop logs, instead of printing it. Close it to go back. */
final class LogCapture extends Handler implements AutoCloseable {
    // Held here, because the log manager holds loggers weakly.
    private final Logger logger = Logger.getLogger("io.loomloop");
    private final List<LogRecord> records = new CopyOnWriteArrayList<>();

    LogCapture() {
        setLevel(Level.ALL);
        logger.setUseParentHandlers(false);
        logger.addHandler(this);
    }

    List<LogRecord> records() {
        return records;
    }

    /** Waits, in real time, for a message that contains all of these texts. */
    LogRecord await(String text, String... others) {
        Predicate<LogRecord> wanted = record ->
                record.getMessage().contains(text) && Stream.of(others).allMatch(record.getMessage()::contains);
        Loops.Waiting.until(
                "this is logged: " + text + " " + String.join(" ", others),
                () -> records.stream().anyMatch(wanted));
        return records.stream().filter(wanted).findFirst().orElseThrow();
    }

    @Override
    public void publish(LogRecord record) {
        records.add(record);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setUseParentHandlers(true);
    }
}
