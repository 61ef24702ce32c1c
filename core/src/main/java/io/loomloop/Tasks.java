package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The tasks of one loop that are not done, which it keeps alive, and how new ones are made. Any thread. */
final class Tasks implements TaskFactory.Creator {
    private static final VarHandle BROUGHT;

    static {
        try {
            BROUGHT = MethodHandles.lookup().findVarHandle(Tasks.class, "brought", Brought.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** A task that another thread has made, before it those that came earlier. */
    private static final class Brought {
        final TaskThread<?> task;
        // its creator sets, before others see it; the loop thread clears
        volatile @Nullable Brought earlier;

        Brought(TaskThread<?> task) {
            this.task = task;
        }
    }

    private final LoopThread thread;
    private final TaskTable made = new TaskTable(64);
    // any other thread puts one on top, by CAS; the loop thread moves them all to the table
    private volatile @Nullable Brought brought;
    // any thread, atomic
    private final AtomicInteger count = new AtomicInteger();

    // any thread
    volatile TaskFactory factory;

    Tasks(LoopThread thread, TaskFactory factory) {
        this.thread = thread;
        this.factory = factory;
    }

    /** Makes a task for a user, who may have a factory for that. */
    @SuppressWarnings("unchecked") // a factory makes tasks of the body it is given, or breaks its promise
    <T extends @Nullable Object> Task<T> make(TaskOptions options, Body<? extends T, ?> body) {
        TaskFactory chosen = factory;
        if (chosen == TaskFactory.DEFAULT) {
            return start(options, body);
        }
        Task<?> task = Objects.requireNonNull(
                chosen.createTask(thread.loop, options, body, this), "the task factory made no task");
        if (task.loop() != thread.loop) {
            throw new IllegalStateException("the task factory made a task of another loop: " + task.loop());
        }
        return (Task<T>) task;
    }

    @Override
    public Task<?> createTask(TaskOptions options, Body<?, ?> body) {
        return this.<@Nullable Object>start(
                Objects.requireNonNull(options, "options"), Objects.requireNonNull(body, "body"));
    }

    /** Makes a task and starts it. */
    <T extends @Nullable Object> Task<T> start(TaskOptions options, Body<? extends T, ?> body) {
        boolean here = thread.isCurrent();
        // A loop that closes would never have ended the last one that others bring.
        if (thread.isClosed() || (thread.isClosing() && !here)) {
            throw thread.loop.closedException();
        }
        return start(here, options, body);
    }

    /** Makes a task for the thread that closes the loop, from which others are refused by now. */
    <T extends @Nullable Object> Task<T> startLast(TaskOptions options, Body<? extends T, ?> body) {
        return start(false, options, body);
    }

    private <T extends @Nullable Object> Task<T> start(boolean here, TaskOptions options, Body<? extends T, ?> body) {
        boolean eager = Boolean.TRUE.equals(options.eagerStart()) && thread.canStepAside();
        Context context = options.context();
        if (eager && context != null) {
            context.requireNotEntered();
        }
        TaskThread<T> task = new TaskThread<>(thread, options, body);
        if (here) {
            made.add(task);
        } else {
            bring(task);
        }
        count.incrementAndGet();
        boolean accepted;
        try {
            accepted = eager ? task.startAtOnce() : task.start();
        } catch (Throwable e) { // most likely no memory is left
            if (!task.hasBegun()) {
                refuse(task, here);
            }
            throw e;
        }
        if (!accepted) {
            refuse(task, here);
            throw thread.loop.closedException();
        }
        return task;
    }

    /** Counts a task out that never begins, and ends it for those who have seen it in the list. Its creator. */
    private void refuse(TaskThread<?> task, boolean here) {
        countEnd();
        task.refuse();
        if (here) {
            forget(task);
        } else {
            boolean unused = thread.ready.push((Runnable) () -> forget(task)); // settled meanwhile, perhaps
        }
    }

    /** A task that ends counts no more. Its own thread, or the creator of one that never begins; before anybody can see that it is done. */
    void countEnd() {
        count.decrementAndGet();
    }

    /**
     * Lets go of a task that is done, or never began. Not by the task itself, at its end: the compiler would make it a part of each
     * task's outermost frame, and all tasks that wait would take more memory. Loop thread only.
     */
    void forget(TaskThread<?> task) {
        if (task.place >= 0) {
            made.remove(task);
        }
    }

    /** Keeps a task that another thread has made. Any thread. */
    void bring(TaskThread<?> task) {
        Brought top = new Brought(task);
        do {
            top.earlier = brought;
        } while (!BROUGHT.compareAndSet(this, top.earlier, top));
    }

    /**
     * Gives the tasks that other threads have made places in the table, before the first of them begins; should there be no memory,
     * before a later one does. Loop thread only.
     */
    void settle() {
        Brought newest = brought;
        try {
            for (Brought one = newest; one != null; one = one.earlier) {
                if (one.task.place < 0 && !one.task.isDone()) {
                    made.add(one.task);
                }
            }
        } catch (OutOfMemoryError e) {
            return; // All are kept where they were, and some in the table as well.
        }
        // After they are in the table: whoever looks at both, in this order, sees them.
        if (newest != null && !BROUGHT.compareAndSet(this, newest, null)) {
            cutBefore(newest);
        }
    }

    /** Takes one and those that came earlier from below others that came meanwhile. */
    private void cutBefore(Brought settled) {
        Brought later = Objects.requireNonNull(brought);
        while (later.earlier != settled) {
            later = Objects.requireNonNull(later.earlier);
        }
        later.earlier = null;
    }

    /** Those that are not done, oldest first. */
    List<TaskThread<?>> live() {
        List<TaskThread<?>> found = new ArrayList<>();
        for (Brought one = brought; one != null; one = one.earlier) {
            found.add(one.task);
        }
        made.copyTo(found);
        found.removeIf(LoopFuture::isDone);
        found.sort(Comparator.comparingLong(TaskThread::id));
        List<TaskThread<?>> tasks = new ArrayList<>(found.size());
        TaskThread<?> last = null;
        for (TaskThread<?> task : found) {
            if (task != last) { // one that settles is in both
                tasks.add(task);
                last = task;
            }
        }
        return tasks;
    }

    /** True when other threads have made some that did not settle. For tests. */
    boolean hasBrought() {
        return brought != null;
    }

    /** How many are not done. */
    int count() {
        return count.get();
    }
}
