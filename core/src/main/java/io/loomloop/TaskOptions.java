package io.loomloop;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How a task is to be made: its name, its context, and when it begins; the keyword arguments of asyncio's {@code create_task}.
 * Immutable.
 *
 * <pre>{@code
 * Async.createTask(TaskOptions.named("reader").withEagerStart(true), () -> read(socket));
 * }</pre>
 */
public final class TaskOptions {
    /** Nothing special: a name of the form {@code Task-N}, a copy of the creator's context, a start in the next turn. */
    public static final TaskOptions DEFAULT = new TaskOptions(null, null, null);

    private final @Nullable String name;
    private final @Nullable Context context;
    private final @Nullable Boolean eagerStart;

    private TaskOptions(@Nullable String name, @Nullable Context context, @Nullable Boolean eagerStart) {
        this.name = name;
        this.context = context;
        this.eagerStart = eagerStart;
    }

    /** The default but for the name. */
    public static TaskOptions named(String name) {
        return DEFAULT.withName(name);
    }

    /** The same with a name for the task and its thread. */
    public TaskOptions withName(String name) {
        return new TaskOptions(Objects.requireNonNull(name, "name"), context, eagerStart);
    }

    /** The same with a context for the task to run in. It is not copied: tasks that are given the same one share it. */
    public TaskOptions withContext(Context context) {
        return new TaskOptions(name, Objects.requireNonNull(context, "context"), eagerStart);
    }

    /**
     * The same with the first step of the task before {@code createTask} returns, instead of in the next turn: asyncio's
     * {@code eager_start}. A task that ends in its first step is done by then; one that waits goes on like any other.
     *
     * <p>The creator has to let go of the loop thread for that step, and gets it back before anything else runs. A creator that
     * cannot gets a task that begins in the next turn as usual: a thread that is no task or callback of the loop, and a task
     * inside a {@code synchronized} block (JDK 21 to 23), a native method or a static initialiser.
     *
     * @param eagerStart false insists on the next turn, where a {@link TaskFactory} would choose otherwise
     */
    public TaskOptions withEagerStart(boolean eagerStart) {
        return new TaskOptions(name, context, eagerStart);
    }

    /** The name, or null for {@code Task-N}. */
    public @Nullable String name() {
        return name;
    }

    /** The context to run in, or null for a copy of the creator's. */
    public @Nullable Context context() {
        return context;
    }

    /** Whether the first step comes at once, or null when nobody has said. */
    public @Nullable Boolean eagerStart() {
        return eagerStart;
    }

    @Override
    public String toString() {
        return "TaskOptions[name=" + name + ", context=" + context + ", eagerStart=" + eagerStart + "]";
    }
}
