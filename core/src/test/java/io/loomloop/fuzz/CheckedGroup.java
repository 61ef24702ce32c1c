package io.loomloop.fuzz;

import io.loomloop.Async;
import io.loomloop.ExceptionGroup;
import io.loomloop.Task;
import io.loomloop.TaskGroup;
import io.loomloop.TaskGroupOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/** A group with random options, and what they promise. */
final class CheckedGroup {
    private static final int LIMIT = 2;

    private final BiConsumer<Boolean, String> expect;
    private final List<Task<?>> tasks;
    private final RandomProgram.Part work;
    private final Random random;
    private final boolean limited;
    private final boolean supervised;
    private final boolean handled;
    private final List<Task<?>> children = new ArrayList<>();
    private final Set<Throwable> heardOf = Collections.newSetFromMap(new IdentityHashMap<>());
    private int running;

    CheckedGroup(Random random, List<Task<?>> tasks, BiConsumer<Boolean, String> expect, RandomProgram.Part work) {
        this.random = random;
        this.tasks = tasks;
        this.expect = expect;
        this.work = work;
        this.limited = random.nextInt(3) == 0;
        this.supervised = random.nextInt(3) == 0;
        this.handled = supervised && random.nextBoolean();
    }

    TaskGroupOptions options() {
        TaskGroupOptions options = TaskGroupOptions.DEFAULT;
        if (limited) {
            options = options.withLimit(LIMIT);
        }
        if (handled) {
            return options.withSupervision((child, failure) -> heardOf.add(failure));
        }
        return supervised ? options.withSupervision() : options;
    }

    void create(TaskGroup group) {
        if (limited && random.nextBoolean()) {
            group.awaitRoom();
        }
        Task<?> child = group.createTask(this::run);
        children.add(child);
        tasks.add(child);
    }

    /** A child that ends only if the group cancels it. */
    void createSleeper(TaskGroup group) {
        children.add(group.createTask(() -> Async.sleep(Duration.ofDays(1))));
    }

    void start(TaskGroup group, Duration delay) throws TimeoutException {
        Object value = group.<Object, TimeoutException>start(started -> {
            tasks.add(Async.currentTask());
            Async.sleep(delay);
            started.accept(this);
            children.add(Async.currentTask());
            run();
        });
        expect.accept(value == this, "a child that has started says with what");
    }

    private void run() throws TimeoutException {
        expect.accept(++running <= LIMIT || !limited, "a limit holds");
        try {
            work.run();
        } finally {
            running--;
        }
    }

    void threw(ExceptionGroup failures) {
        heardOf.addAll(failures.exceptions());
    }

    void checkAtEnd() {
        for (Task<?> child : children) {
            expect.accept(child.isDone(), "a group outlives its children");
            Throwable failure = child.isDone() && !child.isCancelled() ? child.exception() : null;
            expect.accept(failure == null || heardOf.contains(failure), "no failure is lost: " + failure);
        }
    }
}
