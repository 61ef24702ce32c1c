package io.loomloop;

import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The tasks of one loop that are not done, which it keeps alive, and how new ones are made. Any thread. */
final class Tasks implements TaskFactory.Creator {
    private final LoopThread thread;
    private final TaskTable made = new TaskTable(64);
    // Those that other threads have made, by id, until they wait for the first time: an entry here is seven times as
    // large as a place in the table. A map without locks: a loop thread that lets go of one while other threads make
    // some must not wait here, and a ConcurrentHashMap has monitors. Removals that race may leave a key behind, never
    // a value.
    private final Map<Long, TaskThread<?>> brought = new ConcurrentSkipListMap<>();
    // any thread, atomic; the map lags behind
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
        if (here) {
            forget(task);
        } else {
            brought.remove(task.id());
        }
        countEnd();
        task.refuse();
    }

    /** A task that ends counts no more. Its own thread, or the creator of one that never begins; before anybody can see that it is done. */
    void countEnd() {
        count.decrementAndGet();
    }

    /**
     * Lets go of a task that is done, or never began. Not by the task itself, at its end: the compiler would make it a part of each
     * task's outermost frame, and all tasks that wait would take more memory.
     */
    void forget(TaskThread<?> task) {
        if (task.place >= 0) {
            made.remove(task);
        } else {
            brought.remove(task.id());
        }
    }

    /** Keeps a task that another thread has made. Any thread. */
    void bring(TaskThread<?> task) {
        brought.put(task.id(), task);
    }

    /** Gives a task that another thread has made its place in the table, after a step that did not end it. Loop thread only. */
    void settle(TaskThread<?> task) {
        try {
            // Boxed before the rest: a removal that then finds no memory has let go of the task all the same.
            Long id = task.id();
            made.add(task);
            brought.remove(id); // after it is in the table: whoever looks at both, in this order, sees it
        } catch (OutOfMemoryError e) {
            // It is kept, in one place or in the other.
        }
    }

    /** Those that are not done, oldest first. */
    List<TaskThread<?>> live() {
        List<TaskThread<?>> found = new ArrayList<>(brought.values());
        VarHandle.loadLoadFence(); // the map reads some of its fields plainly: not after the table is read
        made.copyTo(found);
        found.removeIf(LoopFuture::isDone);
        found.sort(Comparator.comparingLong(TaskThread::id));
        List<TaskThread<?>> tasks = new ArrayList<>(found.size());
        TaskThread<?> last = null;
        for (TaskThread<?> task : found) {
            if (task != last) { // one that was about to settle is in both
                tasks.add(task);
                last = task;
            }
        }
        return tasks;
    }

    /** How many other threads have made that did not settle. For tests. */
    int brought() {
        return brought.size();
    }

    /** How many are not done. */
    int count() {
        return count.get();
    }
}
