package io.loomloop.nio;

import java.time.Duration;

/** Keeps reports from becoming a flood. For one thread. */
final class OncePerMinute {
    private static final long NANOS_BETWEEN = Duration.ofMinutes(1).toNanos();

    private boolean happened;
    private long happenedAt;

    /** True the first time, and then at most once a minute; {@code now} in nanoseconds. */
    boolean isDue(long now) {
        boolean due = !happened || now - happenedAt >= NANOS_BETWEEN;
        if (due) {
            happened = true;
            happenedAt = now;
        }
        return due;
    }
}
