package io.loomloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How a loop is closed, seen from the thread that closes it. {@link Shutdown} is the part that runs on the loop. */
final class Closing {
    private static final System.Logger LOG = System.getLogger("io.loomloop");

    private final EventLoop loop;
    private final LoopThread thread;
    private final long noticeMillis;

    // the closing thread only
    private @Nullable Task<@Nullable Void> last;

    Closing(EventLoop loop, LoopThread thread, Duration notice) {
        this.loop = loop;
        this.thread = thread;
        this.noticeMillis = notice.toMillis();
    }

    /**
     * Has the loop run its last task to the end, and says so now and then when that takes long. Tasks that have not begun in a loop
     * that does not run never do.
     *
     * @param background the stretch of running that may be ended here, if there is one
     */
    void endTasks(LoopThread.@Nullable Run background) {
        LoopThread.Run run = background;
        if (run != null && run.getCount() > 0) {
            thread.closeAfterThisRun();
            start();
        } else if (loop.isRunning()) {
            throw new IllegalStateException("a running event loop cannot be closed, stop it first: " + loop);
        } else if (loop.liveTasks().isEmpty() && thread.getState() == Thread.State.NEW) {
            thread.refuseRuns();
            loop.failures().unretrieved.reportAll(); // which is otherwise the last task's
            return;
        } else {
            run = thread.beginToClose(() -> {
                loop.liveTasks().forEach(TaskThread::cancelUnbegun);
                start();
            });
        }
        boolean interrupted = false;
        for (boolean over = false; !over; ) {
            try {
                if (!run.await(noticeMillis, TimeUnit.MILLISECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "{0} cannot close, it waits for {1}", loop, culprits());
                } else if (Objects.requireNonNull(last).isDone()) {
                    over = true;
                } else {
                    run = thread.beginToClose(() -> {}); // a task called stop(), but it is not over yet
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private String culprits() {
        List<Task<?>> tasks = new ArrayList<>(loop.tasks());
        tasks.remove(last);
        return "tasks that ignore their cancellation: " + tasks + ", callbacks that block: "
                + thread.blockedCallbackCount() + ", workers that work: "
                + loop.workers().activeCount();
    }

    private void start() {
        Task<@Nullable Void> task =
                loop.ownTasks().startLast(TaskOptions.named("shutdown"), new Shutdown(thread).asBody());
        loop.stopWhenDone(task, new Handle(loop, loop::stop, true));
        last = task;
    }

    /** Ends the threads of a loop that does not run any more. */
    void endThreads(@Nullable Watchdog watchdog) {
        if (!thread.close()) {
            throw new AssertionError("the loop runs although it is closing: " + loop);
        }
        join(thread);
        if (watchdog != null && watchdog.getState() != Thread.State.NEW) {
            watchdog.end();
            join(watchdog);
        }
    }

    private static void join(Thread ending) {
        boolean interrupted = false;
        while (ending.isAlive()) {
            try {
                ending.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
