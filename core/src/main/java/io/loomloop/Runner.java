package io.loomloop;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs programs on one loop, one after the other, and closes the loop at the end: asyncio's {@code Runner}. For whatever needs more
 * than one {@link EventLoop#run(Body)}: a console, a test class, a tool with steps.
 *
 * <pre>{@code
 * try (Runner runner = new Runner()) {
 *     Config config = runner.run(() -> loadConfig());
 *     runner.run(() -> serve(config));
 * }
 * }</pre>
 *
 * <p>The loop is made when it is first needed, and with it a copy of the caller's {@link Context}, which all runs share: what one
 * sets, the next one sees. Between runs the loop stands still: tasks that a run leaves behind go on in the next one, and are
 * cancelled by {@link #close}.
 *
 * <p><b>Ctrl-C.</b> While a program runs, SIGINT cancels its main task, and {@link #run} throws
 * {@link KeyboardInterruptException}; a second SIGINT ends the JVM. See {@link EventLoop.Builder#keyboardInterrupts}.
 *
 * <p><b>Threads.</b> All methods may be called from any thread, but only one program runs at a time.
 */
public final class Runner implements AutoCloseable {
    private final EventLoop.Builder settings;
    private final ReentrantLock lock = new ReentrantLock();
    // all under lock
    private @Nullable EventLoop loop;
    private @Nullable Context context;
    private boolean keyboardInterrupts;
    private boolean closed;

    /** A runner whose loop has the default settings. */
    public Runner() {
        this(EventLoop.builder());
    }

    /**
     * A runner whose loop has these settings: asyncio's {@code loop_factory}, and its {@code debug} with
     * {@link EventLoop.Builder#debug}.
     *
     * @param settings read when the loop is made
     */
    public Runner(EventLoop.Builder settings) {
        this.settings = Objects.requireNonNull(settings, "settings");
    }

    /**
     * The loop, made now if need be: asyncio's {@code get_loop}.
     *
     * @throws IllegalStateException when this runner is closed
     */
    public EventLoop loop() {
        lock.lock();
        try {
            EventLoop made = loop;
            if (closed || (made != null && made.isClosed())) {
                throw new IllegalStateException("the runner is closed, make another one: " + this);
            }
            if (made == null) {
                made = settings.open();
                made.workers().finishBeforeClose();
                loop = made;
                keyboardInterrupts = settings.keyboardInterrupts;
                context = Context.copyOfCurrent();
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    private boolean handlesCtrlC() {
        lock.lock();
        try {
            return keyboardInterrupts;
        } finally {
            lock.unlock();
        }
    }

    private Context sharedContext() {
        lock.lock();
        try {
            return Objects.requireNonNull(context);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs a program to its end. An interrupt of the calling thread cancels its main task.
     *
     * @return what {@code main} returns
     * @throws X what {@code main} throws, the same instance
     * @throws CancelledException when the main task was cancelled
     * @throws KeyboardInterruptException when it was cancelled by Ctrl-C, and by nobody else
     * @throws IllegalStateException when this runner is closed, when a program runs on it already, the caller's own included, or when
     *     the loop was stopped before {@code main} was done
     */
    public <T extends @Nullable Object, X extends Exception> T run(Body<T, X> main) throws X {
        Objects.requireNonNull(main, "main");
        EventLoop home = loop();
        return run(home, sharedContext(), main);
    }

    /** As {@link #run(Body)}, for a program without a result. */
    public <X extends Exception> void run(VoidBody<X> main) throws X {
        run(Objects.requireNonNull(main, "main").asBody());
    }

    /** As {@link #run(Body)}, in a context of the caller's instead of the one that the runs share. */
    public <T extends @Nullable Object, X extends Exception> T run(Context context, Body<T, X> main) throws X {
        Objects.requireNonNull(context, "context");
        Objects.requireNonNull(main, "main");
        return run(loop(), context, main);
    }

    /** As {@link #run(Context, Body)}, for a program without a result. */
    public <X extends Exception> void run(Context context, VoidBody<X> main) throws X {
        run(context, Objects.requireNonNull(main, "main").asBody());
    }

    private <T extends @Nullable Object, X extends Exception> T run(EventLoop home, Context context, Body<T, X> main)
            throws X {
        AtomicReference<@Nullable CtrlC> ctrlC = new AtomicReference<>();
        try {
            return home.<T, X>runMain(() -> {
                Task<T> task = home.createTask(TaskOptions.DEFAULT.withContext(context), main);
                if (handlesCtrlC()) {
                    ctrlC.set(CtrlC.take(task));
                }
                return task;
            });
        } catch (CancelledException e) {
            CtrlC taken = ctrlC.get();
            throw taken != null && taken.wasSoleCanceller() ? new KeyboardInterruptException(e) : e;
        } finally {
            CtrlC taken = ctrlC.get();
            if (taken != null) {
                taken.release();
            }
        }
    }

    /**
     * Closes the loop, if it was made, see {@link EventLoop#close}: tasks that are left are cancelled and waited for, the default
     * executor finishes its work (up to five minutes), failures are reported. Does nothing the second time.
     *
     * @throws IllegalStateException when a program runs
     */
    @Override
    public void close() {
        EventLoop made;
        lock.lock();
        try {
            made = loop;
            closed |= made == null;
        } finally {
            lock.unlock();
        }
        if (made != null) {
            made.close(); // outside the lock: it takes as long as the tasks that are left
        }
    }

    @Override
    public String toString() {
        lock.lock();
        try {
            return "Runner[" + (loop != null ? loop : closed ? "closed" : "no loop yet") + "]";
        } finally {
            lock.unlock();
        }
    }
}
