package io.loomloop.nio;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps reports from becoming a flood. Any thread. */
final class OncePerMinute {
    private static final long NANOS_BETWEEN = Duration.ofMinutes(1).toNanos();

    private record Moment(long nanos) {}

    // any thread, CAS: null until the first time
    private final AtomicReference<@Nullable Moment> happened = new AtomicReference<>();

    /** True the first time, and then at most once a minute; {@code now} in nanoseconds. */
    boolean isDue(long now) {
        Moment last = happened.get();
        return (last == null || now - last.nanos() >= NANOS_BETWEEN) && happened.compareAndSet(last, new Moment(now));
    }
}
