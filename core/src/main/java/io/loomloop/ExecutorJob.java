package io.loomloop;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The future of a submission. Not a {@link LoopFuture}, because code that knows only {@code java.util.concurrent} relies on what
 * differs: {@code cancel} takes effect at once, and whoever is interrupted in {@code get} gets an InterruptedException and leaves
 * the work alone.
 */
class ExecutorJob<T extends @Nullable Object> extends FutureTask<T> {
    final EventLoop loop;

    /** Set before anybody else sees it; null when it is run by something that was submitted in its stead. */
    volatile @Nullable Submission submission;

    // whoever runs it writes: the task, or a thread that is none; any thread reads
    private volatile @Nullable Object runner;

    ExecutorJob(EventLoop loop, Callable<T> work) {
        super(Objects.requireNonNull(work, "work"));
        this.loop = loop;
    }

    @Override
    public void run() {
        TaskThread<?> task = LoopThread.currentTask();
        runner = task != null ? task : Thread.currentThread();
        try {
            runWork();
        } finally {
            runner = null;
        }
    }

    void runWork() {
        super.run();
    }

    /** Work that ends as its task was asked to is cancelled; any other exception is its failure, InterruptedException as well. */
    @Override
    protected void setException(Throwable failure) {
        if (failure instanceof CancelledException && runner instanceof TaskThread<?> task && task.cancelling() > 0) {
            super.cancel(false);
        } else {
            super.setException(failure);
        }
    }

    /** Ends it with a failure from outside. */
    void fail(Throwable failure) {
        super.setException(failure);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean runByHand = mayInterruptIfRunning && runner instanceof Thread;
        if (!super.cancel(runByHand)) {
            return false;
        }
        Submission mine = submission;
        if (mine != null) {
            var unused = mine.drop();
        }
        if (mayInterruptIfRunning && runner instanceof TaskThread<?> task) {
            task.cancel("its future was cancelled");
        }
        return true;
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        if (!isDone()) {
            Parking.beforeForeignWait(loop.thread());
        }
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        if (timeout > 0 && !isDone()) {
            Parking.beforeForeignWait(loop.thread());
        }
        return super.get(timeout, Objects.requireNonNull(unit, "unit"));
    }
}
