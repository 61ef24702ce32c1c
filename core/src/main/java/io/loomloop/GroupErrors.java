package io.loomloop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The failures of one {@link TaskGroup}, in the order in which they happened, and who hears of them. Loop thread only. */
final class GroupErrors {
    private final EventLoop loop;
    private final TaskGroupOptions options;
    private final List<Throwable> errors = new ArrayList<>();
    // nobody is left to throw them
    private boolean reporting;

    GroupErrors(EventLoop loop, TaskGroupOptions options) {
        this.loop = loop;
        this.options = options;
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    int size() {
        return errors.size();
    }

    void add(Throwable failure) {
        errors.add(failure);
    }

    /**
     * Takes the failure of a child, or has the group's handler deal with it.
     *
     * @return whether the group is to end
     */
    boolean takeFrom(TaskThread<?> child, Throwable failure) {
        if (reporting) {
            report(child, failure);
            return false;
        }
        if (options.failureHandler == null) {
            errors.add(failure);
            return !options.supervised;
        }
        try {
            options.failureHandler.accept(child, failure);
            return false;
        } catch (Throwable refusal) {
            if (refusal != failure && refusal.getCause() != failure) {
                errors.add(failure); // the handler itself is broken
            }
            errors.add(refusal);
            return true;
        }
    }

    /** Throws what there is; there must be something. */
    void raise() {
        Set<Throwable> once = Collections.newSetFromMap(new IdentityHashMap<>());
        errors.removeIf(error -> !once.add(error)); // a child that awaits another one may fail with its very exception
        List<Throwable> all = List.copyOf(errors);
        errors.clear();
        for (Throwable error : all) {
            if (error instanceof VirtualMachineError fatal) {
                all.stream().filter(other -> other != fatal).forEach(other -> report(null, other));
                throw fatal;
            }
        }
        throw new ExceptionGroup("unhandled errors in a TaskGroup", all);
    }

    /** Gives all failures, and those that will follow, to the exception handler, because they cannot be thrown. */
    void reportAll() {
        reporting = true;
        errors.forEach(error -> report(null, error));
        errors.clear();
    }

    private void report(@Nullable TaskThread<?> child, Throwable failure) {
        loop.report(new ErrorContext("a failure in a task group could not be thrown by it", failure, child, null));
    }
}
