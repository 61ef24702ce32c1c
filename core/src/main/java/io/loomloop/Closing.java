package io.loomloop;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How a loop is closed, seen from the thread that closes it. {@link Shutdown} is the part that runs on the loop. */
final class Closing {
    private static final System.Logger LOG = System.getLogger("io.loomloop");

    private final EventLoop loop;
    private final long noticeMillis;

    // the closing thread only
    private @Nullable Task<@Nullable Void> last;

    Closing(EventLoop loop, Duration notice) {
        this.loop = loop;
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
            start();
        } else if (loop.isRunning()) {
            throw new IllegalStateException("a running event loop cannot be closed, stop it first: " + loop);
        } else if (loop.liveTasks().isEmpty() && loop.thread().getState() == Thread.State.NEW) {
            return;
        } else {
            run = loop.begin(() -> {
                loop.liveTasks().forEach(TaskThread::cancelUnbegun);
                start();
            });
        }
        boolean interrupted = false;
        for (boolean over = false; !over; ) {
            try {
                if (!run.await(noticeMillis, TimeUnit.MILLISECONDS)) {
                    LOG.log(System.Logger.Level.WARNING, "{0} cannot close, it waits for {1}", loop, loop.tasks());
                } else if (Objects.requireNonNull(last).isDone()) {
                    over = true;
                } else {
                    run = loop.begin(() -> {}); // a task called stop(), but it is not over yet
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void start() {
        Task<@Nullable Void> task = loop.createTask("shutdown", new Shutdown(loop.thread()));
        loop.stopWhenDone(task, new Handle(loop, loop::stop, true));
        last = task;
    }

    /** Ends the threads of a loop that does not run any more. */
    void endThreads(@Nullable Watchdog watchdog) {
        loop.thread().close();
        join(loop.thread());
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
