package io.loomloop;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Several failures at once, in the order in which they happened: Python's {@code ExceptionGroup}. What {@link Async#taskGroup}
 * throws.
 *
 * <p>Members may be groups themselves. {@link #split(Class)} is what {@code except*} is to Python: handle one part, throw the rest.
 *
 * {@snippet :
 * try {
 *     Async.taskGroup(group -> { ... });
 * } catch (ExceptionGroup failures) {
 *     ExceptionGroup.Split parts = failures.split(IOException.class);
 *     if (parts.match() != null) {
 *         log(parts.match());
 *     }
 *     if (parts.rest() != null) {
 *         throw parts.rest();
 *     }
 * }
 * }
 *
 * <p>The members are also its {@linkplain Throwable#getSuppressed suppressed exceptions}, which is how stack traces and loggers show
 * each of them once. Immutable apart from what every Throwable lets change; safe from any thread.
 */
public final class ExceptionGroup extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String headline;
    private final Throwable[] members;

    /**
     * A group of these exceptions.
     *
     * @param headline says what failed; {@link #getMessage} adds the count
     * @param exceptions the members, which are copied
     * @throws IllegalArgumentException when there is no exception
     */
    public ExceptionGroup(String headline, List<? extends Throwable> exceptions) {
        this(
                Objects.requireNonNull(headline, "headline"),
                Objects.requireNonNull(exceptions, "exceptions").toArray(Throwable[]::new));
    }

    private ExceptionGroup(String headline, Throwable[] members) {
        super(describe(headline, members.length));
        this.headline = headline;
        this.members = members;
        for (Throwable member : members) {
            addSuppressed(Objects.requireNonNull(member, "exceptions holds a null"));
        }
    }

    private static String describe(String headline, int count) {
        if (count == 0) {
            throw new IllegalArgumentException("a group needs at least one exception: " + headline);
        }
        return headline + " (" + count + (count == 1 ? " sub-exception)" : " sub-exceptions)");
    }

    /** What failed, without the count that {@link #getMessage} adds. */
    public String headline() {
        return headline;
    }

    /** The members, in the order in which they failed; never empty, and cannot be changed. */
    public List<Throwable> exceptions() {
        return Collections.unmodifiableList(Arrays.asList(members));
    }

    /** The exceptions of this group and of the groups in it that are no groups themselves, in order; never empty. */
    public List<Throwable> leaves() {
        List<Throwable> leaves = new ArrayList<>();
        Deque<Throwable> left = new ArrayDeque<>();
        left.push(this);
        while (!left.isEmpty()) {
            Throwable next = left.pop();
            if (next instanceof ExceptionGroup group) {
                for (int i = group.members.length - 1; i >= 0; i--) {
                    left.push(group.members[i]);
                }
            } else {
                leaves.add(next);
            }
        }
        return Collections.unmodifiableList(leaves);
    }

    /**
     * The part of this group that matches, with the same nesting: Python's {@code subgroup}.
     *
     * @param condition is asked for this group first, then for each member; what it accepts is taken as a whole
     * @return this very group when the condition accepts it or all it holds, null when nothing matches
     */
    public @Nullable ExceptionGroup subgroup(Predicate<? super Throwable> condition) {
        return split(condition).match;
    }

    /** As {@link #subgroup(Predicate)}, for the exceptions of a type, see {@link #split(Class)}. */
    public @Nullable ExceptionGroup subgroup(Class<? extends Throwable> type) {
        return split(type).match;
    }

    /**
     * This group in two parts, each with the same nesting: Python's {@code split}.
     *
     * @param condition is asked for this group first, then for each member; what it accepts is taken as a whole
     */
    public Split split(Predicate<? super Throwable> condition) {
        Objects.requireNonNull(condition, "condition");
        if (condition.test(this)) {
            return new Split(this, null);
        }
        List<Throwable> matching = new ArrayList<>();
        List<Throwable> others = new ArrayList<>();
        for (Throwable member : members) {
            if (member instanceof ExceptionGroup group) {
                Split parts = group.split(condition);
                addIfAny(matching, parts.match);
                addIfAny(others, parts.rest);
            } else {
                (condition.test(member) ? matching : others).add(member);
            }
        }
        return new Split(derive(matching), derive(others));
    }

    /**
     * As {@link #split(Predicate)}, for the exceptions of a type. That a group is itself a {@link RuntimeException} says nothing
     * about what it holds: only {@code ExceptionGroup.class} takes groups as a whole.
     */
    public Split split(Class<? extends Throwable> type) {
        Objects.requireNonNull(type, "type");
        return split(e -> type.isInstance(e) && (type == ExceptionGroup.class || !(e instanceof ExceptionGroup)));
    }

    private static void addIfAny(List<Throwable> part, @Nullable ExceptionGroup group) {
        if (group != null) {
            part.add(group);
        }
    }

    /** A group that tells of the same event and holds fewer exceptions. */
    private @Nullable ExceptionGroup derive(List<Throwable> part) {
        if (part.isEmpty()) {
            return null;
        }
        if (holds(part)) {
            return this;
        }
        ExceptionGroup derived = new ExceptionGroup(headline, part);
        derived.setStackTrace(getStackTrace());
        if (getCause() != null) {
            derived.initCause(getCause());
        }
        return derived;
    }

    private boolean holds(List<Throwable> part) {
        boolean all = part.size() == members.length;
        for (int i = 0; all && i < members.length; i++) {
            all = part.get(i) == members[i];
        }
        return all;
    }

    /**
     * The two parts of a group.
     *
     * @param match what matched, or null when nothing did
     * @param rest what did not match, or null when all did
     */
    public record Split(
            @Nullable ExceptionGroup match, @Nullable ExceptionGroup rest) {}
}
