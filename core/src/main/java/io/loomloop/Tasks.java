package io.loomloop;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** The tasks of one loop that are not done, which it keeps alive, and how new ones are made. Any thread. */
final class Tasks implements TaskFactory.Creator {
    private final LoopThread thread;
    // Oldest first. A map without locks: a task that makes another one while other threads make some must not wait
    // here, for the loop would do other things in the middle of a step. A ConcurrentHashMap has monitors.
    private final Map<TaskThread<?>, Boolean> live = new ConcurrentSkipListMap<>(Tasks::byAge);
    // any thread, atomic; the map lags behind
    private final AtomicInteger count = new AtomicInteger();

    // any thread
    volatile TaskFactory factory;

    Tasks(LoopThread thread, TaskFactory factory) {
        this.thread = thread;
        this.factory = factory;
    }

    private static int byAge(TaskThread<?> a, TaskThread<?> b) {
        return Long.compare(a.id(), b.id());
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
        if (thread.isClosed()) {
            throw thread.loop.closedException();
        }
        boolean eager = Boolean.TRUE.equals(options.eagerStart()) && thread.canStepAside();
        Context context = options.context();
        if (eager && context != null) {
            context.requireNotEntered();
        }
        TaskThread<T> task = new TaskThread<>(thread, options, body);
        live.put(task, true);
        count.incrementAndGet();
        try {
            if (eager) {
                task.startAtOnce();
            } else if (!task.start()) {
                throw thread.loop.closedException();
            }
        } catch (Throwable e) {
            forget(task);
            if (task.neverRuns()) {
                countEnd();
            }
            throw e;
        }
        return task;
    }

    /** A task that ends counts no more. Its own thread, before anybody can see that it is done. */
    void countEnd() {
        count.decrementAndGet();
    }

    /**
     * Lets go of a task that is done, or never began. Not by the task itself, at its end: the compiler would make the search a part of
     * each task's outermost frame, and all tasks that wait would take 50 to 150 bytes more.
     */
    void forget(TaskThread<?> task) {
        live.remove(task);
    }

    /** Those that are not done, oldest first. */
    List<TaskThread<?>> live() {
        List<TaskThread<?>> tasks = new ArrayList<>(live.keySet());
        tasks.removeIf(LoopFuture::isDone);
        return tasks;
    }

    /** How many are not done. */
    int count() {
        return count.get();
    }
}
