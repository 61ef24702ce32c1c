package io.loomloop;

import io.loomloop.spi.LoopDriver;
import io.loomloop.spi.LoopService;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An event loop: many tasks, one thread. The counterpart of asyncio's loop and of its {@code run}.
 *
 * <p>Three ways to have one:
 *
 * <ul>
 *   <li>{@link #run(Body)} runs a program: it makes a loop, runs one main task to its end, cancels what is left, closes.
 *   <li>{@link #start()} makes a loop that runs on its own thread and serves other threads until it is closed.
 *   <li>{@link #open()} makes a loop that runs when it is told to, with {@link #runUntilComplete} and {@link #runForever}.
 * </ul>
 *
 * <p>All tasks and callbacks of a loop run on one daemon thread, one at a time, first come first served. User code runs in
 * virtual threads there, so anything that blocks in the JDK's ordinary way (a lock, a queue, a socket, {@code Thread.sleep})
 * lets the others run. What does not: computing, files, name lookup, {@code System.in}; {@link #runInExecutor(Body)} is for
 * those, and a watchdog logs whatever holds the loop for more than 100 ms.
 *
 * <p><b>Threads.</b> Every method may be called from any thread unless it says otherwise. What happened in a thread before it
 * gave work to a loop is visible to that work.
 *
 * <p><b>Bad input.</b> Null is refused with {@link NullPointerException}; work given to a closed loop with
 * {@link LoopClosedException}.
 */
public final class EventLoop implements AutoCloseable {

    /** 146 years: times further apart than twice this could not be compared by their difference. */
    private static final long LONGEST_DELAY = Long.MAX_VALUE / 2;

    /** Those that were given to a loop. */
    private static final WeakIdentityMap<Boolean> DRIVERS = new WeakIdentityMap<>();

    private final LoopDriver driver;
    private final LoopThread thread;
    private final @Nullable Watchdog watchdog;
    private final WorkerPool workers;
    private final Services services = new Services(this);
    private final Failures failures;
    private final Closing closing;
    private final DebugMode debugMode;
    private final Tasks tasks;
    private final ReentrantLock closeLock = new ReentrantLock();
    // any thread
    private volatile boolean debug;
    // set by start(): its stretch of running, which close() may end
    private volatile LoopThread.@Nullable Run background;

    private EventLoop(Builder builder) {
        VirtualThreads.requireSupported();
        this.driver = builder.driver == null ? DefaultDriver.make() : forThisLoopAlone(builder.driver);
        this.debugMode = new DebugMode(this, builder.slowStepNanos);
        this.debug = builder.debug;
        this.thread = new LoopThread(this, builder.nameOrNumber(), driver, builder.stackSize);
        this.watchdog = builder.slowStepNanos == 0 ? null : new Watchdog(thread, builder.slowStepNanos);
        thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
        this.tasks = new Tasks(thread, builder.taskFactory);
        this.workers = new WorkerPool(this);
        this.failures = new Failures(this, builder.exceptionHandler);
        this.closing = new Closing(this, thread, builder.closeNotice);
    }

    private static LoopDriver forThisLoopAlone(LoopDriver driver) {
        if (DRIVERS.putIfAbsent(driver, true) != null) {
            throw new IllegalStateException("a driver serves one loop, make another one: " + driver);
        }
        return driver;
    }

    // ---- making and running

    /**
     * Runs a program: asyncio's {@code run}. Makes a loop, runs {@code main} as its first task, cancels and awaits the tasks that
     * are left, lets the default executor finish its work (up to five minutes), reports failures, closes everything. Works from any thread, tasks of other loops included.
     *
     * <p>An interrupt of the calling thread cancels the main task; the call still returns only when all has ended.
     *
     * @return what {@code main} returns
     * @throws X what {@code main} throws, the same instance
     * @throws CancelledException when the main task was cancelled
     * @throws KeyboardInterruptException when it was cancelled by Ctrl-C, see {@link Builder#keyboardInterrupts}
     * @throws UnsupportedOperationException when this JVM does not let us schedule virtual threads; the message says which flag
     *     helps
     */
    public static <T extends @Nullable Object, X extends Exception> T run(Body<T, X> main) throws X {
        return builder().run(main);
    }

    /** As {@link #run(Body)}, for a program without a result. */
    public static <X extends Exception> void run(VoidBody<X> main) throws X {
        builder().run(main);
    }

    /**
     * A loop that runs on its own thread until it is closed.
     *
     * @throws UnsupportedOperationException when this JVM does not let us schedule virtual threads, see {@link #isSupported}
     */
    public static EventLoop start() {
        return builder().start();
    }

    /**
     * A loop that does not run yet: asyncio's {@code new_event_loop}.
     *
     * @throws UnsupportedOperationException when this JVM does not let us schedule virtual threads, see {@link #isSupported}
     */
    public static EventLoop open() {
        return builder().open();
    }

    /** A loop with settings of its own. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The loop that runs the caller: asyncio's {@code get_running_loop}.
     *
     * @throws IllegalStateException when the caller is no task, callback or other thread of a loop
     */
    public static EventLoop current() {
        return LoopThread.current().loop;
    }

    /** True when this JVM lets loomloop schedule virtual threads; {@link #supportReport} says why not. */
    public static boolean isSupported() {
        return VirtualThreads.isSupported();
    }

    /** Says in a few lines how loomloop reaches the JDK's scheduler here, or which flag it needs. */
    public static String supportReport() {
        return VirtualThreads.supportReport();
    }

    /**
     * Runs this loop until {@code future} is done. An interrupt of the calling thread cancels the future and stays set.
     *
     * @return the result
     * @throws CancelledException when the future was cancelled
     * @throws java.util.concurrent.CompletionException around a checked exception it failed with; any other is thrown as it is
     * @throws IllegalStateException when the loop is running, when it was stopped before the future was done, or when the future
     *     belongs to another loop
     */
    public <T extends @Nullable Object> T runUntilComplete(LoopFuture<T> future) {
        Objects.requireNonNull(future, "future");
        if (future.loop() != this) {
            throw new IllegalStateException(future + " belongs to another loop: " + future.loop());
        }
        return runUntilDone(() -> future).result();
    }

    /**
     * Runs this loop until {@code main} has run as a task of it, as {@link #runUntilComplete(LoopFuture)} does.
     *
     * @throws X what {@code main} throws, the same instance
     */
    public <T extends @Nullable Object, X extends Exception> T runUntilComplete(Body<T, X> main) throws X {
        Objects.requireNonNull(main, "main");
        return this.<T, X>runMain(() -> createTask(main));
    }

    /** Runs this loop until a task is done whose body throws no checked exception but {@code X}. */
    <T extends @Nullable Object, X extends Exception> T runMain(Supplier<Task<T>> main) throws X {
        return runUntilDone(main).resultOfBody();
    }

    /** As {@link #runUntilComplete(Body)}, for work without a result. */
    public <X extends Exception> void runUntilComplete(VoidBody<X> main) throws X {
        runUntilComplete(Objects.requireNonNull(main, "main").asBody());
    }

    /**
     * Runs this loop until it is stopped; with a stop that came before, for one turn. An interrupt of the calling thread stops it
     * and stays set.
     *
     * @throws IllegalStateException when the loop is running
     */
    public void runForever() {
        awaitRun(begin(() -> {}), this::stop);
    }

    private <F extends LoopFuture<?>> F runUntilDone(Supplier<F> target) {
        Handle stopper = new Handle(this, thread::stopRunning, true);
        AtomicReference<F> made = new AtomicReference<>();
        LoopThread.Run run = begin(() -> {
            made.set(target.get());
            stopWhenDone(made.get(), stopper);
        });
        F future = made.get();
        try {
            awaitRun(run, () -> future.cancel("the thread that runs the event loop was interrupted"));
        } finally {
            future.removeWaiters(stopper);
            stopper.cancel();
        }
        if (!future.isDone()) {
            throw new IllegalStateException("the event loop was stopped before this was done: " + future);
        }
        return future;
    }

    /** Ends the current stretch of running when {@code future} is done. */
    void stopWhenDone(LoopFuture<?> future, Handle stopper) {
        if (!future.addWaiter(stopper)) {
            thread.schedule(stopper);
        }
    }

    LoopThread.Run begin(Runnable first) {
        if (thread.isCurrent()) {
            throw new IllegalStateException("this event loop is running already, and runs the caller: await instead");
        }
        if (Thread.currentThread() instanceof LoopThread) {
            throw new IllegalStateException("the driver of one event loop cannot run another, it would stop the first");
        }
        return thread.begin(first);
    }

    /** Called once, by whoever makes the loop run first. */
    void startWatchdog() {
        if (watchdog != null && watchdog.getState() == Thread.State.NEW) {
            watchdog.start();
        }
    }

    /** The loop thread says so each time; raw, so this must stay short. */
    void wokeUp() {
        if (watchdog != null) {
            watchdog.loopWokeUp();
        }
    }

    @Nullable
    Watchdog watchdog() {
        return watchdog;
    }

    private static void awaitRun(LoopThread.Run run, Runnable onInterrupt) {
        boolean interrupted = false;
        for (; ; ) {
            try {
                run.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                onInterrupt.run();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends {@link #runForever} or {@link #runUntilComplete} once this turn is over. What is ready stays for the next run. */
    public void stop() {
        thread.stopRunning();
    }

    /** True while the loop runs. */
    public boolean isRunning() {
        return thread.isRunning();
    }

    /** True when the loop has been closed. */
    public boolean isClosed() {
        return thread.isClosed();
    }

    /** True from when {@link #close} begins: tasks are being cancelled because of that, or were. */
    public boolean isClosing() {
        return thread.isClosing();
    }

    /** True when the caller is a task, a callback or another thread of this loop. */
    public boolean isCurrent() {
        return thread.isCurrent();
    }

    /**
     * Ends this loop: cancels all tasks, waits for them, reports their failures, closes what belongs to the loop (sockets,
     * workers), and ends its threads. Callbacks and timers that have not run by then are cancelled. Does nothing the second time.
     *
     * <p>A task that ignores its cancellation keeps the call from returning; it is named in the log every 5 seconds. The call
     * cannot be interrupted: an interrupt stays set.
     *
     * @throws IllegalStateException when called on the loop itself, or while another thread is in {@link #runForever} or
     *     {@link #runUntilComplete}
     */
    @Override
    public void close() {
        if (thread.isCurrent()) {
            throw new IllegalStateException(
                    "an event loop cannot be closed from inside: close it from the thread that made it, or let its main task end");
        }
        if (isClosingHere()) {
            throw new IllegalStateException("this thread is closing the event loop already: " + this);
        }
        closeLock.lock();
        try {
            if (!isClosed()) {
                closing.endTasks(background);
                services.close();
                workers.close();
                closing.endThreads(watchdog);
            }
        } finally {
            closeLock.unlock();
        }
    }

    /** True when the caller is in {@link #close}. */
    boolean isClosingHere() {
        return closeLock.isHeldByCurrentThread();
    }

    // ---- tasks

    /**
     * Starts a task: asyncio's {@code create_task}, and {@code run_coroutine_threadsafe} too. It begins in the next turn. A
     * {@code Callable} or {@code Runnable} goes in as {@code callable::call} or {@code runnable::run}.
     *
     * @throws LoopClosedException when the loop is closed, or {@link #isClosing is being closed} and the caller is not {@link #isCurrent
     *     on it}; nothing was started
     */
    public <T extends @Nullable Object> Task<T> createTask(Body<? extends T, ?> body) {
        return createTask(TaskOptions.DEFAULT, body);
    }

    /** As {@link #createTask(Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(VoidBody<?> body) {
        return createTask(TaskOptions.DEFAULT, body);
    }

    /** As {@link #createTask(Body)}, with a name for the task and its thread. */
    public <T extends @Nullable Object> Task<T> createTask(String name, Body<? extends T, ?> body) {
        return createTask(TaskOptions.named(name), body);
    }

    /** As {@link #createTask(String, Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(String name, VoidBody<?> body) {
        return createTask(TaskOptions.named(name), body);
    }

    /**
     * As {@link #createTask(Body)}, with a name, a context or a start at once, as the options say.
     *
     * @throws IllegalStateException when the task is to start at once in a context that is entered already
     */
    public <T extends @Nullable Object> Task<T> createTask(TaskOptions options, Body<? extends T, ?> body) {
        return tasks.make(Objects.requireNonNull(options, "options"), Objects.requireNonNull(body, "body"));
    }

    /** As {@link #createTask(TaskOptions, Body)}, for work without a result. */
    public Task<@Nullable Void> createTask(TaskOptions options, VoidBody<?> body) {
        return createTask(options, Objects.requireNonNull(body, "body").asBody());
    }

    /** Sets who has a say in the tasks made from now on: asyncio's {@code set_task_factory}. */
    public void setTaskFactory(TaskFactory factory) {
        tasks.factory = Objects.requireNonNull(factory, "factory");
    }

    /** Who has a say in new tasks; {@link TaskFactory#DEFAULT} unless it was set. */
    public TaskFactory taskFactory() {
        return tasks.factory;
    }

    /** The tasks of this loop that are not done, oldest first: asyncio's {@code all_tasks}. */
    public List<Task<?>> tasks() {
        return List.copyOf(liveTasks());
    }

    List<TaskThread<?>> liveTasks() {
        return tasks.live();
    }

    /** How tasks are made that are not the user's, and none of the task factory's business. */
    Tasks ownTasks() {
        return tasks;
    }

    // ---- callbacks, timers, futures

    /**
     * Has the loop call back in its next turn, after everything asked for before: asyncio's {@code call_soon}, and
     * {@code call_soon_threadsafe} too.
     *
     * <p>What the callback throws goes to the {@link ExceptionHandler}. A callback may block; the loop goes on meanwhile. It runs
     * in a copy of the caller's {@link Context}.
     *
     * @return the means to take the callback back
     * @throws LoopClosedException when the loop is closed
     */
    public Handle callSoon(Runnable callback) {
        return callSoon(ContextHolder.currentBindings(), callback);
    }

    /** As {@link #callSoon(Runnable)}, with a context for the callback to run in. It is shared, not copied. */
    public Handle callSoon(Context context, Runnable callback) {
        return callSoon((Object) Objects.requireNonNull(context, "context"), callback);
    }

    private Handle callSoon(@Nullable Object context, Runnable callback) {
        Handle handle = new Handle(this, Objects.requireNonNull(callback, "callback"), context);
        schedule(handle);
        return handle;
    }

    /**
     * Has the loop call back after a delay: asyncio's {@code call_later}. With a delay of zero or less, in the next turn.
     *
     * @throws LoopClosedException when the loop is closed
     */
    public TimerHandle callLater(Duration delay, Runnable callback) {
        return callAt(after(driver.nanoTime(), nanos(delay)), ContextHolder.currentBindings(), callback);
    }

    /** As {@link #callLater(Duration, Runnable)}, with a context for the callback to run in. It is shared, not copied. */
    public TimerHandle callLater(Context context, Duration delay, Runnable callback) {
        Objects.requireNonNull(context, "context");
        return callAt(after(driver.nanoTime(), nanos(delay)), context, callback);
    }

    /**
     * Has the loop call back at a time on its own clock: asyncio's {@code call_at}. A time that has passed means the next turn.
     *
     * @param when nanoseconds, as {@link #time()} counts them; a time more than 146 years away counts as that far away
     * @throws LoopClosedException when the loop is closed
     */
    public TimerHandle callAt(long when, Runnable callback) {
        return callAt(bounded(when), ContextHolder.currentBindings(), callback);
    }

    /** As {@link #callAt(long, Runnable)}, with a context for the callback to run in. It is shared, not copied. */
    public TimerHandle callAt(Context context, long when, Runnable callback) {
        return callAt(bounded(when), Objects.requireNonNull(context, "context"), callback);
    }

    private TimerHandle callAt(long when, @Nullable Object context, Runnable callback) {
        return setTimer(new TimerHandle(this, when, Objects.requireNonNull(callback, "callback"), context));
    }

    private long bounded(long when) {
        long now = driver.nanoTime();
        return after(now, difference(when, now));
    }

    /** The loop's own time in nanoseconds since an arbitrary origin; never goes back. asyncio's {@code time}, which counts seconds. */
    public long time() {
        return driver.nanoTime();
    }

    /** A future of this loop that is not done: asyncio's {@code create_future}. */
    public <T extends @Nullable Object> LoopFuture<T> createFuture() {
        return new LoopFuture<>(this);
    }

    TimerHandle addTimer(long nanos, Runnable callback, boolean internal) {
        return setTimer(new TimerHandle(this, after(driver.nanoTime(), nanos), callback, internal));
    }

    static long difference(long when, long now) {
        long difference = when - now;
        boolean overflow = ((when ^ now) & (when ^ difference)) < 0;
        return overflow ? (when < now ? Long.MIN_VALUE : Long.MAX_VALUE) : difference;
    }

    private static long after(long now, long nanos) {
        return now + Math.clamp(nanos, -LONGEST_DELAY, LONGEST_DELAY);
    }

    private TimerHandle setTimer(TimerHandle timer) {
        if (!thread.setTimer(timer)) {
            throw closedException();
        }
        return timer;
    }

    void forget(TimerHandle timer) {
        thread.forgetTimer(timer);
    }

    void schedule(Handle handle) {
        if (!thread.schedule(handle)) {
            throw closedException();
        }
    }

    /** For whoever completes a future: a loop that is closed is no fault of theirs. */
    void scheduleOrReport(Handle handle, LoopFuture<?> done) {
        if (!thread.schedule(handle) && !handle.internal) {
            String callback = handle.toString();
            if (handle.cancel()) {
                report(new ErrorContext(
                        "a done callback was dropped, its loop is closed: " + callback, null, done, handle));
            }
        }
    }

    /** Has a callback run that somebody outside of the loop waits for, in the context it is given; here if the loop is closed. */
    void scheduleOrRun(Runnable callback, @Nullable Object context) {
        Handle handle = new OwedHandle(this, callback, context);
        if (!thread.schedule(handle)) {
            handle.run();
        }
    }

    LoopClosedException closedException() {
        return new LoopClosedException(
                (isClosed() ? "the event loop is closed: " : "the event loop is being closed: ") + this);
    }

    /** A duration in nanoseconds, cut to 146 years. */
    static long nanos(Duration duration) {
        if (duration.compareTo(Duration.ofNanos(LONGEST_DELAY)) >= 0) {
            return LONGEST_DELAY;
        }
        return duration.isNegative() ? 0 : duration.toNanos();
    }

    // ---- signals

    /**
     * Has the loop call back whenever a signal of the operating system comes: asyncio's {@code add_signal_handler}. It replaces what
     * the JVM would do, which for {@code HUP}, {@code INT} and {@code TERM} is to end, and the handler that this loop had for the
     * signal. The callback is one like those of {@link #callSoon}: signals that come at once may be one, and a loop that is held
     * does not notice. Several loops may handle one signal, each is told. Closing the loop removes its handlers.
     *
     * <p>A signal that was ignored when the JVM began, as with {@code nohup}, stays so.
     *
     * @param signal the name, {@code HUP} or {@code SIGHUP} for example
     * @throws IllegalArgumentException when there is no such signal, or it cannot be handled, as {@code KILL}, and those that the JVM
     *     uses itself
     * @throws UnsupportedOperationException when this JVM has no module {@code jdk.unsupported}
     * @throws LoopClosedException when the loop is closed
     */
    public void addSignalHandler(String signal, Runnable callback) {
        Objects.requireNonNull(signal, "signal");
        Objects.requireNonNull(callback, "callback");
        service(SignalHandlers.class, SignalHandlers::new).add(signal, callback);
    }

    /**
     * The opposite of {@link #addSignalHandler}; what was there before is back when no loop handles the signal: asyncio's
     * {@code remove_signal_handler}. A callback that the loop has been given already still runs.
     *
     * @return false when there was no handler
     * @throws IllegalArgumentException when that is not the name of a signal
     * @throws LoopClosedException when the loop is closed, and has removed them all
     */
    public boolean removeSignalHandler(String signal) {
        Objects.requireNonNull(signal, "signal");
        return service(SignalHandlers.class, SignalHandlers::new).remove(signal);
    }

    // ---- work for other threads

    /**
     * Runs work that would hold the loop on the default executor, in a copy of the caller's {@link Context}: asyncio's
     * {@code run_in_executor}. Unless {@link #setDefaultExecutor} chose another, that is a pool of platform threads, as many as there
     * are processors and four more, 32 at most; closing the loop interrupts them.
     *
     * @return the result; cancelling it interrupts the work
     * @throws LoopClosedException when the loop is closed
     * @throws java.util.concurrent.RejectedExecutionException when the default executor was shut down, or has no room
     */
    public <T extends @Nullable Object> LoopFuture<T> runInExecutor(Body<? extends T, ?> work) {
        Objects.requireNonNull(work, "work");
        requireOpen();
        return workers.submit(work);
    }

    /** As {@link #runInExecutor(Body)}, for work without a result. */
    public LoopFuture<@Nullable Void> runInExecutor(VoidBody<?> work) {
        return runInExecutor(Objects.requireNonNull(work, "work").asBody());
    }

    /**
     * Runs work on an executor of the caller's, whose refusal is thrown, in a copy of the caller's {@link Context}.
     *
     * <p>Work that is {@link java.io.Serializable} is submitted to an {@link ExecutorService} as a Callable that is serializable too,
     * so that an executor of a cluster can send it to another machine; the context does not travel. The future which that returns is
     * then waited for as {@link #wrapFuture(Future)} does.
     *
     * @return the result; cancelling it interrupts the work
     * @throws LoopClosedException when the loop is closed
     */
    public <T extends @Nullable Object> LoopFuture<T> runInExecutor(Executor executor, Body<? extends T, ?> work) {
        Objects.requireNonNull(executor, "executor");
        Objects.requireNonNull(work, "work");
        requireOpen();
        if (executor instanceof ExecutorService service && work instanceof Serializable) {
            return ForeignFuture.wrap(this, service.submit(new PortableWork<T>(work)));
        }
        return workers.submit(executor, work);
    }

    // ---- for code that knows only java.util.concurrent

    /**
     * This loop as an executor: each submission is a task, and what it blocks on parks that task alone. Each call makes an executor of
     * its own, which costs next to nothing and has no threads: shutting one down ends what was submitted to it and leaves the loop
     * and the other executors alone. Nobody need shut one down; when the loop closes, all are.
     *
     * <p>It keeps to {@link ScheduledExecutorService}, and where that leaves a choice, to what
     * {@code ScheduledThreadPoolExecutor} does: after {@code shutdown} what was delayed still runs once, what repeats does not.
     * {@link java.util.concurrent.RejectedExecutionException} when it was shut down, or the loop is closed or being closed.
     *
     * <ul>
     *   <li>It may be used from any thread, on this loop too: a task, callback or thread that waits for a submission lets it run. Where
     *       it cannot let go of the loop, the wait fails with {@link PinnedException}; in a driver, with
     *       {@link IllegalStateException}.
     *   <li>Cancelling with an interrupt, and {@code shutdownNow}, end waits of loomloop with {@link CancelledException} and waits of the
     *       JDK with {@link InterruptedException}, as {@link Task#cancel} does. Cancelling without leaves what runs alone.
     *   <li>Submissions run in a copy of the submitter's {@link Context}. What a command given to {@code execute} throws goes to the
     *       {@link ExceptionHandler}.
     *   <li>Delays are on the loop's clock, {@link #time}. A wait with a limit ({@code get}, {@code invokeAll},
     *       {@code awaitTermination}) takes real time, as all waits of the JDK do.
     * </ul>
     *
     * @throws LoopClosedException when the loop is closed
     */
    public ScheduledExecutorService executor() {
        return new LoopExecutor(this, null);
    }

    /** As {@link #executor()}, with a name for it; its tasks are called {@code name-1}, {@code name-2} and so on. */
    public ScheduledExecutorService executor(String name) {
        return new LoopExecutor(this, Objects.requireNonNull(name, "name"));
    }

    /**
     * Makes virtual threads that run on this loop, for {@code Executors.newThreadPerTaskExecutor}, {@code StructuredTaskScope}, and
     * whatever else wants a factory. They may be started from any thread, and wait with all of {@link Async} that is not for tasks.
     *
     * <p>They are no tasks, because those who use factories end threads by interrupting them, and tasks are deaf to that: in these an
     * interrupt ends a wait of loomloop as well, with {@link CancelledException}. {@link Async#currentTask} has no answer in them, and
     * closing the loop does not wait for them: one that goes on after that does so elsewhere, {@code start} fails with
     * {@link java.util.concurrent.RejectedExecutionException}, and so does {@code newThread}; outside the loop from when closing begins.
     *
     * <p>They begin with a copy of the {@link Context} and with the inheritable thread locals of the thread that makes them. What they
     * throw goes to the {@link ExceptionHandler}, unless somebody sets a handler of the thread's own.
     */
    public ThreadFactory threadFactory() {
        return new LoopThreadFactory(this, null, true);
    }

    /** As {@link #threadFactory()}, with threads that are called {@code name-1}, {@code name-2} and so on. */
    public ThreadFactory threadFactory(String name) {
        return threadFactory(name, true);
    }

    /** As {@link #threadFactory(String)}, with a say in whether threads begin with the inheritable thread locals of their maker. */
    public ThreadFactory threadFactory(String name, boolean inheritInheritableThreadLocals) {
        return new LoopThreadFactory(this, Objects.requireNonNull(name, "name"), inheritInheritableThreadLocals);
    }

    /**
     * A future of this loop that ends as somebody else's stage does, on the loop: asyncio's {@code wrap_future}. Cancelling it cancels
     * the stage, if that is a {@link Future} as well.
     *
     * @throws LoopClosedException when the loop is closed
     */
    public <T extends @Nullable Object> LoopFuture<T> wrapFuture(CompletionStage<T> stage) {
        requireOpen();
        return ForeignFuture.wrap(this, Objects.requireNonNull(stage, "stage"));
    }

    /** As {@link #wrapFuture(CompletionStage)}, for the type that is a {@link Future} too. */
    public <T extends @Nullable Object> LoopFuture<T> wrapFuture(CompletableFuture<T> future) {
        return wrapFuture((CompletionStage<T>) future);
    }

    /**
     * A future of this loop that ends as somebody else's does, and cancels that when it is cancelled: asyncio's {@code wrap_future}. One
     * that is of this loop already is returned as it is. One that is no {@link CompletionStage} is waited for by a task, as
     * {@link Async#await(Future)} does.
     *
     * @throws LoopClosedException when the loop is closed
     */
    public <T extends @Nullable Object> LoopFuture<T> wrapFuture(Future<T> future) {
        requireOpen();
        return ForeignFuture.wrap(this, Objects.requireNonNull(future, "future"));
    }

    private void requireOpen() {
        if (isClosed()) {
            throw closedException();
        }
    }

    /** As {@link #runInExecutor(Executor, Body)}, for work without a result. */
    public LoopFuture<@Nullable Void> runInExecutor(Executor executor, VoidBody<?> work) {
        Objects.requireNonNull(work, "work");
        return runInExecutor(executor, work instanceof Serializable ? PortableWork.body(work) : work.asBody());
    }

    /**
     * Sets the executor that {@link #runInExecutor(Body)} and {@link Async#toThread} use from now on: asyncio's
     * {@code set_default_executor}. From here on it belongs to this loop, which shuts it down when it closes; one that was set before
     * goes back to whoever set it. It should have platform threads: a virtual thread that a task starts runs on the task's loop.
     *
     * @throws LoopClosedException when the loop is closed
     * @throws IllegalStateException when the default executor was shut down
     * @throws IllegalArgumentException when it is the common pool, which cannot be shut down
     */
    public void setDefaultExecutor(ExecutorService executor) {
        Objects.requireNonNull(executor, "executor");
        requireOpen();
        workers.setExecutor(executor);
    }

    /** As {@link #shutdownDefaultExecutor(Duration)}, however long it takes. */
    public void shutdownDefaultExecutor() {
        workers.shutDown(Long.MAX_VALUE);
    }

    /**
     * Has the default executor take no more work and waits until it has done what it has: asyncio's
     * {@code shutdown_default_executor}. {@link #run(Body)} ends with this, and waits up to five minutes. A cancellation point.
     *
     * @param timeout how long to wait, with zero or less not at all; when it is over that is reported to the {@link ExceptionHandler}, the call returns, and the
     *     work goes on until the loop closes
     * @throws CancelledException when the calling task is cancelled, or the calling thread interrupted, while it waits
     */
    public void shutdownDefaultExecutor(Duration timeout) {
        workers.shutDown(nanos(timeout));
    }

    WorkerPool workers() {
        return workers;
    }

    // ---- failures

    /** Sets who receives the failures that have no caller: asyncio's {@code set_exception_handler}. */
    public void setExceptionHandler(ExceptionHandler handler) {
        failures.handler = Objects.requireNonNull(handler, "handler");
    }

    /** Who receives the failures that have no caller; {@link #logException} unless it was set. */
    public ExceptionHandler exceptionHandler() {
        return failures.handler;
    }

    /** Gives a failure to the exception handler of this loop, in the calling thread: asyncio's {@code call_exception_handler}. */
    public void callExceptionHandler(ErrorContext context) {
        report(Objects.requireNonNull(context, "context"));
    }

    /** Logs a failure as an error: asyncio's {@code default_exception_handler}. */
    public static void logException(EventLoop loop, ErrorContext context) {
        Failures.log(Objects.requireNonNull(loop, "loop"), Objects.requireNonNull(context, "context"));
    }

    void report(ErrorContext context) {
        failures.report(context);
    }

    // ---- debug mode

    /** True in debug mode: asyncio's {@code get_debug}. */
    public boolean isDebug() {
        return debug;
    }

    /**
     * Turns debug mode on or off, see {@link Builder#debug}: asyncio's {@code set_debug}. It takes effect for what is made and run
     * from now on.
     */
    public void setDebug(boolean debug) {
        this.debug = debug;
    }

    DebugMode debugMode() {
        return debugMode;
    }

    Failures failures() {
        return failures;
    }

    // ---- for the neighbours

    /**
     * The one service of its type that belongs to this loop, made when it is first asked for and closed with the loop.
     *
     * @param factory makes the service; it must not ask this loop for another one
     * @throws LoopClosedException when the loop's services are closed
     */
    public <S extends LoopService> S service(Class<S> type, Function<EventLoop, S> factory) {
        return services.get(Objects.requireNonNull(type, "type"), Objects.requireNonNull(factory, "factory"));
    }

    /** What tells this loop the time, waits for it and wakes it. */
    public LoopDriver driver() {
        return driver;
    }

    /** Counts of what this loop has done and has to do. */
    public LoopStatistics statistics() {
        return new LoopStatistics(
                thread.tasksStarted,
                tasks.count(),
                thread.switches,
                thread.callbacks,
                thread.turns,
                thread.ready.size(),
                thread.timerCount(),
                watchdog == null ? 0 : watchdog.slowSteps());
    }

    int taskCount() {
        return tasks.count();
    }

    LoopThread thread() {
        return thread;
    }

    /** The name given to this loop, or {@code loop-N}; its threads carry it. */
    public String name() {
        return thread.getName();
    }

    @Override
    public String toString() {
        String state = isClosed() ? "closed" : isRunning() ? "running" : "not running";
        return "EventLoop[" + name() + ", " + state + ", tasks=" + tasks.count() + "]";
    }

    /** Settings of a loop to be made. Each has a default. Not safe for use by several threads. */
    public static final class Builder {
        private static final AtomicInteger NUMBERS = new AtomicInteger();
        private static final long SHORTEST_THRESHOLD = TimeUnit.MILLISECONDS.toNanos(1);

        private @Nullable String name;
        private @Nullable LoopDriver driver;
        private ExceptionHandler exceptionHandler = EventLoop::logException;
        private TaskFactory taskFactory = TaskFactory.DEFAULT;
        private long slowStepNanos = TimeUnit.MILLISECONDS.toNanos(100);
        private long stackSize = 64L << 20;
        private Duration closeNotice = Duration.ofSeconds(5);
        private boolean debug = DebugMode.byDefault();
        boolean keyboardInterrupts = true;

        private Builder() {}

        /** Names the loop and its threads; {@code loop-N} otherwise. */
        public Builder name(String name) {
            this.name = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Where time comes from and how the loop waits. A driver serves one loop.
         *
         * <p>Otherwise it is what {@code -Dloomloop.io} says: {@code selector-thread}, which is the default, parks the loop thread and
         * leaves sockets to a thread beside it; {@code selector} is {@code io.loomloop.nio.SelectorDriver}, and so is any name the
         * {@code ...Driver} that a module on the path provides. With a name that nobody provides no loop can be made:
         * {@link IllegalStateException}.
         */
        public Builder driver(LoopDriver driver) {
            this.driver = Objects.requireNonNull(driver, "driver");
            return this;
        }

        /** Who receives failures that have no caller; {@link EventLoop#logException} otherwise. */
        public Builder exceptionHandler(ExceptionHandler handler) {
            this.exceptionHandler = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /** Who has a say in new tasks; {@link TaskFactory#DEFAULT} otherwise. */
        public Builder taskFactory(TaskFactory factory) {
            this.taskFactory = Objects.requireNonNull(factory, "factory");
            return this;
        }

        /**
         * How long a step may hold the loop before the watchdog logs it; 100 ms otherwise. Zero means no watchdog, anything else
         * at least a millisecond.
         *
         * @throws IllegalArgumentException when negative
         */
        public Builder slowStepThreshold(Duration threshold) {
            if (threshold.isNegative()) {
                throw new IllegalArgumentException("a threshold cannot be negative: " + threshold);
            }
            this.slowStepNanos = threshold.isZero() ? 0 : Math.max(nanos(threshold), SHORTEST_THRESHOLD);
            return this;
        }

        /**
         * The stack size of the loop thread in bytes, 64 MiB otherwise. It bounds how deep tasks can recurse; memory is taken only
         * as far as it is used.
         *
         * @throws IllegalArgumentException when not positive
         */
        public Builder stackSize(long bytes) {
            if (bytes <= 0) {
                throw new IllegalArgumentException("a stack size must be positive: " + bytes);
            }
            this.stackSize = bytes;
            return this;
        }

        /**
         * Debug mode, off unless {@code -Dloomloop.debug} says otherwise. The loop then remembers where futures, tasks, callbacks
         * and timers are made (10 frames), which {@code toString} and {@link ErrorContext#createdAt} tell; and logs each step that
         * held it longer than {@link #slowStepThreshold}, once it is over. It costs a stack walk for each of these objects.
         */
        public Builder debug(boolean debug) {
            this.debug = debug;
            return this;
        }

        /**
         * Whether Ctrl-C (SIGINT) cancels the main task of {@link #run(Body)} and {@link Runner#run(Body)}; true otherwise. A second
         * one ends the JVM, as the first does without this. The signal is left alone where the program has its own handler for it,
         * where the JVM may not use it ({@code -Xrs}), and while another program run by loomloop has it.
         */
        public Builder keyboardInterrupts(boolean handled) {
            this.keyboardInterrupts = handled;
            return this;
        }

        /** How often a close that waits says so in the log. */
        Builder closeNotice(Duration every) {
            this.closeNotice = every;
            return this;
        }

        /**
         * Makes the loop; it runs when it is told to.
         *
         * @throws UnsupportedOperationException when this JVM does not let us schedule virtual threads, see {@link #isSupported}
         * @throws IllegalStateException when the driver belongs to another loop already
         */
        public EventLoop open() {
            return new EventLoop(this);
        }

        /** As {@link #open}, and runs the loop on its own thread until it is closed. */
        public EventLoop start() {
            EventLoop loop = open();
            loop.background = loop.begin(() -> {});
            return loop;
        }

        /** Makes the loop for one program, see {@link EventLoop#run(Body)}. */
        public <T extends @Nullable Object, X extends Exception> T run(Body<T, X> main) throws X {
            Objects.requireNonNull(main, "main");
            try (Runner runner = new Runner(this)) {
                return runner.run(main);
            }
        }

        /** As {@link #run(Body)}, for a program without a result. */
        public <X extends Exception> void run(VoidBody<X> main) throws X {
            run(Objects.requireNonNull(main, "main").asBody());
        }

        private String nameOrNumber() {
            return name == null ? "loop-" + NUMBERS.incrementAndGet() : name;
        }
    }
}
