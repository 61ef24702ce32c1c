package io.loomloop;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The free functions of asyncio, for code that runs on a loop: waiting, sleeping, starting tasks.
 *
 * <p>Each method that waits is a cancellation point, whether or not it has to wait, and throws {@link PinnedException} where its wait
 * would stop the loop: inside of {@code synchronized} on JDK 21 to 23, in a native method, in a static initialiser. None of them
 * needs the loop as an argument: it is the one that runs the caller.
 */
public final class Async {
    private Async() {}

    /**
     * Waits for a future, see {@link LoopFuture#await}: asyncio's {@code await}. It may be called from any thread; one that is
     * not a task of a loop is blocked.
     *
     * @return the result
     * @throws CancelledException when the calling task or the future is cancelled
     * @throws CompletionException around a checked exception the future failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(LoopFuture<T> future) {
        return future.await();
    }

    /**
     * Waits for a stage of somebody else's. When the calling task is cancelled meanwhile, a stage that is a {@link Future} too, as a
     * {@link CompletableFuture} is, is cancelled as well; another kind goes on, unwatched.
     *
     * @return the result
     * @throws CancelledException when the calling task or the stage is cancelled
     * @throws CompletionException around a checked exception the stage failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
        Objects.requireNonNull(stage, "stage");
        LoopThread home = VirtualThreads.currentHome();
        if (home == null) {
            return get(stage.toCompletableFuture());
        }
        LoopFuture<T> twin = ForeignFuture.twinOf(home.loop, stage);
        try {
            return twin.await();
        } finally {
            if (twin.isCancelled()) {
                ForeignFuture.cancel(stage);
            }
        }
    }

    /** As {@link #await(CompletionStage)}, for the type that is a {@link Future} too. */
    public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
        return await((CompletionStage<T>) future);
    }

    /**
     * Waits for a future of somebody else's, by blocking in its {@code get} unless it is a {@link CompletionStage} too. When the
     * calling task is cancelled meanwhile, the future is cancelled too. A {@code get} that holds its thread instead of parking it
     * (in native code, or in a monitor on JDK 21 to 23) holds the loop: {@link #toThread} is for those.
     *
     * @return the result
     * @throws CancelledException when the calling task or the future is cancelled, or the calling thread is interrupted
     * @throws CompletionException around a checked exception the future failed with; any other is thrown as it is
     */
    public static <T extends @Nullable Object> T await(Future<T> future) {
        Objects.requireNonNull(future, "future");
        if (future instanceof LoopFuture<T> ours) {
            return ours.await();
        }
        if (future instanceof CompletionStage<?>) {
            @SuppressWarnings("unchecked") // a type that is both has one result
            CompletionStage<T> stage = (CompletionStage<T>) future;
            return await(stage);
        }
        return get(future);
    }

    private static <T extends @Nullable Object> T get(Future<T> future) {
        TaskThread<?> task = LoopThread.currentTask();
        try {
            if (task != null) {
                task.throwIfCancelled();
            }
            return future.get();
        } catch (ExecutionException e) {
            throw LoopFuture.unchecked(e.getCause() == null ? e : e.getCause());
        } catch (CancelledException e) {
            future.cancel(true);
            throw e;
        } catch (CancellationException e) {
            throw new CancelledException(e.getMessage(), e);
        } catch (InterruptedException e) {
            future.cancel(true);
            throw task != null ? task.interruption(e) : interruption(e);
        }
    }

    private static CancelledException interruption(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CancelledException("interrupted while waiting", e);
    }

    /**
     * Waits for a time on the loop's clock: asyncio's {@code sleep}. A duration of zero or less lets everything that is ready run
     * once, as {@link #yieldNow} does.
     *
     * @throws IllegalStateException when the caller does not run on a loop; {@link Thread#sleep} is for that
     */
    public static void sleep(Duration duration) {
        Parking.sleep(EventLoop.nanos(duration));
    }

    /** As {@link #sleep(Duration)}, and returns {@code result}. */
    public static <T extends @Nullable Object> T sleep(Duration duration, T result) {
        sleep(duration);
        return result;
    }

    /**
     * Lets everything that is ready run first: asyncio's {@code sleep(0)}. Returns at once when nothing is. Long computations call
     * it now and then, so that the other tasks are not kept waiting.
     *
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static void yieldNow() {
        Parking.yieldNow();
    }

    /**
     * Starts a task on the loop that runs the caller, see {@link EventLoop#createTask(Body)}.
     *
     * @throws IllegalStateException when the caller does not run on a loop; {@link EventLoop#createTask(Body)} works from any thread
     */
    public static <T extends @Nullable Object> Task<T> createTask(Body<? extends T, ?> body) {
        return EventLoop.current().createTask(body);
    }

    /** As {@link #createTask(Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(VoidBody<?> body) {
        return EventLoop.current().createTask(body);
    }

    /** As {@link #createTask(Body)}, with a name for the task and its thread. */
    public static <T extends @Nullable Object> Task<T> createTask(String name, Body<? extends T, ?> body) {
        return EventLoop.current().createTask(name, body);
    }

    /** As {@link #createTask(String, Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(String name, VoidBody<?> body) {
        return EventLoop.current().createTask(name, body);
    }

    /**
     * As {@link #createTask(Body)}, with a name, a context or a start at once, as the options say.
     *
     * @throws IllegalStateException when the caller does not run on a loop, or when the task is to start at once in a context that
     *     is entered already
     */
    public static <T extends @Nullable Object> Task<T> createTask(TaskOptions options, Body<? extends T, ?> body) {
        return EventLoop.current().createTask(options, body);
    }

    /** As {@link #createTask(TaskOptions, Body)}, for work without a result. */
    public static Task<@Nullable Void> createTask(TaskOptions options, VoidBody<?> body) {
        return EventLoop.current().createTask(options, body);
    }

    /**
     * Runs work that would hold the loop on a platform thread, in a copy of the caller's {@link Context}, and waits for it: asyncio's
     * {@code to_thread}. See {@link EventLoop#runInExecutor(Body)}.
     *
     * <p>A cancellation point. Cancelling the waiting task interrupts the work and does not wait for its end: work that ignores
     * interrupts goes on, and its outcome is dropped.
     *
     * @return what the work returns
     * @throws X what the work throws, the same instance
     * @throws CancelledException when the calling task is cancelled, or the work ends with one
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static <T extends @Nullable Object, X extends Exception> T toThread(Body<T, X> work) throws X {
        LoopFuture<T> result = EventLoop.current().runInExecutor(work);
        Parking.await(result);
        return result.resultOfBody();
    }

    /** As {@link #toThread(Body)}, for work without a result. */
    public static <X extends Exception> void toThread(VoidBody<X> work) throws X {
        toThread(Objects.requireNonNull(work, "work").asBody());
    }

    /**
     * The task that is the caller: asyncio's {@code current_task}.
     *
     * @throws IllegalStateException when the caller is not a task, but a callback or a thread of its own
     */
    public static Task<?> currentTask() {
        return LoopThread.requireTask();
    }

    /**
     * The items of a publisher, one by one, for the calling task to read; {@value PublishedItems#DEFAULT_PREFETCH} are asked for
     * ahead.
     *
     * <pre>{@code
     * try (PublishedItems<Row> rows = Async.iterate(query)) {
     *     for (Row row : rows) {
     *         show(row);
     *     }
     * }
     * }</pre>
     *
     * @throws IllegalStateException when the caller does not run on a loop
     */
    public static <T> PublishedItems<T> iterate(Flow.Publisher<? extends T> publisher) {
        return iterate(publisher, PublishedItems.DEFAULT_PREFETCH);
    }

    /**
     * As {@link #iterate(Flow.Publisher)}, with a bound for what the publisher may send ahead.
     *
     * @param prefetch how many items there may be that were not read yet; at least 1
     * @throws IllegalArgumentException when it is less
     */
    public static <T> PublishedItems<T> iterate(Flow.Publisher<? extends T> publisher, int prefetch) {
        return PublishedItems.of(publisher, prefetch);
    }

    // ---- many at once

    /**
     * The results of many futures, in the order in which the futures were given: asyncio's {@code gather}.
     *
     * <pre>{@code
     * List<Page> pages = Async.gather(tasks).await();
     * }</pre>
     *
     * <p>The first failure is passed on at once; the other futures go on, and what they fail with later counts as seen. A future
     * that is cancelled counts as one that failed with a {@link CancelledException}; the future returned is not cancelled then.
     * A future given twice is one.
     *
     * <p>Cancelling the future returned, or a task that waits for it, cancels all that are not done; it ends when they have, with
     * a failure one of them had meanwhile, or else with {@link CancelledException}. Its {@code cancel} returns false once they
     * are done. Safe from any thread.
     *
     * @param futures of one loop; none at all have an empty result, and need a loop that runs the caller
     * @throws IllegalArgumentException when the futures belong to different loops
     * @throws IllegalStateException when there are none and the caller does not run on a loop
     */
    public static <T extends @Nullable Object> LoopFuture<List<T>> gather(
            Collection<? extends LoopFuture<? extends T>> futures) {
        return GatherFuture.ofResults(Objects.requireNonNull(futures, "futures"));
    }

    /** As {@link #gather(Collection)}. */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> LoopFuture<List<T>> gather(LoopFuture<? extends T>... futures) {
        return GatherFuture.ofResults(Arrays.asList(Objects.requireNonNull(futures, "futures")));
    }

    /**
     * As {@link #gather(Collection)}, of tasks that are started here.
     *
     * <pre>{@code
     * List<String> both = Async.gather(() -> load("a"), () -> load("b")).await();
     * }</pre>
     *
     * @throws IllegalStateException when the caller does not run on a loop
     */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> LoopFuture<List<T>> gather(Body<? extends T, ?>... bodies) {
        return GatherFuture.ofResults(GatherFuture.<T>tasks(Arrays.asList(Objects.requireNonNull(bodies, "bodies"))));
    }

    /** As {@link #gather(Body[])}, for work without results. */
    public static LoopFuture<List<@Nullable Void>> gather(VoidBody<?>... bodies) {
        return GatherFuture.ofResults(GatherFuture.voidTasks(bodies));
    }

    /**
     * Many futures, once all of them are done, in the order in which they were given: asyncio's {@code gather} with
     * {@code return_exceptions}. No failure ends it early; each future tells what became of it, and counts as seen.
     *
     * <pre>{@code
     * for (Task<String> task : Async.gatherSettled(tasks).await()) {
     *     switch (task.state()) {
     *         case SUCCESS -> use(task.resultNow());
     *         case FAILED -> log(task.exceptionNow());
     *         default -> {} // cancelled
     *     }
     * }
     * }</pre>
     *
     * <p>Cancelling works as in {@link #gather(Collection)}, and ends in a {@link CancelledException} in any case.
     *
     * @throws IllegalArgumentException when the futures belong to different loops
     * @throws IllegalStateException when there are none and the caller does not run on a loop
     */
    public static <F extends LoopFuture<?>> LoopFuture<List<F>> gatherSettled(Collection<? extends F> futures) {
        return GatherFuture.ofSettled(Objects.requireNonNull(futures, "futures"));
    }

    /** As {@link #gatherSettled(Collection)}, for futures of one type. */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> LoopFuture<List<LoopFuture<T>>> gatherSettled(LoopFuture<T>... futures) {
        return GatherFuture.ofSettled(Arrays.asList(Objects.requireNonNull(futures, "futures")));
    }

    /** As {@link #gatherSettled(Collection)}, of tasks that are started here. */
    @SafeVarargs
    @SuppressWarnings("varargs") // the array is only read
    public static <T extends @Nullable Object> LoopFuture<List<Task<T>>> gatherSettled(Body<? extends T, ?>... bodies) {
        return GatherFuture.ofSettled(GatherFuture.<T>tasks(Arrays.asList(Objects.requireNonNull(bodies, "bodies"))));
    }

    /** As {@link #gatherSettled(Body[])}, for work without results. */
    public static LoopFuture<List<Task<@Nullable Void>>> gatherSettled(VoidBody<?>... bodies) {
        return GatherFuture.ofSettled(GatherFuture.voidTasks(bodies));
    }

    /** As {@link #waitAll(Collection, Duration, ReturnWhen)}, until all are done. */
    public static <F extends LoopFuture<?>> WaitResult<F> waitAll(Collection<? extends F> futures) {
        return waitAll(futures, null, ReturnWhen.ALL_COMPLETED);
    }

    /** As {@link #waitAll(Collection, Duration, ReturnWhen)}, without a limit of time. */
    public static <F extends LoopFuture<?>> WaitResult<F> waitAll(
            Collection<? extends F> futures, ReturnWhen returnWhen) {
        return waitAll(futures, null, returnWhen);
    }

    /** As {@link #waitAll(Collection, Duration, ReturnWhen)}, until all are done or the time is over. */
    public static <F extends LoopFuture<?>> WaitResult<F> waitAll(
            Collection<? extends F> futures, @Nullable Duration timeout) {
        return waitAll(futures, timeout, ReturnWhen.ALL_COMPLETED);
    }

    /**
     * Waits until some or all of the futures are done and tells which: asyncio's {@code wait}. It throws none of their failures,
     * and it leaves the futures as they are, whether the time is over or the caller is cancelled.
     *
     * <p>A cancellation point. The futures may belong to any loop; a caller that is not a task is blocked.
     *
     * @param timeout zero or less means not to wait; null, for ever
     * @throws CancelledException when the calling task is cancelled, or a thread that is not a task is interrupted
     * @throws IllegalArgumentException when there are no futures
     */
    public static <F extends LoopFuture<?>> WaitResult<F> waitAll(
            Collection<? extends F> futures, @Nullable Duration timeout, ReturnWhen returnWhen) {
        return Watch.waitAll(Objects.requireNonNull(futures, "futures"), timeout, returnWhen);
    }

    /** As {@link #asCompleted(Collection, Duration)}, without a limit of time. */
    public static <F extends LoopFuture<?>> Iterable<F> asCompleted(Collection<? extends F> futures) {
        return asCompleted(futures, null);
    }

    /**
     * The futures one by one, as each is done: asyncio's {@code as_completed}.
     *
     * <pre>{@code
     * for (Task<String> task : Async.asCompleted(tasks)) {
     *     System.out.println(task.result());
     * }
     * }</pre>
     *
     * <p>Each step of the iteration waits for the next future to be done, however it ends, and is a cancellation point; a step
     * that is cancelled takes no future away. There is one iteration: an iterator asked for later goes on where the last one
     * stopped. It is for one task, or one thread that is not a task, at a time. The futures may belong to any loop; given twice,
     * a future comes once.
     *
     * <p>When the time is over, each step that is left throws a {@link CompletionException} around a {@link TimeoutException}.
     * The futures go on.
     *
     * @param timeout for all of the iteration, counted from here; null means for ever
     */
    public static <F extends LoopFuture<?>> Iterable<F> asCompleted(
            Collection<? extends F> futures, @Nullable Duration timeout) {
        return CompletionOrder.of(Objects.requireNonNull(futures, "futures"), timeout);
    }

    /**
     * A future that ends as {@code future} does, and can be cancelled without cancelling that: asyncio's {@code shield}.
     *
     * <pre>{@code
     * Async.shield(save).await(); // a caller that is cancelled here goes, the saving goes on
     * }</pre>
     *
     * <p>When {@code future} itself is cancelled, so is the one returned. A failure that comes after the one returned was
     * cancelled is reported if nobody looks at it. Safe from any thread.
     *
     * @return {@code future} itself when it is done
     */
    public static <T extends @Nullable Object> LoopFuture<T> shield(LoopFuture<T> future) {
        return ShieldFuture.of(future);
    }

    /** As {@link #shield(LoopFuture)}, of a task that is started here. */
    public static <T extends @Nullable Object> LoopFuture<T> shield(Body<? extends T, ?> body) {
        return ShieldFuture.of(Async.<T>createTask(body));
    }

    /** As {@link #shield(Body)}, for work without a result. */
    public static LoopFuture<@Nullable Void> shield(VoidBody<?> body) {
        return ShieldFuture.of(createTask(body));
    }

    // ---- limits of time

    /**
     * Waits for a future, for a time: asyncio's {@code wait_for}. When the time is over, the future is cancelled and its end is
     * waited for: a value or a failure that it ends with in spite of that is returned or thrown. {@link #shield} keeps it from
     * being cancelled.
     *
     * <p>For tasks; another thread uses {@link LoopFuture#get(long, java.util.concurrent.TimeUnit)}, which cancels nothing. A
     * cancellation point: a task that is cancelled here cancels the future as well. A {@link Future} that is not a
     * {@link LoopFuture} is waited for as in {@link #await(Future)}.
     *
     * @param timeout with zero or less a future that is not done is cancelled at once; null means for ever
     * @return the result
     * @throws TimeoutException when the future was cancelled because the time was over
     * @throws CancelledException when the calling task or the future is cancelled
     * @throws CompletionException around a checked exception the future failed with; any other is thrown as it is
     * @throws IllegalStateException when the caller is not a task
     */
    public static <T extends @Nullable Object> T waitFor(Future<T> future, @Nullable Duration timeout)
            throws TimeoutException {
        return WaitFor.future(future, timeout);
    }

    /**
     * Does a piece of work in the calling task, for a time: {@link #timeout(Duration, Body)}, except that with a time of zero or
     * less the work is not begun.
     *
     * @throws X what the work throws
     */
    public static <T extends @Nullable Object, X extends Exception> T waitFor(
            Body<T, X> body, @Nullable Duration timeout) throws X, TimeoutException {
        return WaitFor.body(body, timeout);
    }

    /** As {@link #waitFor(Body, Duration)}, for work without a result. */
    public static <X extends Exception> void waitFor(VoidBody<X> body, @Nullable Duration timeout)
            throws X, TimeoutException {
        WaitFor.body(Objects.requireNonNull(body, "body").asBody(), timeout);
    }

    /**
     * Does a piece of work in the calling task under a deadline: asyncio's {@code timeout}. When the time is over the task is
     * cancelled, and the {@link CancelledException} that leaves the work becomes a {@link TimeoutException}.
     *
     * <pre>{@code
     * String answer = Async.timeout(Duration.ofSeconds(5), () -> ask(server));
     * }</pre>
     *
     * <p>Other exceptions of the work pass as they are; one thrown after the time was over has the TimeoutException among its
     * suppressed ones. Work that catches the cancellation and returns is not too late. Scopes nest, see {@link Timeout}.
     *
     * @param delay zero or less means the first wait of the work that has to wait; null, never
     * @return what the work returns
     * @throws X what the work throws
     * @throws TimeoutException when the work ended because the time was over; its cause is the CancelledException
     * @throws CancelledException when somebody else cancels the task
     * @throws IllegalStateException when the caller is not a task
     */
    public static <T extends @Nullable Object, X extends Exception> T timeout(@Nullable Duration delay, Body<T, X> body)
            throws X, TimeoutException {
        Objects.requireNonNull(body, "body");
        return Timeout.run(delay, scope -> body.call());
    }

    /** As {@link #timeout(Duration, Body)}, for work without a result. */
    public static <X extends Exception> void timeout(@Nullable Duration delay, VoidBody<X> body)
            throws X, TimeoutException {
        timeout(delay, Objects.requireNonNull(body, "body").asBody());
    }

    /**
     * As {@link #timeout(Duration, Body)}, for work that moves its deadline.
     *
     * <pre>{@code
     * Async.timeout(Duration.ofSeconds(5), scope -> {
     *     for (Part part : parts) {
     *         part.send();
     *         scope.reschedule(Duration.ofSeconds(5));
     *     }
     * });
     * }</pre>
     */
    public static <T extends @Nullable Object, X extends Exception> T timeout(
            @Nullable Duration delay, ScopeBody<Timeout, T, X> body) throws X, TimeoutException {
        return Timeout.run(delay, body);
    }

    /** As {@link #timeout(Duration, ScopeBody)}, for work without a result. */
    @SuppressWarnings("overloads") // the twin with a result is the more special one, see ScopeBody
    public static <X extends Exception> void timeout(@Nullable Duration delay, VoidScopeBody<Timeout, X> body)
            throws X, TimeoutException {
        Timeout.run(delay, Objects.requireNonNull(body, "body").asBody());
    }

    /**
     * As {@link #timeout(Duration, Body)}, with a deadline on the clock of {@link EventLoop#time()}: asyncio's
     * {@code timeout_at}.
     *
     * @param when nanoseconds, or {@link Timeout#NEVER}
     */
    public static <T extends @Nullable Object, X extends Exception> T timeoutAt(long when, Body<T, X> body)
            throws X, TimeoutException {
        Objects.requireNonNull(body, "body");
        return Timeout.runUntil(when, scope -> body.call());
    }

    /** As {@link #timeoutAt(long, Body)}, for work without a result. */
    public static <X extends Exception> void timeoutAt(long when, VoidBody<X> body) throws X, TimeoutException {
        timeoutAt(when, Objects.requireNonNull(body, "body").asBody());
    }

    /** As {@link #timeoutAt(long, Body)}, for work that moves its deadline. */
    public static <T extends @Nullable Object, X extends Exception> T timeoutAt(
            long when, ScopeBody<Timeout, T, X> body) throws X, TimeoutException {
        return Timeout.runUntil(when, body);
    }

    /** As {@link #timeoutAt(long, ScopeBody)}, for work without a result. */
    @SuppressWarnings("overloads") // the twin with a result is the more special one, see ScopeBody
    public static <X extends Exception> void timeoutAt(long when, VoidScopeBody<Timeout, X> body)
            throws X, TimeoutException {
        Timeout.runUntil(when, Objects.requireNonNull(body, "body").asBody());
    }

    /**
     * Runs work as a group of tasks and returns when all of them have ended: asyncio's {@code async with TaskGroup()}.
     *
     * <p>The first failure, of the body or of a child, cancels everything else in the group; when all has ended, the failures are
     * thrown together. A child that is cancelled by itself is no failure. A cancellation of the calling task cancels the group. What
     * the body throws is wrapped as well, so nothing is thrown that is not listed here. A cancellation point if anything in it is,
     * or if a child is left when the body ends.
     *
     * @return what the body returned; null when {@link TaskGroup#cancel()} kept it from returning
     * @throws ExceptionGroup around the failures of children, in the order in which they failed, and that of the body, last; when the
     *     calling task was cancelled meanwhile, it is cancelled again and told so in its next wait
     * @throws VirtualMachineError when one failed with it, bare; the other failures go to the {@link ExceptionHandler}
     * @throws CancelledException when the calling task was cancelled and nothing failed
     * @throws IllegalStateException when the caller is not a task
     */
    public static <T extends @Nullable Object> @Nullable T taskGroup(ScopeBody<TaskGroup, ? extends T, ?> body) {
        return TaskGroup.run(TaskGroupOptions.DEFAULT, body);
    }

    /** As {@link #taskGroup(ScopeBody)}, for work without a result. */
    @SuppressWarnings("overloads") // the twin with a result is the more special one, see ScopeBody
    public static void taskGroup(VoidScopeBody<TaskGroup, ?> body) {
        taskGroup(TaskGroupOptions.DEFAULT, body);
    }

    /** As {@link #taskGroup(ScopeBody)}, with settings: a limit, or children that do not end each other. */
    public static <T extends @Nullable Object> @Nullable T taskGroup(
            TaskGroupOptions options, ScopeBody<TaskGroup, ? extends T, ?> body) {
        return TaskGroup.run(options, body);
    }

    /** As {@link #taskGroup(TaskGroupOptions, ScopeBody)}, for work without a result. */
    @SuppressWarnings("overloads") // the twin with a result is the more special one, see ScopeBody
    public static void taskGroup(TaskGroupOptions options, VoidScopeBody<TaskGroup, ?> body) {
        TaskGroup.run(options, Objects.requireNonNull(body, "body").asBody());
    }
}
