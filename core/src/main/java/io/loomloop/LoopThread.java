package io.loomloop;

import io.loomloop.spi.LoopDriver;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The thread of an event loop: it alone runs tasks and callbacks, and this file is the map of the engine.
 *
 * <p>The loop runs in turns. Each {@link #turn} takes in what other threads asked for ({@link ReadyQueue}), waits when there is
 * nothing to do ({@link LoopDriver}), queues the timers that are due ({@link TimerQueue}), and then runs what was ready when it
 * began: tasks ({@link TaskThread}) are mounted, callbacks ({@link Handle}) run in the {@link CallbackRunner}, steps of the
 * engine ({@link Runnable}) run right here. What becomes ready meanwhile waits for the next turn, so nobody starves anybody.
 *
 * <p>"The raw loop thread" is this thread while it has no virtual thread mounted. No user code runs on it, and nothing that takes
 * a lock: a virtual thread of this loop might be next in line for that lock. "The loop thread" includes the virtual threads
 * mounted on it; what it owns needs no synchronisation, because they run one at a time.
 *
 * <pre>
 *  IDLE --begin--> CLAIMED --> Run (turns are taken until stop) --> IDLE
 *  IDLE --close--> CLOSED (the thread ends)
 *
 *  closing:  false --the closing thread--> true, from where on nobody else can leave IDLE
 * </pre>
 */
final class LoopThread extends Thread {
    private static final VarHandle CONTROL;
    private static final VarHandle RUNNING;
    private static final VarHandle STEPS;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            CONTROL = lookup.findVarHandle(LoopThread.class, "control", Object.class);
            RUNNING = lookup.findVarHandle(LoopThread.class, "running", Object.class);
            STEPS = lookup.findVarHandle(LoopThread.class, "steps", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One stretch of running, from a {@code run} method to the stop that ends it. */
    static final class Run extends CountDownLatch {
        Run() {
            super(1);
        }
    }

    private static final Object IDLE = "idle";
    private static final Object CLAIMED = "claimed";
    private static final Object CLOSED = "closed";

    /** How often to try to mount a task in place before it goes to the end of the queue. */
    private static final int PATIENCE = 10_000;

    final EventLoop loop;
    final ReadyQueue ready;
    private final LoopDriver driver;
    private final TimerQueue timers = new TimerQueue();

    // any thread, CAS from IDLE; the claimant sets what follows, the loop thread IDLE again
    private volatile Object control = IDLE;
    // the closing thread sets, while it has claimed the loop or its own stretch of running is under way
    private volatile boolean closing;
    // any thread sets, loop thread clears
    private volatile boolean stopping;
    // loop thread only: nothing that is in the queue will run any more
    private boolean ending;

    // loop thread writes, the watchdog reads: the TaskThread, CallbackRunner or Adopted that is mounted
    private @Nullable Object running;
    // loop thread writes, the watchdog reads: differs for any two steps
    private long steps;
    // loop thread only: in debug mode, when the step began
    private boolean timed;
    private long stepBegan;

    // loop thread only; statistics read estimates
    private @Nullable CallbackRunner runner;
    private final List<CallbackRunner> retired = new ArrayList<>();
    // loop thread only: the task whose first step comes next, because its creator has stepped aside
    private @Nullable TaskThread<?> eager;
    // loop thread only: those who have stepped aside, the last one on top
    private final ArrayDeque<Object> aside = new ArrayDeque<>();
    private int turnLeft;
    long tasksStarted;
    long switches;
    long callbacks;
    long turns;

    LoopThread(EventLoop loop, String name, LoopDriver driver, long stackSize) {
        super(null, null, name, stackSize, false);
        setDaemon(true);
        this.loop = loop;
        this.driver = driver;
        this.ready = new ReadyQueue(driver);
    }

    // ---- who runs

    /** The loop thread that runs the caller; fails when the caller runs on none. */
    static LoopThread current() {
        LoopThread home = VirtualThreads.currentHome();
        if (home == null) {
            throw new IllegalStateException("no running event loop: call this from a task or a callback of a loop");
        }
        return home;
    }

    /** The task that is the caller, or null. */
    static @Nullable TaskThread<?> currentTask() {
        LoopThread home = VirtualThreads.currentHome();
        return home != null && home.running instanceof TaskThread<?> task ? task : null;
    }

    /** The task that is the caller; fails when the caller is none. */
    static TaskThread<?> requireTask() {
        TaskThread<?> task = currentTask();
        if (task == null) {
            throw new IllegalStateException("this is not a task, start one with createTask: " + Thread.currentThread());
        }
        return task;
    }

    /** True when the caller runs on this loop thread, mounted or raw. */
    boolean isCurrent() {
        return VirtualThreads.currentHome() == this;
    }

    /** What is mounted. Exact on the loop thread. */
    @Nullable
    Object running() {
        return RUNNING.getOpaque(this);
    }

    /** The number of the current step. Exact on the loop thread. */
    long steps() {
        return (long) STEPS.getOpaque(this);
    }

    /** Begins a step: a mount, a callback, or a yield that needed no switch. Loop thread only. */
    void countStep() {
        endStep(running);
        STEPS.setOpaque(this, steps + 1);
        if (loop.isDebug()) {
            timed = true;
            stepBegan = driver.nanoTime();
        }
    }

    /** Ends the step of who is or was mounted; after this, what is mounted has no step until the next one begins. Loop thread only. */
    private void endStep(@Nullable Object who) {
        if (timed) {
            timed = false;
            loop.debugMode().stepTook(who, driver.nanoTime() - stepBegan);
        }
    }

    // ---- queues

    /**
     * Appends a task, a handle, an adopted step or a step of the engine to the queue. Any thread.
     *
     * @return false when the loop is closed and nothing was accepted
     */
    boolean schedule(Object item) {
        if (isCurrent()) {
            ready.add(item);
            ready.wakeIfAsleep();
            return true;
        }
        return ready.push(item);
    }

    /**
     * Sets a timer. Any thread.
     *
     * @return false when the loop is closed and nothing was accepted
     */
    boolean setTimer(TimerHandle timer) {
        if (isCurrent()) {
            timers.add(timer);
            ready.wakeIfAsleep();
            return true;
        }
        return ready.push((Runnable) () -> {
            if (!timer.isCancelled()) {
                timers.add(timer);
            }
        });
    }

    /** Takes a cancelled timer out of the heap. Any thread. */
    void forgetTimer(TimerHandle timer) {
        if (isCurrent()) {
            timers.remove(timer);
        } else {
            ready.push((Runnable) () -> timers.remove(timer));
        }
    }

    int timerCount() {
        return timers.size();
    }

    /** True when there is something to do besides what is mounted. Loop thread only. */
    boolean hasOtherWork() {
        return !ready.isEmpty() || stopping || hasDueTimer() || !aside.isEmpty();
    }

    /** True when a task that yields now would let nothing else happen; its next step begins on the spot then. Loop thread only. */
    boolean mayStay() {
        if (hasOtherWork() || driver.needsPoll()) {
            return false;
        }
        countStep();
        return true;
    }

    private boolean hasDueTimer() {
        TimerHandle next = timers.peek();
        return next != null && next.when() - driver.nanoTime() <= 0;
    }

    // ---- running and stopping

    /**
     * Starts a stretch of running. Any thread but this one; fails when one is under way or the loop is closed or closing.
     *
     * @param first what to do once it is sure that the loop will run, before it does
     */
    Run begin(Runnable first) {
        claim();
        if (closing) {
            control = IDLE;
            throw loop.closedException();
        }
        return runAfter(first);
    }

    /** Starts a stretch of running for the thread that closes the loop; from the first one on nobody else can start any. */
    Run beginToClose(Runnable first) {
        claim();
        closing = true;
        return runAfter(first);
    }

    /** From here on the loop can be closed, but not run. */
    void refuseRuns() {
        claim();
        closing = true;
        control = IDLE;
    }

    private void claim() {
        if (!leaveIdle(CLAIMED)) {
            if (isClosed()) {
                throw loop.closedException();
            }
            throw new IllegalStateException("the event loop is running already: " + loop);
        }
    }

    /** Tries to be the one; in a loop that is closing, whoever claims it and is not the closing thread gives it back at once. */
    private boolean leaveIdle(Object next) {
        while (!CONTROL.compareAndSet(this, IDLE, next)) {
            Object now = control;
            if (!closing || (now != CLAIMED && now != IDLE)) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private Run runAfter(Runnable first) {
        Run run = new Run();
        Object next = IDLE;
        try {
            first.run();
            if (getState() == State.NEW) {
                if (runner == null) {
                    runner = CallbackRunner.start(this);
                }
                loop.startWatchdog();
                start();
            }
            next = run;
        } finally {
            control = next;
        }
        LockSupport.unpark(this);
        return run;
    }

    /** Lets nobody but the closing thread start another stretch of running, while one is under way. */
    void closeAfterThisRun() {
        closing = true;
    }

    /** Ends the current stretch of running after this turn, or the next one after its first turn. Any thread. */
    void stopRunning() {
        stopping = true;
        if (!isCurrent()) {
            ready.push((Runnable) () -> {});
        }
    }

    boolean isRunning() {
        Object order = control;
        return order instanceof Run || order == CLAIMED;
    }

    boolean isClosed() {
        return control == CLOSED;
    }

    boolean isClosing() {
        return closing;
    }

    /**
     * Ends the thread; no stretch of running may be under way.
     *
     * @return false when it was closed before
     */
    boolean close() {
        if (!leaveIdle(CLOSED)) {
            return false;
        }
        if (getState() == State.NEW) {
            start();
        }
        LockSupport.unpark(this);
        return true;
    }

    @Override
    public void run() {
        for (Object order = control; order != CLOSED; order = control) {
            if (order instanceof Run run) {
                runTurns();
                control = IDLE;
                run.countDown();
            } else {
                Thread.interrupted(); // left set, it would make every park return at once
                LockSupport.park(this);
            }
        }
        shutDown();
    }

    private void runTurns() {
        do {
            try {
                turn();
            } catch (Throwable bug) {
                report("a bug in loomloop, please report it", bug); // nothing a user does gets here
            }
        } while (!stopping);
        stopping = false;
    }

    /** Says so later, in a callback, and goes on: the tasks of this loop have nobody else to run them. */
    private void report(String message, Throwable failure) {
        try {
            ErrorContext context = new ErrorContext(message, failure);
            ready.add(new Handle(loop, () -> loop.report(context), false));
        } catch (Throwable outOfMemory) {
            // There is nothing left to report with; the loop itself may still recover.
        }
    }

    // ---- one turn

    private void turn() {
        turns++;
        ready.takeForeign();
        if (ready.isEmpty() && !stopping) {
            awaitWork();
        } else {
            driver.await(0);
            ready.takeForeign();
        }
        queueDueTimers();
        runReady();
    }

    private void awaitWork() {
        TimerHandle next = timers.peek();
        long nanos = next == null ? Long.MAX_VALUE : next.when() - driver.nanoTime();
        if (nanos > 0) {
            ready.sleep(nanos);
            loop.wokeUp();
        }
        ready.takeForeign();
    }

    private void queueDueTimers() {
        if (timers.size() == 0) {
            return;
        }
        long now = driver.nanoTime();
        for (TimerHandle due = timers.pollDue(now); due != null; due = timers.pollDue(now)) {
            ready.add(due);
        }
    }

    private void runReady() {
        turnLeft = ready.size();
        while (turnLeft > 0 && !ending) {
            turnLeft--;
            run(ready.poll());
        }
    }

    private void run(@Nullable Object item) {
        if (item instanceof TaskThread<?> task) {
            if (task.mayResume()) {
                mount(task);
            }
        } else if (item instanceof TaskThread.Unparked unparked) {
            if (!unparked.task().isWaiting()) {
                mount(unparked.task());
            }
        } else if (item instanceof Handle handle) {
            if (handle.internal) {
                handle.run();
            } else {
                runCallbacks(handle);
            }
        } else if (item instanceof Adopted adopted) {
            mount(adopted, adopted.continuation());
        } else if (item instanceof CallbackRunner blocked) {
            mount(blocked, blocked.resumption());
            runEager(blocked);
            if (blocked.ended.isDone()) {
                retired.remove(blocked);
            }
        } else if (item instanceof Runnable step) {
            step.run();
        } else {
            throw new AssertionError(item);
        }
    }

    private void mount(TaskThread<?> task) {
        resume(task);
        runEager(task);
    }

    private void resume(TaskThread<?> task) {
        if (task.place < 0) {
            loop.ownTasks().settle();
        }
        task.resumed = !task.isWaiting();
        mount(task, task.resumption());
        for (int tries = 0; !task.resumed; tries++) {
            // The continuation did nothing: another thread looks at the stack of this one, which takes a moment.
            if (tries == PATIENCE) {
                ready.add(task);
                return;
            }
            Thread.yield();
            mount(task, task.resumption());
        }
        if (eager != null) {
            return; // it has stepped aside
        }
        if (task.isDone()) {
            loop.ownTasks().forget(task);
            return;
        }
        if (task.yielding) {
            ready.add(task);
        } else if (task.needsInterrupt()) {
            ready.add(new Handle(loop, task::interrupt, false));
        }
    }

    private void mount(Object who, Runnable continuation) {
        switches++;
        countStep();
        RUNNING.setRelease(this, who);
        try {
            continuation.run();
        } catch (Throwable failure) {
            if (!(who instanceof Adopted)) {
                throw failure;
            }
            // The thread has ended with an exception, and then its uncaught exception handler, the user's, with
            // another.
            report("unhandled error in the uncaught exception handler of a thread", failure);
        } finally {
            RUNNING.setRelease(this, (Object) null);
        }
        endStep(who);
    }

    private void runCallbacks(Handle first) {
        CallbackRunner active = activeRunner();
        switches++;
        countStep();
        RUNNING.setRelease(this, active);
        boolean free;
        try {
            free = active.runBatch(first);
        } finally {
            RUNNING.setRelease(this, (Object) null);
        }
        endStep(active);
        if (eager != null) {
            runEager(active);
            free = active.isIdle();
        }
        if (!free) {
            if (!active.ended.isDone()) {
                retired.add(active);
            }
            runner = active.successor();
        }
    }

    // ---- tasks that begin at once

    /** True when the caller is a task or a callback of this loop, the ones that know how to step aside. */
    boolean canStepAside() {
        return isCurrent() && (running instanceof TaskThread<?> || running instanceof CallbackRunner);
    }

    /**
     * Lets a task that was just started make its first step before the caller goes on.
     *
     * @return false when the caller cannot leave the loop thread here, and the task has not begun
     */
    boolean stepAsideFor(TaskThread<?> child) {
        Object caller = running;
        setAside(caller, true);
        eager = child;
        boolean left = false;
        try {
            Thread.yield();
        } finally {
            left = eager == null; // somebody has taken it
            eager = null;
            setAside(caller, false);
        }
        return left;
    }

    private static void setAside(@Nullable Object caller, boolean aside) {
        if (caller instanceof TaskThread<?> task) {
            task.yielding = aside;
            task.resumed = true;
        } else if (caller instanceof CallbackRunner callback) {
            callback.setAside(aside);
        }
    }

    /** Runs what the one that was just mounted has stepped aside for, and then that one, and so on if need be. Raw loop thread. */
    private void runEager(Object justMounted) {
        Object last = justMounted;
        while (eager != null || !aside.isEmpty()) {
            TaskThread<?> child = eager;
            if (child != null) {
                eager = null;
                aside.push(last);
                last = child;
                resume(child);
            } else {
                last = aside.pop();
                if (last instanceof TaskThread<?> creator) {
                    resume(creator);
                } else {
                    goOn((CallbackRunner) last);
                }
            }
        }
    }

    private void goOn(CallbackRunner creator) {
        mount(creator, creator.resumption());
        for (int tries = 0; creator.isAside() && eager == null; tries++) {
            // As in resume: another thread looks at the stack of this one.
            if (tries == PATIENCE) {
                ready.add(creator);
                return;
            }
            Thread.yield();
            mount(creator, creator.resumption());
        }
    }

    // ---- callbacks

    /** Asked after each callback: the next one of this turn, if {@code asking} is still the one to run it. Loop thread only. */
    @Nullable
    Handle nextCallback(CallbackRunner asking) {
        callbacks++;
        countStep();
        if (turnLeft > 0 && asking == runner && ready.peek() instanceof Handle handle && !handle.internal) {
            turnLeft--;
            ready.poll();
            return handle;
        }
        return null;
    }

    /** False for a runner whose callback blocked: the loop went on with another. Loop thread only. */
    boolean isActive(CallbackRunner asking) {
        return asking == runner;
    }

    /** The runners whose callbacks block. Loop thread only. */
    List<CallbackRunner> blockedCallbacks() {
        return List.copyOf(retired);
    }

    /** How many there are, about. Any thread. */
    int blockedCallbackCount() {
        return retired.size();
    }

    private CallbackRunner activeRunner() {
        return Objects.requireNonNull(runner);
    }

    /** What a task gets when its yield returned at once. */
    PinnedException pinned() {
        return new PinnedException("this wait would stop the loop '" + getName()
                + "': the task is inside a synchronized block (JDK 21 to 23), a native method or a static initialiser;"
                + " use a ReentrantLock, or wait outside");
    }

    // ---- the end

    /** Ends the last stretch of running on the spot: what is in the queue now is for {@link #abandon}. Loop thread only. */
    void endNow() {
        ending = true;
        stopping = true;
    }

    private void shutDown() {
        if (runner != null) {
            runner.end();
        }
        endTimers(); // first: a thread that sleeps here, and is no task, is queued by that, and goes on elsewhere
        ready.close(this::abandon);
        endTimers();
        driver.close();
    }

    private void endTimers() {
        for (TimerHandle timer = timers.peek(); timer != null; timer = timers.peek()) {
            timers.remove(timer);
            if (timer.internal) {
                timer.run();
            } else {
                timer.cancel();
            }
        }
    }

    /** Whatever was accepted and will not run here any more is cancelled visibly, or goes on elsewhere. */
    private void abandon(Object item) {
        if (item instanceof TaskThread<?> task) {
            if (task.refuseToBegin()) {
                mount(task, task.resumption());
            } else {
                Stragglers.execute(task.resumption());
            }
        } else if (item instanceof TaskThread.Unparked unparked) {
            Stragglers.execute(unparked.task().resumption());
        } else if (item instanceof OwedHandle owed) {
            Stragglers.execute(owed::run);
        } else if (item instanceof Handle handle) {
            handle.cancel();
        } else if (item instanceof Adopted adopted) {
            Stragglers.execute(adopted.continuation());
        } else if (item instanceof CallbackRunner blocked) {
            Stragglers.execute(blocked.resumption());
        } else if (item instanceof Runnable step) {
            step.run(); // a timer on its way to the heap, which is emptied next
        }
    }
}
