package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The values of all {@link ContextVar}s for a piece of work: the {@code Context} of Python's {@code contextvars}.
 *
 * <p>A task runs in a copy of its creator's context, made when the task is; a callback in a copy of the context of whoever asked
 * for it. So what a task sets is seen by itself and by what it starts afterwards, and by nobody else. Copying takes the same
 * short time however many values there are. A context given explicitly ({@link TaskOptions#withContext},
 * {@link EventLoop#callSoon(Context, Runnable)}) is shared, not copied.
 *
 * <p>A thread that is neither a task nor a callback has a context of its own, empty at first. That includes virtual threads
 * started inside a task: carry the values over with {@link #copyOfCurrent} and {@link #run(Body)}.
 *
 * <p>Safe for use by several threads.
 */
public final class Context {
    private static final VarHandle BINDINGS;
    private static final VarHandle ENTERED;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            BINDINGS = lookup.findVarHandle(Context.class, "bindings", Bindings.class);
            ENTERED = lookup.findVarHandle(Context.class, "entered", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // any thread, CAS
    private volatile @Nullable Bindings bindings;
    // any thread, CAS; true while a run method runs
    private volatile boolean entered;

    Context(@Nullable Bindings bindings) {
        this.bindings = bindings;
    }

    /** A context without values. */
    public static Context empty() {
        return new Context(null);
    }

    /** A copy of the context that the caller runs in: Python's {@code copy_context}. */
    public static Context copyOfCurrent() {
        return new Context(ContextHolder.currentBindings());
    }

    /** A copy of this context. */
    public Context copy() {
        return new Context(bindings);
    }

    /**
     * Runs a body in this context: what it sets stays here, and the caller's own context is as it was. The body may wait.
     *
     * @return what the body returns
     * @throws X what the body throws, the same instance
     * @throws IllegalStateException when this context is entered already: by another {@code run} that is not over, or because the
     *     caller runs in it; run a {@link #copy} then
     */
    public <T extends @Nullable Object, X extends Exception> T run(Body<T, X> body) throws X {
        Objects.requireNonNull(body, "body");
        requireNotCurrent();
        if (!ENTERED.compareAndSet(this, false, true)) {
            throw enteredAlready();
        }
        try {
            return ContextHolder.call(this, body);
        } finally {
            entered = false;
        }
    }

    /** As {@link #run(Body)}, for work without a result. */
    public <X extends Exception> void run(VoidBody<X> body) throws X {
        run(Objects.requireNonNull(body, "body").asBody());
    }

    /** For those who are about to enter it. */
    void requireNotEntered() {
        requireNotCurrent();
        if (entered) {
            throw enteredAlready();
        }
    }

    private void requireNotCurrent() {
        if (ContextHolder.current().heldContext() == this) {
            throw enteredAlready();
        }
    }

    private IllegalStateException enteredAlready() {
        return new IllegalStateException("cannot enter context: " + this + " is already entered");
    }

    /**
     * The value that a variable has here.
     *
     * @throws NoSuchElementException when it was not set here, even if it has a default
     */
    public <T extends @Nullable Object> T get(ContextVar<T> variable) {
        Object value = Bindings.get(bindings, Objects.requireNonNull(variable, "variable"));
        if (value == Bindings.UNBOUND) {
            throw new NoSuchElementException(variable + " has no value in " + this);
        }
        return variable.cast(value);
    }

    /** The value that a variable has here, or {@code otherwise} when it was not set here. */
    public <T extends @Nullable Object> T get(ContextVar<T> variable, T otherwise) {
        Object value = Bindings.get(bindings, Objects.requireNonNull(variable, "variable"));
        return value == Bindings.UNBOUND ? otherwise : variable.cast(value);
    }

    /** True when a variable was set here. */
    public boolean contains(ContextVar<?> variable) {
        return Bindings.get(bindings, Objects.requireNonNull(variable, "variable")) != Bindings.UNBOUND;
    }

    /** How many variables have a value here. */
    public int size() {
        return Bindings.size(bindings);
    }

    /** The variables that have a value here now, in no particular order. */
    public List<ContextVar<?>> variables() {
        return List.copyOf(Bindings.variables(bindings));
    }

    @Nullable
    Bindings bindings() {
        return bindings;
    }

    /** Changes the value of one variable, {@link Bindings#UNBOUND} for none, and returns the one before. */
    @Nullable
    Object set(ContextVar<?> variable, @Nullable Object value) {
        Bindings before;
        do {
            before = bindings;
        } while (!BINDINGS.compareAndSet(this, before, Bindings.with(before, variable, value)));
        return Bindings.get(before, variable);
    }

    @Override
    public String toString() {
        return "Context@" + Integer.toHexString(System.identityHashCode(this));
    }
}
