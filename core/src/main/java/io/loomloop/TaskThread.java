package io.loomloop;

import java.io.InterruptedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A task as the engine sees it: a virtual thread, and the scheduler of that thread.
 *
 * <p>Because each task is its own scheduler, {@link #execute} knows whose continuation it is given, whoever calls: the JDK that
 * unparks it from a lock or a timer, a stack walk that submits it a second time. Any other continuation belongs to a thread that
 * user code started inside the task; it inherited the scheduler and runs on the loop as an {@link Adopted} one.
 *
 * <p>A task that waits for a future yields its thread instead of parking it, and {@code execute} drops the continuation that the
 * JDK then offers; the future puts the task back in the queue. A yield that cannot unmount returns at once, which is how a
 * pinned wait is noticed before it stops the loop; and neither interrupts nor stray unparks can end the wait.
 *
 * <pre>
 *  created --start----> queued --mount--> running --return, throw--> done
 *                                          |   ^
 *         awaiting = null: queued again    |   |  mount, once the future is done
 *            (yieldNow, an unpark)  &lt;------+   |
 *         awaiting = f: not queued  &lt;----------+--- queued by the completion of f
 * </pre>
 */
final class TaskThread<T extends @Nullable Object> extends Task<T> implements ContextHolder, Executor, Runnable {
    private static final AtomicLong IDS = new AtomicLong();
    private static final VarHandle PENDING_CANCEL;
    private static final VarHandle CANCEL_REQUESTS;
    private static final VarHandle CONTEXT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            PENDING_CANCEL = lookup.findVarHandle(TaskThread.class, "pendingCancel", CancelRequest.class);
            CANCEL_REQUESTS = lookup.findVarHandle(TaskThread.class, "cancelRequests", int.class);
            CONTEXT = lookup.findVarHandle(TaskThread.class, "context", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    record CancelRequest(@Nullable String message) {}

    /** An entry of the queue that the JDK asked for: the task was parked in code of the JDK, or somebody looked at its stack. */
    record Unparked(TaskThread<?> task) {}

    private final long id = IDS.incrementAndGet();
    private final Thread thread;
    // creator writes; the task takes it when it begins: null from then on
    private @Nullable Body<? extends T, ?> body;
    // creator writes, in the first execute, before the task is queued
    private @Nullable Runnable continuation;

    /** The future this task waits for; not null means that the task sits in {@link Parking#await}. Loop thread only. */
    @Nullable
    LoopFuture<?> awaiting;

    /** True while the task sits in {@link Parking#yieldNow}. Loop thread only. */
    boolean yielding;

    /** False from the moment a wait is asked to go on until it does: a yield that finds it true has not unmounted. Loop thread only. */
    boolean resumed = true;

    /** Ends the wait although its future is not done, to break a ring of tasks that wait for each other. Loop thread only. */
    boolean waitAborted;

    /** Where it is in the {@link TaskTable}, negative when it is not there. Loop thread only. */
    int place = -1;

    // any thread; otherwise the name is Task-N
    private volatile boolean named;
    // loop thread only: the last request that went on from here to the task this one waits for
    private @Nullable CancelRequest passed;
    // loop thread only: the request that was turned into an interrupt of foreign blocking code
    private @Nullable CancelRequest interruptSent;
    // any thread sets, loop thread takes
    private volatile @Nullable CancelRequest pendingCancel;
    // any thread, atomic
    private volatile int cancelRequests;
    // any thread, CAS; see ContextHolder
    private volatile @Nullable Object context;

    TaskThread(LoopThread home, TaskOptions options, Body<? extends T, ?> body) {
        super(home.loop);
        String name = options.name();
        // Most tasks have neither name nor variables, which spares them two volatile writes.
        if (name != null) {
            this.named = true;
        }
        Context shared = options.context();
        Object held = shared == null ? ContextHolder.currentBindings() : shared;
        if (held != null) {
            this.context = held;
        }
        this.body = body;
        this.thread = VirtualThreads.newThread(this, name == null ? "" : name, this);
        ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
        if (classLoader != thread.getContextClassLoader()) {
            thread.setContextClassLoader(classLoader);
        }
    }

    // ---- running

    /**
     * Queues the task for its first step.
     *
     * @return false when the loop is closed
     */
    boolean start() {
        thread.start();
        return home().schedule(this);
    }

    /**
     * Runs the first step before the caller goes on, which {@link LoopThread#canStepAside}; or queues it if it cannot after all.
     *
     * @return false when the loop is closed
     */
    boolean startAtOnce() {
        thread.start();
        return home().stepAsideFor(this) || home().schedule(this);
    }

    /** Ends a task that could not be started: its thread, if there is one by now, ends without a step. Creator only. */
    void refuse() {
        cancel("the task could not be started", null);
        Runnable first = continuation;
        if (first != null) {
            Stragglers.execute(first);
        }
    }

    /**
     * Takes a continuation from the JDK: the first time, when the thread is started, to be queued by the creator. Any thread; must not
     * throw, whatever the state of the loop.
     */
    @Override
    public void execute(Runnable next) {
        if (continuation == null) {
            continuation = next;
        } else if (next != continuation) {
            submit(new Adopted(this, next), next);
        } else if (!isWaiting()) {
            submit(new Unparked(this), next);
        }
    }

    private void submit(Object entry, Runnable next) {
        if (!home().schedule(entry)) {
            Stragglers.execute(next);
        }
    }

    /** True in a wait of ours, which goes on when we say so and not when the JDK submits the thread. */
    boolean isWaiting() {
        return awaiting != null || yielding;
    }

    /** Puts the task in the queue of its loop. Any thread. */
    void wake() {
        if (!home().schedule(this)) {
            Stragglers.execute(resumption());
        }
    }

    /**
     * Sees to it that the task ends without beginning, because its loop is closed.
     *
     * @return false when it has begun
     */
    boolean refuseToBegin() {
        if (hasBegun()) {
            return false;
        }
        CANCEL_REQUESTS.getAndAdd(this, 1);
        pendingCancel = new CancelRequest("the event loop is closed");
        return true;
    }

    /** True once its thread runs. */
    boolean hasBegun() {
        return body == null;
    }

    /** True when its own entry of the queue may begin the task or let its wait go on. Loop thread only. */
    boolean mayResume() {
        LoopFuture<?> future = awaiting;
        return future == null ? yielding || !hasBegun() : future.isDone() || waitAborted;
    }

    /** Not a field: there may be a million of us. */
    LoopThread home() {
        return loop().thread();
    }

    Runnable resumption() {
        return Objects.requireNonNull(continuation);
    }

    /** The thread's own body: the whole life of the task. */
    @Override
    public void run() {
        VirtualThreads.enter(home());
        Body<? extends T, ?> work = Objects.requireNonNull(body);
        body = null;
        if (isDone()) {
            return; // refused, and counted out by its creator
        }
        CancelRequest early = takePendingCancel();
        if (early != null) {
            loop().ownTasks().countEnd();
            cancel(early.message, null);
            return;
        }
        home().tasksStarted++;
        boolean counted = false;
        try {
            T result = work.call();
            loop().ownTasks().countEnd();
            counted = true;
            endWith(result);
        } catch (Throwable failure) {
            if (!counted) {
                loop().ownTasks().countEnd();
            }
            endWithFailure(failure);
        }
    }

    /** A request that came too late for any wait still makes the task cancelled, and its result is dropped: asyncio's rule. */
    private void endWith(T result) {
        CancelRequest late = takeUndelivered();
        if (late != null) {
            cancel(late.message, null);
        } else {
            completeWith(result);
        }
    }

    private void endWithFailure(Throwable failure) {
        if (!isCancellation(failure)) {
            failWith(failure);
        } else if (failure instanceof CancelledException) {
            cancel(failure.getMessage(), failure);
        } else {
            CancelRequest sent = interruptSent;
            cancel(sent == null ? null : sent.message, failure);
        }
    }

    /** True for what a request looks like to the code that it ended. The task's own thread. */
    boolean isCancellation(Throwable failure) {
        return failure instanceof CancelledException || (cancelRequests > 0 && isInterruption(failure));
    }

    private boolean isInterruption(Throwable failure) {
        return failure instanceof InterruptedException
                || failure instanceof ClosedByInterruptException
                || (failure instanceof InterruptedIOException && !(failure instanceof SocketTimeoutException))
                // A socket of the JDK that an interrupt closes says so in its message alone, and leaves the flag set.
                || (failure instanceof SocketException && interruptSent != null && thread.isInterrupted());
    }

    // ---- cancelling

    @Override
    public boolean cancel(@Nullable String message) {
        if (isDone()) {
            markRetrieved();
            return false;
        }
        request(new CancelRequest(message));
        return true;
    }

    /** Asks as {@link #cancel(String)} does, for somebody who may want to {@link #takeBack}. */
    CancelRequest requestCancel(String message) {
        CancelRequest request = new CancelRequest(message);
        request(request);
        return request;
    }

    /**
     * Takes one request back, for whoever has asked by {@link #requestCancel}. The task's own thread.
     *
     * @param before the requests that the task had been told of when that one's work began
     * @return whether there are others; if not, none is delivered any more
     */
    boolean takeBack(int before) {
        CancelRequest seen = pendingCancel; // first: another thread may be asking anew right now
        if (uncancel() > before) {
            return true;
        }
        if (seen != null) {
            PENDING_CANCEL.compareAndSet(this, seen, null);
        }
        if (interruptSent != null) {
            interruptSent = null;
            Thread.interrupted();
        }
        return false;
    }

    private void request(CancelRequest request) {
        CANCEL_REQUESTS.getAndAdd(this, 1);
        if (home().isCurrent()) {
            deliver(request);
            return;
        }
        // Seen by the task wherever it looks next; the callback is for a task that waits and will not look.
        pendingCancel = request;
        home().schedule(new Handle(
                loop(),
                () -> {
                    if (PENDING_CANCEL.compareAndSet(this, request, null)) {
                        deliver(request);
                    }
                },
                false));
    }

    /**
     * Follows the chain of tasks that wait for tasks to the future at its end and cancels that, or leaves the request with the
     * task that will run next. A loop instead of a recursion, because chains can be long. A task that the request has passed
     * before is part of a ring, which is broken there.
     */
    private void deliver(CancelRequest request) {
        TaskThread<?> task = this;
        while (task.passed != request && task.awaiting instanceof TaskThread<?> next && !next.isDone()) {
            task.passed = request;
            if (next.home() != home()) {
                next.request(request);
                return;
            }
            CANCEL_REQUESTS.getAndAdd(next, 1);
            task = next;
        }
        LoopFuture<?> future = task.awaiting;
        if (future != null && task.passed == request) {
            CANCEL_REQUESTS.getAndAdd(task, -1); // it was counted the first time
            task.waitAborted = true;
            home().ready.add(task);
        } else if (future != null && future.cancel(request.message)) {
            return;
        }
        task.pendingCancel = request;
        if (task.isParkedElsewhere()) {
            task.interrupt();
        }
    }

    /** True when a request waits for this task and it is parked in code that does not know of requests. Loop thread only. */
    boolean needsInterrupt() {
        return pendingCancel != null && isParkedElsewhere();
    }

    private boolean isParkedElsewhere() {
        return hasBegun() && awaiting == null && !yielding && !isDone() && home().running() != this;
    }

    /** Turns the pending request into an interrupt. On the loop, but never on the raw loop thread: the JDK takes a lock. */
    void interrupt() {
        if (needsInterrupt()) {
            interruptSent = takePendingCancel();
            thread.interrupt();
        }
    }

    /** Sees to it that a task which has not begun never does. While the loop does not run. */
    void cancelUnbegun() {
        if (!hasBegun()) {
            cancel("the event loop is closing");
        }
    }

    /** Throws the request that was not delivered yet, if there is one. The task's own thread. */
    void throwIfCancelled() {
        if (pendingCancel != null || interruptSent != null) {
            CancelRequest request = takeUndelivered();
            if (request != null) {
                throw new CancelledException(request.message);
            }
        }
    }

    /** Has a request that was not delivered yet reach the future that the task is about to wait for, as if it waited already. */
    void passUndeliveredTo(LoopFuture<?> future) {
        if (pendingCancel != null || interruptSent != null) {
            CancelRequest request = takeUndelivered();
            if (request != null && (future.isDone() || !future.cancel(request.message))) {
                throw new CancelledException(request.message);
            }
        }
    }

    /** An interrupt counts as delivered once the code it hit has cleared the flag, and is nothing once it was taken back. */
    private @Nullable CancelRequest takeUndelivered() {
        CancelRequest request = takePendingCancel();
        CancelRequest sent = interruptSent;
        if (sent != null) {
            interruptSent = null;
            if (Thread.interrupted() && request == null && cancelRequests > 0) {
                request = sent;
            }
        }
        return request;
    }

    /** What an interrupt of this task's foreign wait means to it. */
    CancelledException interruption(Exception interrupt) {
        CancelRequest sent = interruptSent;
        interruptSent = null;
        return new CancelledException(sent == null ? "interrupted while waiting" : sent.message, interrupt);
    }

    /** A request counts as long as it was not taken back. */
    private @Nullable CancelRequest takePendingCancel() {
        CancelRequest request = pendingCancel == null ? null : (CancelRequest) PENDING_CANCEL.getAndSet(this, null);
        return cancelRequests > 0 ? request : null;
    }

    @Override
    public int cancelling() {
        return cancelRequests;
    }

    /** As {@link #cancelling}, without the requests this task has not been told of yet. The task's own thread. */
    int cancellingTold() {
        boolean untold = pendingCancel != null || (interruptSent != null && thread.isInterrupted());
        int requests = cancelRequests;
        return untold && requests > 0 ? requests - 1 : requests;
    }

    @Override
    public int uncancel() {
        int before;
        CancelRequest seen;
        do {
            before = cancelRequests;
            seen = pendingCancel;
            if (before == 0 || isDone()) {
                return before;
            }
        } while (!CANCEL_REQUESTS.compareAndSet(this, before, before - 1));
        if (before == 1) {
            // Only the request that was there before: another thread may be asking anew right now.
            PENDING_CANCEL.compareAndSet(this, seen, null);
            if (home().isCurrent() && home().running() == this && interruptSent != null) {
                interruptSent = null;
                Thread.interrupted();
            }
        }
        return before - 1;
    }

    // ---- the context

    @Override
    public @Nullable Object heldContext() {
        return context;
    }

    @Override
    public boolean replaceContext(@Nullable Object before, @Nullable Object after) {
        return CONTEXT.compareAndSet(this, before, after);
    }

    @Override
    public Context context() {
        return ContextHolder.super.context();
    }

    // ---- telling

    @Override
    public String name() {
        return named ? thread.getName() : "Task-" + id;
    }

    @Override
    public void setName(String name) {
        thread.setName(Objects.requireNonNull(name, "name"));
        named = true;
    }

    @Override
    public StackTraceElement[] stack() {
        return thread.getStackTrace();
    }

    @Override
    public Thread thread() {
        return thread;
    }

    @Override
    String label() {
        return name();
    }

    long id() {
        return id;
    }

    /** Spares the identity hash, which is slow the first time: each task is put in a hash table once. */
    @Override
    public int hashCode() {
        return Long.hashCode(id * 0x9E3779B97F4A7C15L);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }
}
