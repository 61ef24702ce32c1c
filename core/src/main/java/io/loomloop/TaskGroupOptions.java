package io.loomloop;

import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link TaskGroup}: {@link #DEFAULT}, and variations of it. Immutable, so safe from any thread.
 *
 * <p>Each {@code with} method returns a copy with one thing changed.
 */
public final class TaskGroupOptions {
    /** As asyncio's {@code TaskGroup}: no limit, and the first failure ends the others. */
    public static final TaskGroupOptions DEFAULT = new TaskGroupOptions(Integer.MAX_VALUE, false, null);

    /** How many children run at once. */
    final int limit;

    /** Whether the others go on when a child fails. */
    final boolean supervised;

    /** Who decides about the failures of a supervised child; null when they are kept for the end. */
    final @Nullable BiConsumer<? super Task<?>, ? super Throwable> failureHandler;

    private TaskGroupOptions(
            int limit, boolean supervised, @Nullable BiConsumer<? super Task<?>, ? super Throwable> failureHandler) {
        this.limit = limit;
        this.supervised = supervised;
        this.failureHandler = failureHandler;
    }

    /**
     * At most so many children run at once. The others are created, and wait for their turn in the order in which they came; one
     * that is cancelled meanwhile never begins. {@link TaskGroup#awaitRoom} keeps whoever creates them from running ahead.
     *
     * @throws IllegalArgumentException when not positive
     */
    public TaskGroupOptions withLimit(int children) {
        if (children <= 0) {
            throw new IllegalArgumentException("a limit must be positive: " + children);
        }
        return new TaskGroupOptions(children, supervised, failureHandler);
    }

    /**
     * A child that fails does not end the others. All failures are thrown together when the group ends; a group that lives long
     * better has them handled as they happen, see {@link #withSupervision(BiConsumer)}.
     *
     * <p>A failure of the group's body, a cancellation from outside and {@link TaskGroup#cancel()} end all children as ever.
     */
    public TaskGroupOptions withSupervision() {
        return new TaskGroupOptions(limit, true, null);
    }

    /**
     * As {@link #withSupervision()}, with somebody who is given each failure of a child, errors of the virtual machine included,
     * instead of the group: as a callback on the loop, in a copy of the context that the group was made in. The group does not end before the last of these calls has returned.
     *
     * @param failureHandler returns when the failure is dealt with; what it throws is a failure of the group and ends all children
     */
    public TaskGroupOptions withSupervision(BiConsumer<? super Task<?>, ? super Throwable> failureHandler) {
        return new TaskGroupOptions(limit, true, Objects.requireNonNull(failureHandler, "failureHandler"));
    }

    @Override
    public String toString() {
        return "TaskGroupOptions[limit=" + (limit == Integer.MAX_VALUE ? "none" : limit) + ", supervised=" + supervised
                + "]";
    }
}
