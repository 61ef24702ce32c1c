package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * A command that an executor has accepted, and where it is. Each run of it is a task, which this is the body of and which tells it
 * of the end.
 *
 * <pre>
 *  WAITING (for its time, then in the queue of the loop) --the task begins--> RUNNING --the task ends--> OVER
 *     |  ^------------------------------- it repeats ---------------------------'
 *     '--taken back, or the loop is closed--> OVER
 * </pre>
 */
final class Submission implements VoidBody<RuntimeException>, LoopFuture.Hook {
    private static final int WAITING = 0;
    private static final int RUNNING = 1;
    private static final int OVER = 2;
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Submission.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final LoopExecutor executor;
    final Runnable command;

    // the values of whoever gave the command; each run has a copy
    private final @Nullable Bindings values = ContextHolder.currentBindings();

    // whoever makes it OVER clears: the place among the Submissions, which leads to older ones, and may be kept by a
    // future that somebody keeps
    private Register.@Nullable Entry<Submission> entry = new Register.Entry<>(this);

    // any thread, CAS
    private volatile int state;
    // the task sets when it begins; any thread reads
    private volatile @Nullable TaskThread<?> task;
    // whoever sets the timer; any thread reads
    private volatile @Nullable TimerHandle timer;

    Submission(LoopExecutor executor, Runnable command) {
        this.executor = executor;
        this.command = command;
        if (command instanceof ExecutorJob<?> job) {
            job.submission = this;
        }
    }

    // ---- waiting

    /** Puts it among those that were accepted; not if somebody has taken it back already, by the future that is its command. */
    void addTo(Submissions submissions) {
        Register.Entry<Submission> mine = entry;
        if (mine != null) {
            submissions.add(mine);
        }
    }

    /** By whoever has made it OVER. */
    private void countOut() {
        Register.Entry<Submission> mine = Objects.requireNonNull(entry);
        entry = null;
        executor.ended(mine);
    }

    /** Gives it to the loop as a task. */
    void start() {
        Task<?> started = executor.loop.createTask(executor.options(values), this);
        if (!started.addWaiter(this)) {
            completed();
        }
    }

    /** Has the loop start it after a time. */
    void setTimer(long nanos) {
        TimerHandle set = executor.loop.addTimer(nanos, this::due, false);
        timer = set;
        if (state == OVER) {
            set.cancel(); // taken back meanwhile, by somebody who did not see the timer
        }
    }

    /** A callback, because a task cannot be started on the raw loop thread. */
    private void due() {
        if (state != WAITING) {
            return;
        }
        try {
            start();
        } catch (LoopClosedException e) {
            abandon();
        } catch (Throwable failure) { // of the task factory
            if (drop() && command instanceof ExecutorJob<?> job) {
                job.fail(failure);
            }
        }
    }

    /**
     * Takes it back.
     *
     * @return false when it has begun
     */
    boolean drop() {
        if (!STATE.compareAndSet(this, WAITING, OVER)) {
            return false;
        }
        TimerHandle set = timer;
        if (set != null) {
            set.cancel();
        }
        countOut();
        return true;
    }

    /** Takes it back because the loop will not run it. Whoever waits for a future of it shall not do so for ever. */
    void abandon() {
        if (drop() && command instanceof Future<?> future) {
            try {
                future.cancel(false);
            } catch (Throwable failure) { // of a future that is not ours
                executor.loop.report(new ErrorContext("could not cancel " + future.getClass(), failure));
            }
        }
    }

    // ---- running

    @Override
    public void run() {
        TaskThread<?> self = LoopThread.currentTask();
        task = self;
        if (!STATE.compareAndSet(this, WAITING, RUNNING)) {
            return;
        }
        try {
            command.run();
        } catch (Throwable failure) {
            if (self == null || !self.isCancellation(failure)) {
                executor.loop.report(new ErrorContext(
                        "exception in a command given to execute of " + executor, failure, self, null));
            }
        }
    }

    /** Asks what runs to end, as {@link Task#cancel} does. */
    void interrupt(String message) {
        TaskThread<?> running = task;
        if (running != null && state == RUNNING) {
            running.cancel(message);
        }
    }

    boolean runsIn(TaskThread<?> candidate) {
        return task == candidate && state == RUNNING;
    }

    /** The task has ended, perhaps without having begun: its loop is closing. */
    @Override
    public void completed() {
        if (state != RUNNING) {
            abandon();
        } else if (command instanceof DelayedJob<?> job && job.takeAgain()) {
            repeat(job);
        } else {
            state = OVER;
            countOut();
        }
    }

    /** Before the state says that it waits, the timer is there for whoever takes it back; it cannot fire before this returns. */
    private void repeat(DelayedJob<?> job) {
        try {
            setTimer(job.untilNext());
        } catch (LoopClosedException e) {
            state = WAITING;
            abandon();
            return;
        }
        state = WAITING;
        if (executor.isShutdown() || job.isDone()) {
            abandon();
        }
    }

    /** The executor takes no more: what repeats does so no longer. */
    void stopRepeating() {
        if (command instanceof DelayedJob<?> job && job.isPeriodic()) {
            job.cancel(false);
        }
    }

    @Override
    public String toString() {
        return "Submission[" + Objects.toString(command) + "]";
    }
}
