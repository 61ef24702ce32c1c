package io.loomloop;

import org.jspecify.annotations.Nullable;

/**
 * The task that waits for a {@link TaskGroup}, and who wants it cancelled: the group, which asks once at most and takes that back when
 * it ends, or somebody else, whose request must survive the group. Loop thread only.
 */
final class GroupParent {
    final TaskThread<?> task;
    // requests the task was told of before the group began, and which are none of the group's business
    private final int before;
    private TaskThread.@Nullable CancelRequest own;

    GroupParent(TaskThread<?> task) {
        this.task = task;
        this.before = task.cancellingTold();
    }

    /** The group's request, made once. */
    void cancel(String message) {
        own = task.requestCancel(message);
    }

    /** The cancellation that a failure of the body stands for, or null when it is a failure. */
    @Nullable
    CancelledException cancellationIn(@Nullable Throwable failure) {
        if (failure instanceof CancelledException cancelled) {
            return cancelled;
        }
        if (failure instanceof Exception interrupt && task.isCancellation(interrupt)) {
            CancelledException told = task.interruption(interrupt);
            Thread.interrupted(); // a channel that was closed by the interrupt leaves it set
            return told;
        }
        return null;
    }

    /**
     * Takes the group's request back.
     *
     * @return whether somebody else wants the task to end, so that what was or will be thrown into it is theirs
     */
    boolean takeBack() {
        return own != null ? task.takeBack(before) : task.cancelling() > before;
    }

    /**
     * Has the request of somebody else be thrown into the task once more, in its next wait, because a failure goes first. Does not
     * change the count.
     *
     * @param cancellation what the task was told, or null
     */
    void cancelAgain(@Nullable CancelledException cancellation) {
        if (task.cancellingTold() < task.cancelling()) {
            return; // not told yet
        }
        String message = cancellation == null ? null : cancellation.getMessage();
        boolean ofGroup = own != null && own.message() != null && own.message().equals(message);
        task.uncancel();
        task.cancel(ofGroup ? null : message);
    }

    /** Whether the group has asked the task to end. */
    boolean wasCancelledByGroup() {
        return own != null;
    }
}
