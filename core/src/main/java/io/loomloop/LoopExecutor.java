package io.loomloop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A loop for code that knows only {@code java.util.concurrent}: a task for each submission. What {@link EventLoop#executor}
 * returns.
 *
 * <p>It has no threads and no queue of its own, only a count, so there may be many: shutting one down ends its own submissions. The
 * submissions themselves are in {@link Submissions}, one set for the loop, which knows when the loop closes.
 *
 * <pre>
 *  open --shutdown--> refusing (SHUTDOWN) --shutdownNow--> stopping (SHUTDOWN, STOP)
 *                            \                               /
 *                             ---- nothing accepted is left ----> terminated
 * </pre>
 */
final class LoopExecutor extends AbstractExecutorService implements ScheduledExecutorService {
    private static final long SHUTDOWN = 1;
    private static final long STOP = 2;
    private static final long ONE = 4;

    final EventLoop loop;
    private final Submissions submissions;
    private final @Nullable String name;
    private final AtomicLong names = new AtomicLong();
    // any thread, atomic: how many submissions are not over, times ONE, and the two flags
    private final AtomicLong state = new AtomicLong();
    private final CountDownLatch terminated = new CountDownLatch(1);

    LoopExecutor(EventLoop loop, @Nullable String name) {
        this.loop = loop;
        this.name = name;
        this.submissions = loop.service(Submissions.class, Submissions::new);
    }

    // ---- accepting

    /** What the command throws goes to the loop's exception handler, and to nobody else: the thread has no say in it. */
    @Override
    public void execute(Runnable command) {
        Submission submission = accept(Objects.requireNonNull(command, "command"));
        start(submission, submission::start);
    }

    private Submission accept(Runnable command) {
        for (; ; ) {
            long before = state.get();
            if ((before & SHUTDOWN) != 0 || loop.isClosing()) {
                throw refusal(null);
            }
            if (state.compareAndSet(before, before + ONE)) {
                break;
            }
        }
        Submission submission;
        try {
            submission = new Submission(this, command);
        } catch (VirtualMachineError e) { // no memory, or no stack
            countOut();
            throw e;
        }
        submission.addTo(submissions);
        // Whoever stopped or closed after the look above may have swept the set before this one was in it.
        if (((state.get() & STOP) != 0 || submissions.isClosed()) && submission.drop()) {
            throw refusal(null);
        }
        if ((state.get() & SHUTDOWN) != 0) {
            submission.stopRepeating();
        }
        return submission;
    }

    /** Hands an accepted one to the loop; if the loop does not take it, it was not accepted after all. */
    private void start(Submission submission, Runnable hand) {
        boolean started = false;
        try {
            hand.run();
            started = true;
        } catch (LoopClosedException e) {
            throw refusal(e);
        } finally {
            if (!started) {
                submission.drop();
            }
        }
    }

    private RejectedExecutionException refusal(@Nullable LoopClosedException cause) {
        return loop.isClosing() || cause != null
                ? new RejectedExecutionException("the event loop is closed, or is being closed: " + loop, cause)
                : new RejectedExecutionException("this executor was shut down: " + this);
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return new ExecutorJob<>(loop, callable);
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new ExecutorJob<>(loop, Executors.callable(runnable, value));
    }

    // ---- delays

    @Override
    public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(unit, "unit");
        return set(new DelayedJob<>(loop, Executors.callable(command), unit.toNanos(delay), 0));
    }

    @Override
    public <V extends @Nullable Object> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
        Objects.requireNonNull(callable, "callable");
        Objects.requireNonNull(unit, "unit");
        return set(new DelayedJob<>(loop, callable, unit.toNanos(delay), 0));
    }

    @Override
    public ScheduledFuture<?> scheduleAtFixedRate(Runnable command, long initialDelay, long period, TimeUnit unit) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(unit, "unit");
        long nanos = unit.toNanos(positive("period", period));
        return set(new DelayedJob<>(loop, Executors.callable(command), unit.toNanos(initialDelay), nanos));
    }

    @Override
    public ScheduledFuture<?> scheduleWithFixedDelay(Runnable command, long initialDelay, long delay, TimeUnit unit) {
        Objects.requireNonNull(command, "command");
        Objects.requireNonNull(unit, "unit");
        long nanos = unit.toNanos(positive("delay", delay));
        return set(new DelayedJob<>(loop, Executors.callable(command), unit.toNanos(initialDelay), -nanos));
    }

    private static long positive(String what, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException("the " + what + " must be positive: " + value);
        }
        return value;
    }

    private <T extends @Nullable Object> DelayedJob<T> set(DelayedJob<T> job) {
        Submission submission = accept(job);
        start(submission, () -> submission.setTimer(job.untilDue()));
        return job;
    }

    // ---- many at once

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(Collection<? extends Callable<T>> tasks)
            throws InterruptedException {
        return new Batch<T>(this, tasks).all(Long.MAX_VALUE, null);
    }

    @Override
    public <T extends @Nullable Object> List<Future<T>> invokeAll(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit) throws InterruptedException {
        return new Batch<T>(this, tasks).all(timeout, Objects.requireNonNull(unit, "unit"));
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        return new Batch<T>(this, tasks).any();
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return new Batch<T>(this, tasks).any(timeout, Objects.requireNonNull(unit, "unit"));
    }

    // ---- the end

    /** As of {@code ScheduledThreadPoolExecutor}: what repeats is cancelled, what is delayed still runs once. */
    @Override
    public void shutdown() {
        if (state.getAndUpdate(before -> before | SHUTDOWN) < ONE) {
            terminated.countDown();
        }
        submissions.of(this).forEach(Submission::stopRepeating);
    }

    @Override
    public List<Runnable> shutdownNow() {
        if (state.getAndUpdate(before -> before | SHUTDOWN | STOP) < ONE) {
            terminated.countDown();
        }
        List<Runnable> neverBegan = new ArrayList<>();
        for (Submission submission : submissions.of(this)) {
            if (submission.drop()) {
                neverBegan.add(submission.command);
            } else {
                submission.interrupt("the executor was shut down");
            }
        }
        Batch.cancelMembers(neverBegan);
        return neverBegan;
    }

    @Override
    public boolean isShutdown() {
        return (state.get() & SHUTDOWN) != 0 || endedWithLoop();
    }

    @Override
    public boolean isTerminated() {
        return terminated.getCount() == 0 || (endedWithLoop() && terminated.getCount() == 0);
    }

    private boolean endedWithLoop() {
        if (!loop.isClosing()) {
            return false;
        }
        shutdown();
        return true;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        Objects.requireNonNull(unit, "unit");
        if (isTerminated()) {
            return true;
        }
        if (timeout > 0) {
            Parking.beforeForeignWait(loop.thread());
        }
        return submissions.whileAwaited(this, () -> terminated.await(timeout, unit));
    }

    /**
     * As {@link ScheduledExecutorService} says.
     *
     * @throws IllegalStateException when a submission of this executor calls it, which would wait for itself
     */
    @Override
    public void close() {
        TaskThread<?> self = LoopThread.currentTask();
        if (self != null && submissions.of(this).stream().anyMatch(submission -> submission.runsIn(self))) {
            throw new IllegalStateException(
                    "a submission cannot close its own executor, it would wait for itself: call shutdown()");
        }
        super.close();
    }

    // ---- for submissions

    /** One that was accepted is over. */
    void ended(Register.Entry<Submission> submission) {
        submissions.remove(submission);
        countOut();
    }

    private void countOut() {
        long after = state.addAndGet(-ONE);
        if ((after & SHUTDOWN) != 0 && after < ONE) {
            terminated.countDown();
        }
    }

    TaskOptions options(@Nullable Bindings values) {
        TaskOptions options =
                name == null ? TaskOptions.DEFAULT : TaskOptions.named(name + "-" + names.incrementAndGet());
        return values == null ? options : options.withContext(new Context(values));
    }

    @Override
    public String toString() {
        long now = state.get();
        String shown = terminated.getCount() == 0 ? "terminated" : (now & SHUTDOWN) != 0 ? "shut down" : "running";
        return "LoopExecutor[" + (name == null ? "" : name + ", ") + shown + ", submissions=" + now / ONE + ", loop="
                + loop.name() + "]";
    }
}
