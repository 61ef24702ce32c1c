package io.loomloop;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** A virtual thread from the thread factory of a loop, and the scheduler of that thread and of those that are started inside it. */
final class FactoryThread implements Executor {
    private final LoopThread home;
    private final Thread thread;
    // whoever starts the thread, before anything of it is queued
    private @Nullable Runnable continuation;

    FactoryThread(LoopThread home, String name, boolean inherits, Runnable work) {
        this.home = home;
        Bindings values = ContextHolder.currentBindings();
        Runnable body = () -> {
            VirtualThreads.enter(home);
            if (values == null) {
                work.run();
            } else {
                ContextHolder.call(values, () -> {
                    work.run();
                    return null;
                });
            }
        };
        this.thread = inherits
                ? VirtualThreads.newInheritingThread(this, name, body)
                : VirtualThreads.newThread(this, name, body);
        ClassLoader classLoader = Thread.currentThread().getContextClassLoader();
        if (classLoader != thread.getContextClassLoader()) {
            thread.setContextClassLoader(classLoader);
        }
        thread.setUncaughtExceptionHandler((failed, failure) ->
                home.loop.report(new ErrorContext("exception in " + this + " of " + home.loop, failure)));
    }

    Thread thread() {
        return thread;
    }

    /** True for what runs the thread itself, and not one that was started inside it. */
    boolean isContinuation(Runnable candidate) {
        return candidate == continuation;
    }

    /**
     * Takes a continuation from the JDK. Any thread; must not throw. But for the very first one, which comes from {@code start}: that
     * is no thread yet that anybody waits for, and {@code start} passes the exception on.
     */
    @Override
    public void execute(Runnable next) {
        boolean starts = continuation == null;
        if (starts) {
            continuation = next;
        }
        if (!home.schedule(new Adopted(this, next))) {
            if (starts) {
                throw new RejectedExecutionException("the event loop is closed: " + home.loop);
            }
            Stragglers.execute(next);
        }
    }

    @Override
    public String toString() {
        return "thread '" + Objects.toString(thread.getName()) + "'";
    }
}
