package io.loomloop;

import java.util.List;
import java.util.concurrent.Future;

/**
 * The last task of a loop: it cancels all others, waits for them, and reports the failures that nobody will ask for any more.
 * asyncio's {@code run} ends in the same way.
 */
final class Shutdown implements VoidBody<RuntimeException> {
    private static final String REASON = "the event loop is closing";
    private static final int LAST_TURNS = 100;

    private final LoopThread home;
    // the last task only
    private boolean executorDone;

    Shutdown(LoopThread home) {
        this.home = home;
    }

    /**
     * Goes round until nothing is left, because a task that ends may start others, and so may a callback. Callbacks of what has just
     * ended were accepted and shall run, but not those that go on for ever. The last look finds nobody, and nothing runs after it.
     */
    @Override
    public void run() {
        int turns = 0;
        for (boolean over = false; !over; ) {
            try {
                endOthers();
                if (!executorDone) {
                    executorDone = true;
                    finishWork();
                    endOthers();
                }
                home.loop.failures().unretrieved.reportAll();
                over = turns++ == LAST_TURNS || !home.hasOtherWork();
                if (!over) {
                    Parking.yieldNow();
                }
            } catch (CancelledException goOn) {
                // A task that cleans up by cancelling all tasks reaches this one too, which has to go round once more.
            }
        }
        home.endNow();
    }

    /** The executor may be one of the user's. */
    private void finishWork() {
        try {
            home.loop.workers().finish();
        } catch (CancelledException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            home.loop.report(new ErrorContext("the default executor of " + home.loop + " could not be shut down", e));
        }
    }

    private void endOthers() {
        for (; ; ) {
            List<TaskThread<?>> others = others();
            List<CallbackRunner> callbacks = home.blockedCallbacks();
            if (others.isEmpty() && callbacks.isEmpty()) {
                return;
            }
            others.forEach(task -> task.cancel(REASON));
            callbacks.forEach(CallbackRunner::interrupt);
            others.forEach(this::awaitEnd);
            callbacks.forEach(callback -> Parking.await(callback.ended));
        }
    }

    private List<TaskThread<?>> others() {
        TaskThread<?> self = LoopThread.currentTask();
        return home.loop.liveTasks().stream().filter(task -> task != self).toList();
    }

    private void awaitEnd(TaskThread<?> task) {
        Parking.await(task);
        if (task.state() == Future.State.FAILED) {
            home.loop.report(new ErrorContext(
                    "unhandled exception during event loop shutdown, of task '" + task.name() + "'",
                    task.exception(),
                    task,
                    null));
        }
    }
}
