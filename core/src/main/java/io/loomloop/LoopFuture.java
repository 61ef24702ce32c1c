package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A result that is not there yet: asyncio's {@code Future}. Made with {@link EventLoop#createFuture()}.
 *
 * <p><b>Completing.</b> A future is completed once, with a result, an exception or a cancellation, from any thread. The
 * {@code set} methods fail when it is done already; the {@code try} methods say so, for producers that race. What happened
 * before the completion in the completing thread is visible to whoever sees the future done.
 *
 * <p><b>Waiting.</b> {@link #await()} parks the calling task and lets the others run; from a platform thread, or from a task of
 * another loop, it blocks that thread or that task only. Waiting for a future that is done does not switch. Each wait is a
 * cancellation point. Any number may wait; they resume in the order in which they came.
 *
 * <p><b>Callbacks</b> never run inside the call that completes the future: they are given to the loop, in the order in which
 * they were added.
 *
 * <p>A failure that nobody looked at is reported to the loop's {@link ExceptionHandler} once the future is garbage, or when the loop
 * closes.
 *
 * @param <T> the result
 */
public sealed class LoopFuture<T extends @Nullable Object> implements Future<T>
        permits Task, GatherFuture, ShieldFuture {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(LoopFuture.class, "state", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A step of the engine that is taken by the completing thread itself. It must not block, throw or run user code. */
    @FunctionalInterface
    interface Hook {
        void completed();

        /** The future that waits for this one through the hook, if there still is one: an edge of the call graph. Any thread. */
        default @Nullable LoopFuture<?> awaitedBy() {
            return null;
        }
    }

    private record TaskResult(Object task) {}

    private record Cancelled(
            @Nullable String message, @Nullable Throwable cause) {}

    /** A failure, and whether anybody has seen it. */
    static final class Failure {
        final Throwable exception;
        // any thread sets; read by the reporter
        volatile boolean retrieved;

        Failure(Throwable exception) {
            this.exception = exception;
        }
    }

    private static final Object NULL_RESULT = new Object();

    private final EventLoop loop;

    /*
     * Any thread, CAS.
     *
     *   null, TaskThread, Waiter --complete--> result (NULL_RESULT for null), TaskResult, Failure, Cancelled
     *
     * A task that waits alone, as nearly all do, stands here itself; so a result that is a task goes into a TaskResult. Others
     * are pushed in front of a chain, which is read backwards by the one thread that completes. In it stand a TaskThread, a
     * blocked Thread, a DoneCallback, a Handle or a Hook.
     */
    private volatile @Nullable Object state;

    LoopFuture(EventLoop loop) {
        this.loop = loop;
        if (loop.isDebug()) {
            loop.debugMode().made(this);
        }
    }

    // ---- completing

    /**
     * Completes this future with a result.
     *
     * @throws InvalidStateException when it is done already
     */
    public void setResult(T result) {
        if (!trySetResult(result)) {
            throw alreadyDone();
        }
    }

    /**
     * Completes this future with a failure. Waiters get this very exception; a checked one arrives wrapped in a
     * {@link CompletionException}.
     *
     * @throws InvalidStateException when it is done already
     */
    public void setException(Throwable exception) {
        if (!trySetException(exception)) {
            throw alreadyDone();
        }
    }

    /** As {@link #setResult}, but returns false when this future is done already. */
    public boolean trySetResult(T result) {
        return completeWith(result);
    }

    /** As {@link #setException}, but returns false when this future is done already. */
    public boolean trySetException(Throwable exception) {
        return failWith(Objects.requireNonNull(exception, "exception"));
    }

    /** As {@link #cancel(String)}, without a message. */
    public final boolean cancel() {
        return cancel(null);
    }

    /**
     * Cancels this future: whoever waits gets a {@link CancelledException} with the message. A {@link Task} is asked to end
     * instead, see there.
     *
     * @param message says why; may be null
     * @return false when this future is done already
     */
    public boolean cancel(@Nullable String message) {
        return cancel(message, null);
    }

    /** As {@link #cancel()}. The flag makes no difference: whether work is interrupted is up to whoever completes this future. */
    @Override
    public final boolean cancel(boolean mayInterruptIfRunning) {
        return cancel();
    }

    final boolean cancel(@Nullable String message, @Nullable Throwable cause) {
        if (complete(new Cancelled(message, cause))) {
            return true;
        }
        markRetrieved();
        return false;
    }

    final boolean completeWith(T result) {
        Object outcome = result == null ? NULL_RESULT : result;
        return complete(outcome instanceof TaskThread<?> ? new TaskResult(outcome) : outcome);
    }

    final boolean failWith(Throwable exception) {
        Failure failure = new Failure(exception);
        if (!complete(failure)) {
            return false;
        }
        loop.failures().unretrieved.watch(this, failure);
        return true;
    }

    private boolean complete(Object outcome) {
        Object before;
        do {
            before = state;
            if (!isPending(before)) {
                return false;
            }
        } while (!STATE.compareAndSet(this, before, outcome));
        if (before instanceof TaskThread<?> task) {
            task.wake();
        } else if (before != null) {
            wake((Waiter) before);
        }
        return true;
    }

    private static boolean isPending(@Nullable Object state) {
        return state == null || state instanceof Waiter || state instanceof TaskThread<?>;
    }

    private void wake(Waiter newest) {
        for (Waiter place : newest.oldestFirst()) {
            Object who = place.take();
            if (who != null) {
                wakeOne(who);
            }
        }
    }

    @SuppressWarnings("unchecked") // a DoneCallback in our chain was made by our own addDoneCallback
    private void wakeOne(Object who) {
        if (who instanceof TaskThread<?> task) {
            task.wake();
        } else if (who instanceof DoneCallback<?> callback) {
            loop.scheduleOrReport(((DoneCallback<T>) callback).handleFor(this), this);
        } else if (who instanceof Handle handle) {
            handle.loop.scheduleOrReport(handle, this);
        } else if (who instanceof Hook hook) {
            hook.completed();
        } else {
            LockSupport.unpark((Thread) who);
        }
    }

    // ---- asking

    /** The loop this future belongs to; its callbacks run there. */
    public final EventLoop loop() {
        return loop;
    }

    /** True when this future has a result, a failure, or was cancelled. */
    @Override
    public final boolean isDone() {
        return !isPending(state);
    }

    /** True when this future was cancelled. */
    @Override
    public final boolean isCancelled() {
        return state instanceof Cancelled;
    }

    /**
     * The result, without waiting.
     *
     * @throws InvalidStateException when this future is not done
     * @throws CancelledException when it was cancelled
     * @throws CompletionException around a checked exception it failed with; any other is thrown as it is
     */
    public final T result() {
        Object outcome = outcome();
        if (outcome instanceof Failure failure) {
            failure.retrieved = true;
            throw unchecked(failure.exception);
        }
        return value(outcome);
    }

    /** As {@link #result()}, for who knows which checked exception the body declares that made it: thrown as it is. */
    @SuppressWarnings("unchecked") // a body declares X, so the only checked exceptions it throws are X
    final <X extends Exception> T resultOfBody() throws X {
        Object outcome = outcome();
        if (outcome instanceof Failure failure
                && failure.exception instanceof Exception exception
                && !(exception instanceof RuntimeException)) {
            failure.retrieved = true;
            throw (X) exception;
        }
        return result();
    }

    /**
     * The failure, without waiting, or null when there is a result.
     *
     * @throws InvalidStateException when this future is not done
     * @throws CancelledException when it was cancelled
     */
    public final @Nullable Throwable exception() {
        Object outcome = outcome();
        if (outcome instanceof Failure failure) {
            failure.retrieved = true;
            return failure.exception;
        }
        value(outcome);
        return null;
    }

    /** As {@link #result()}, with the exceptions that {@link Future} asks for: {@link IllegalStateException} for all but a result. */
    @Override
    public final T resultNow() {
        Object outcome = outcome();
        if (outcome instanceof Failure || outcome instanceof Cancelled) {
            throw new InvalidStateException("there is no result: " + this);
        }
        return value(outcome);
    }

    /** The failure; {@link IllegalStateException} when there is none. */
    @Override
    public final Throwable exceptionNow() {
        if (outcome() instanceof Failure failure) {
            failure.retrieved = true;
            return failure.exception;
        }
        throw new InvalidStateException("there is no exception: " + this);
    }

    @Override
    public final State state() {
        Object s = state;
        if (isPending(s)) {
            return State.RUNNING;
        }
        return s instanceof Failure ? State.FAILED : s instanceof Cancelled ? State.CANCELLED : State.SUCCESS;
    }

    // ---- waiting

    /**
     * Waits until this future is done: asyncio's {@code await}. A cancellation point: a task that is cancelled here cancels
     * this future as well. An interrupt of a thread that is not a task ends its wait with a {@link CancelledException} and
     * stays set.
     *
     * @return the result
     * @throws CancelledException when the waiting task or this future is cancelled
     * @throws CompletionException around a checked exception it failed with; any other is thrown as it is, the same instance
     * @throws PinnedException when the task cannot let go of the loop thread here
     * @throws IllegalStateException when a task waits for itself
     */
    public final T await() {
        Parking.await(this);
        return result();
    }

    /**
     * As {@link #await()}, with the exceptions that {@link Future} asks for.
     *
     * @throws ExecutionException around what this future failed with
     * @throws CancelledException when the waiting task or this future is cancelled
     * @throws InterruptedException when a thread that is not a task is interrupted while it waits
     */
    @Override
    public final T get() throws InterruptedException, ExecutionException {
        Parking.awaitInterruptibly(this);
        return reported();
    }

    /**
     * As {@link #get()}, for a time, and without a hold on this future: a task that is cancelled here leaves it as it is.
     *
     * @throws TimeoutException when the time is over, which leaves this future as it is. A time of 0 or less does not wait
     */
    @Override
    public final T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        Objects.requireNonNull(unit, "unit");
        if (!Parking.awaitFor(this, unit.toNanos(timeout))) {
            throw new TimeoutException("not done after " + timeout + " " + unit + ": " + this);
        }
        return reported();
    }

    private T reported() throws ExecutionException {
        Object outcome = outcome();
        if (outcome instanceof Failure failure) {
            failure.retrieved = true;
            throw new ExecutionException(failure.exception);
        }
        return value(outcome);
    }

    // ---- callbacks

    /**
     * Has the loop call back when this future is done, soon if it is already: asyncio's {@code add_done_callback}. Safe from any
     * thread.
     *
     * @throws LoopClosedException when this future is done and its loop is closed
     */
    public final void addDoneCallback(Consumer<? super LoopFuture<T>> callback) {
        Objects.requireNonNull(callback, "callback");
        callBack(new DoneCallback<>(callback, ContextHolder.currentBindings()));
    }

    /**
     * As {@link #addDoneCallback(Consumer)}, with a context for the callback to run in instead of a copy of the caller's.
     *
     * @throws LoopClosedException when this future is done and its loop is closed
     */
    public final void addDoneCallback(Context context, Consumer<? super LoopFuture<T>> callback) {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(callback, "callback");
        callBack(new DoneCallback<>(callback, context));
    }

    private void callBack(DoneCallback<T> waiter) {
        if (!addWaiter(waiter)) {
            loop.schedule(waiter.handleFor(this));
        }
    }

    /**
     * Takes back every callback equal to this one that has not been given to the loop yet. Safe from any thread.
     *
     * @return how many there were
     */
    public final int removeDoneCallback(Consumer<? super LoopFuture<T>> callback) {
        return removeWaiters(new DoneCallback<>(Objects.requireNonNull(callback, "callback"), null));
    }

    /** A user's callback and what it runs in; equal to another when the users' callbacks are. */
    private record DoneCallback<T extends @Nullable Object>(
            Consumer<? super LoopFuture<T>> callback,
            @Nullable Object context) {
        Handle handleFor(LoopFuture<T> future) {
            return new Handle(future.loop, new DoneCall<>(callback, future), context);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof DoneCallback<?> that && callback.equals(that.callback);
        }

        @Override
        public int hashCode() {
            return callback.hashCode();
        }
    }

    /** A user's callback and the future it is told of, which a failure report names. */
    record DoneCall<T extends @Nullable Object>(Consumer<? super LoopFuture<T>> callback, LoopFuture<T> future)
            implements Runnable {
        @Override
        public void run() {
            callback.accept(future);
        }

        @Override
        public String toString() {
            return callback.toString();
        }
    }

    /**
     * This future for APIs that want a {@link CompletableFuture}. It is completed on the loop, or by the thread that completes
     * this one when the loop is closed; cancelling it cancels this one, as asyncio's {@code wrap_future} does.
     */
    public final CompletableFuture<T> toCompletableFuture() {
        CompletableFuture<T> twin = new CompletableFuture<>();
        var unused = twin.whenComplete((result, failure) -> {
            if (twin.isCancelled()) {
                cancel();
            }
        });
        Bindings context = ContextHolder.currentBindings();
        Hook onLoop = () -> loop.scheduleOrRun(() -> copyTo(twin), context);
        if (!addWaiter(onLoop)) {
            onLoop.completed();
        }
        return twin;
    }

    private void copyTo(CompletableFuture<T> twin) {
        if (isCancelled()) {
            twin.cancel(false);
        } else if (outcome() instanceof Failure failure) {
            failure.retrieved = true;
            twin.completeExceptionally(failure.exception);
        } else {
            twin.complete(result());
        }
    }

    // ---- for the engine

    /**
     * Registers who is to be told of the completion.
     *
     * @return false when this future is done and nobody will be told
     */
    final boolean addWaiter(Object who) {
        Object before;
        Object after;
        do {
            before = state;
            if (!isPending(before)) {
                return false;
            }
            after = before == null && who instanceof TaskThread<?> ? who : new Waiter(who, chain(before));
        } while (!STATE.compareAndSet(this, before, after));
        return true;
    }

    private static @Nullable Waiter chain(@Nullable Object pending) {
        return pending instanceof TaskThread<?> ? new Waiter(pending, null) : (Waiter) pending;
    }

    /**
     * Registers a hook that may be taken back with {@link #removeHook}, which unlike {@link #removeWaiters} needs no search.
     *
     * @return its place; null when this future is done and the hook will not be told
     */
    final @Nullable Waiter addHook(Hook hook) {
        for (; ; ) {
            Object before = state;
            if (!isPending(before)) {
                return null;
            }
            Waiter place = new Waiter(hook, chain(before));
            if (STATE.compareAndSet(this, before, place)) {
                return place;
            }
        }
    }

    /** Takes a hook back; false when it was told, or is about to be. */
    final boolean removeHook(Waiter place) {
        if (place.take() == null) {
            return false;
        }
        forget(1);
        return true;
    }

    /** Forgets everyone equal to {@code who}; returns how many there were. */
    final int removeWaiters(Object who) {
        for (; ; ) {
            Object before = state;
            if (before == null || !isPending(before)) {
                return 0;
            }
            if (before instanceof Waiter newest) {
                int removed = newest.strikeOut(who);
                forget(removed);
                return removed;
            }
            if (!before.equals(who)) {
                return 0;
            }
            if (STATE.compareAndSet(this, before, null)) {
                return 1;
            }
        }
    }

    private void forget(int struckOut) {
        if (state instanceof Waiter newest && newest.countStruckOut(struckOut)) {
            int before = newest.length();
            Waiter swept = newest.sweep();
            if (swept != newest) {
                STATE.compareAndSet(this, newest, swept); // or somebody came first, and the next sweep is soon enough
            }
            if (state instanceof Waiter now && now != swept) {
                now.countSwept(before, swept == null ? 0 : swept.length());
            }
        }
    }

    /** Who waits for this future now, in the order in which they came, for tools and tests. Any thread. */
    final List<Object> waiters() {
        Object pending = state;
        if (pending instanceof TaskThread<?>) {
            return List.of(pending);
        }
        return pending instanceof Waiter newest ? newest.present().toList() : List.of();
    }

    /** How many places the chain has, struck out or not. For tests. */
    final int placeCount() {
        return state instanceof Waiter newest ? newest.oldestFirst().size() : 0;
    }

    /** What this future, which is done, ended with: null for a result. Counts as having seen the failure. */
    final @Nullable Throwable failure() {
        Object outcome = outcome();
        if (outcome instanceof Cancelled cancelled) {
            return new CancelledException(cancelled.message, cancelled.cause);
        }
        return outcome instanceof Failure ? exception() : null;
    }

    /** Has another future end as this one did, which is done. A failure is then the other one's to be seen. */
    final void passTo(LoopFuture<? super T> other) {
        Object outcome = outcome();
        if (outcome instanceof Failure failure) {
            if (other.failWith(failure.exception)) {
                failure.retrieved = true;
            }
        } else {
            other.complete(outcome);
        }
    }

    /** The futures and tasks that wait for this one, in the order in which they came; those that are done do not wait. Any thread. */
    final List<LoopFuture<?>> awaiters() {
        List<LoopFuture<?>> found = new ArrayList<>();
        for (Object who : waiters()) {
            LoopFuture<?> behind = who instanceof Hook hook ? hook.awaitedBy() : null;
            LoopFuture<?> awaiter = who instanceof TaskThread<?> task ? task : behind;
            if (awaiter == null || awaiter.isDone()) {
                continue;
            }
            if (awaiter.getClass() == LoopFuture.class) {
                found.addAll(awaiter.awaiters()); // a wait's own future, which stands for whoever waits in it
            } else {
                found.add(awaiter);
            }
        }
        return found;
    }

    /** Says that somebody has seen the failure, if there is one. */
    final void markRetrieved() {
        if (state instanceof Failure failure) {
            failure.retrieved = true;
        }
    }

    private Object outcome() {
        Object s = state;
        if (s == null || isPending(s)) {
            throw new InvalidStateException("not done yet, await it or add a done callback: " + this);
        }
        return s;
    }

    @SuppressWarnings({"unchecked", "NullAway"
    }) // what is neither a marker nor a waiter was given as a T, which may be null
    private T value(Object outcome) {
        if (outcome instanceof Cancelled cancelled) {
            throw new CancelledException(cancelled.message, cancelled.cause);
        }
        if (outcome instanceof TaskResult result) {
            return (T) result.task;
        }
        return (T) (outcome == NULL_RESULT ? null : outcome);
    }

    static RuntimeException unchecked(Throwable exception) {
        if (exception instanceof RuntimeException e) {
            return e;
        }
        if (exception instanceof Error e) {
            throw e;
        }
        return new CompletionException(exception);
    }

    private InvalidStateException alreadyDone() {
        return new InvalidStateException("done already, use a try method where producers race: " + this);
    }

    /** What {@link #toString} calls this future. */
    String label() {
        return "LoopFuture@" + Integer.toHexString(System.identityHashCode(this));
    }

    @Override
    public final String toString() {
        Object s = state;
        String shown;
        if (isPending(s)) {
            shown = "pending";
        } else if (s instanceof Failure failure) {
            shown = "failed: " + shown(failure.exception);
        } else if (s instanceof Cancelled cancelled) {
            shown = cancelled.message == null ? "cancelled" : "cancelled: " + cancelled.message;
        } else {
            shown = "done";
        }
        return label() + "[" + shown + loop.debugMode().suffix(this) + "]";
    }

    /** What an exception says of itself, which is user code. */
    private static String shown(Throwable exception) {
        try {
            return String.valueOf(exception);
        } catch (Throwable unprintable) {
            return exception.getClass().getName();
        }
    }
}
