package io.loomloop;

import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The virtual thread in which a loop runs its callbacks, and the scheduler of that thread.
 *
 * <p>Callbacks are user code, and user code that takes a lock must never run on the raw loop thread: were the lock to be handed
 * to a parked task of the same loop, the loop thread would wait for a task that only it can run. In a virtual thread the callback
 * parks instead.
 *
 * <p>One mount runs all consecutive callbacks of a turn. Between batches the thread yields, and {@link #execute} keeps the
 * continuation for the loop to run on the spot, so callbacks stay in line with tasks. When a callback blocks, the loop goes on
 * with a fresh runner; the old one ends when its callback does.
 *
 * <pre>
 *  spare --first batch--> active &lt;--batch, done--> idle
 *                           | a callback blocks
 *                           v
 *                        retired --its callback returns--> ended
 * </pre>
 */
final class CallbackRunner implements ContextHolder, Executor, Runnable {
    private final LoopThread home;
    private final Thread thread;

    /** Done when this runner has ended; only a retired one is waited for. */
    final LoopFuture<@Nullable Void> ended;

    // written by start(), before the loop sees this runner
    private @Nullable Runnable continuation;

    // all loop thread only, the callback for the watchdog as well
    private boolean idle = true;
    private boolean aside;
    private boolean ending;
    private @Nullable Handle first;
    private @Nullable Handle current;
    private @Nullable CallbackRunner spare;

    CallbackRunner(LoopThread home) {
        this.home = home;
        this.ended = new LoopFuture<>(home.loop);
        this.thread = VirtualThreads.newThread(this, home.getName() + "-callbacks", this);
        thread.setContextClassLoader(home.getContextClassLoader());
    }

    /** Makes a runner that is ready for its first batch. Never on the raw loop thread: starting a thread takes locks of the JDK. */
    static CallbackRunner start(LoopThread home) {
        CallbackRunner runner = new CallbackRunner(home);
        runner.thread.start();
        return runner;
    }

    /** Takes a continuation from the JDK. Any thread; must not throw. */
    @Override
    public void execute(Runnable next) {
        if (continuation == null) {
            continuation = next;
        } else if (next != continuation) {
            if (!home.schedule(new Adopted(this, next))) {
                Stragglers.execute(next);
            }
        } else if (!(home.isCurrent() && (idle || aside))) {
            if (!home.schedule(this)) {
                Stragglers.execute(next);
            }
        }
    }

    /**
     * Runs a callback and those that follow it in the queue. Raw loop thread.
     *
     * @return false when a callback blocked and this runner is no longer free
     */
    boolean runBatch(Handle handle) {
        first = handle;
        resumption().run();
        while (first == handle && !ended.isDone()) {
            // The continuation did nothing: another thread walks the stack of this one, which takes a moment.
            Thread.yield();
            resumption().run();
        }
        return idle;
    }

    /** True when this runner is free for another batch. Loop thread only. */
    boolean isIdle() {
        return idle;
    }

    /** True while the callback has left the loop thread to the first step of a task it starts. Loop thread only. */
    boolean isAside() {
        return aside;
    }

    void setAside(boolean aside) {
        this.aside = aside;
    }

    /** Lets the thread end; it must be free. Raw loop thread. */
    void end() {
        ending = true;
        while (!ended.isDone()) {
            resumption().run();
        }
        if (spare != null) {
            spare.end();
        }
    }

    /** Goes on where the thread is, when run on the raw loop thread. */
    Runnable resumption() {
        return Objects.requireNonNull(continuation);
    }

    /** The runner to go on with when this one is blocked, or has died. Raw loop thread. */
    CallbackRunner successor() {
        CallbackRunner next = spare;
        return next == null ? start(home) : next; // null only when memory ran out before there was a spare
    }

    /** Interrupts the callback that keeps a retired runner from ending. */
    void interrupt() {
        thread.interrupt();
    }

    Thread thread() {
        return thread;
    }

    @Override
    public void run() {
        VirtualThreads.enter(home);
        try {
            if (!ending) {
                spare = start(home);
            }
            while (!ending && home.isActive(this)) {
                idle = false;
                for (Handle next = takeFirst(); next != null; next = home.nextCallback(this)) {
                    current = next; // until the next one begins: the step is not over before that
                    home.loop.failures().run(next);
                    Thread.interrupted(); // one that this callback left set is not meant for the next
                }
                current = null;
                if (home.isActive(this)) {
                    idle = true;
                    Thread.yield();
                }
            }
        } finally {
            idle = false;
            ended.completeWith(null);
        }
    }

    @Override
    public @Nullable Object heldContext() {
        return current == null ? null : current.context;
    }

    @Override
    public boolean replaceContext(@Nullable Object before, @Nullable Object after) {
        return Objects.requireNonNull(current).replaceContext(before, after);
    }

    /** The callback that runs, or waits in the middle. Loop thread only. */
    @Nullable
    Handle current() {
        return current;
    }

    private @Nullable Handle takeFirst() {
        Handle handle = first;
        first = null;
        return handle;
    }

    @Override
    public String toString() {
        return "callback " + current;
    }
}
