package io.loomloop;

/**
 * Has a say in each task that a loop makes for its users: asyncio's {@code set_task_factory}. It may change the options, wrap the
 * body, keep track of the task, or refuse by throwing, which reaches whoever wanted the task.
 *
 * <pre>{@code
 * loop.setTaskFactory((l, options, body, creator) -> {
 *     Task<?> task = creator.createTask(options, body);
 *     task.addDoneCallback(done -> count.decrementAndGet());
 *     return task;
 * });
 * }</pre>
 *
 * @see EventLoop#setTaskFactory(TaskFactory)
 */
@FunctionalInterface
public interface TaskFactory {
    /** Makes each task as it was asked for. */
    TaskFactory DEFAULT = (loop, options, body, creator) -> creator.createTask(options, body);

    /**
     * Starts each task at once unless its options say otherwise: asyncio's {@code eager_task_factory}. See
     * {@link TaskOptions#withEagerStart}.
     */
    TaskFactory EAGER = (loop, options, body, creator) ->
            creator.createTask(options.eagerStart() == null ? options.withEagerStart(true) : options, body);

    /**
     * Makes a task, in the thread of whoever wants it, which may be any.
     *
     * @param loop where the task is to run
     * @param options what was asked for
     * @param body the work; one that wraps it must return results of the same type
     * @param creator makes tasks of this loop
     * @return a task of this loop, made by the creator
     */
    Task<?> createTask(EventLoop loop, TaskOptions options, Body<?, ?> body, Creator creator);

    /** What makes the tasks in the end. */
    @FunctionalInterface
    interface Creator {
        /**
         * Makes a task and starts it.
         *
         * @throws LoopClosedException when the loop is closed; nothing was started
         * @throws IllegalStateException when the task is to start at once in a context that is entered already
         */
        Task<?> createTask(TaskOptions options, Body<?, ?> body);
    }
}
