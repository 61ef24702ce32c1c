package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A variable whose value belongs to the task, callback or thread that looks: Python's {@code contextvars.ContextVar}. A
 * {@code ThreadLocal} for tasks, except that a new task begins with the values of its creator, see {@link Context}.
 *
 * <p>Keep it in a static final field: a context that has a value for it keeps it alive. Safe for use by several threads.
 *
 * @param <T> the value, which may be null
 */
public final class ContextVar<T extends @Nullable Object> {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** Where to look for it in a table; neighbours get places of their own. */
    final int number = NUMBERS.getAndIncrement();

    private final String name;
    private final @Nullable Object defaultValue;

    private ContextVar(String name, @Nullable Object defaultValue) {
        this.name = Objects.requireNonNull(name, "name");
        this.defaultValue = defaultValue;
    }

    /** A new variable; the name is for messages, and two variables may have the same. */
    public static <T extends @Nullable Object> ContextVar<T> of(String name) {
        return new ContextVar<>(name, Bindings.UNBOUND);
    }

    /** A new variable that has this value where none was set. */
    public static <T extends @Nullable Object> ContextVar<T> of(String name, T defaultValue) {
        return new ContextVar<>(name, defaultValue);
    }

    /** The name given to this variable. */
    public String name() {
        return name;
    }

    /**
     * The value in the context that the caller runs in, or the default of this variable.
     *
     * @throws NoSuchElementException when there is neither
     */
    public T get() {
        Object value = Bindings.get(ContextHolder.currentBindings(), this);
        if (value == Bindings.UNBOUND) {
            value = defaultValue;
        }
        if (value == Bindings.UNBOUND) {
            throw new NoSuchElementException(
                    this + " has no value here and no default: set it first, in this task, or in"
                            + " the one that starts it, before it does");
        }
        return cast(value);
    }

    /** The value in the context that the caller runs in, or {@code otherwise}, whatever the default of this variable is. */
    public T get(T otherwise) {
        Object value = Bindings.get(ContextHolder.currentBindings(), this);
        return value == Bindings.UNBOUND ? otherwise : cast(value);
    }

    /**
     * Sets the value in the context that the caller runs in.
     *
     * @return what {@link #reset} takes to bring back the value from before
     */
    public Token<T> set(T value) {
        Context context = ContextHolder.current().context();
        return new Token<>(this, context, context.set(this, value));
    }

    /**
     * Brings back the value from before a {@link #set}, or its absence.
     *
     * @throws IllegalStateException when the token was used before
     * @throws IllegalArgumentException when it came from another variable, or from a {@link #set} in another context
     */
    public void reset(Token<T> token) {
        Objects.requireNonNull(token, "token");
        if (token.used) {
            throw new IllegalStateException(token + " has already been used once");
        }
        if (token.variable != this) {
            throw new IllegalArgumentException(token + " was created by a different ContextVar");
        }
        if (token.context != ContextHolder.current().heldContext()) {
            throw new IllegalArgumentException(token + " was created in a different Context");
        }
        if (!Token.USED.compareAndSet(token, false, true)) {
            throw new IllegalStateException(token + " has already been used once");
        }
        token.context.set(this, token.before);
    }

    /** For what was set under this variable, or given as its default. */
    @SuppressWarnings({"unchecked", "NullAway"}) // it was a T then, which may be null
    T cast(@Nullable Object value) {
        return (T) value;
    }

    @Override
    public String toString() {
        return "ContextVar '" + name + "'";
    }

    /**
     * The value that a variable had before a {@link ContextVar#set}: good for one {@link ContextVar#reset}, in the same context.
     *
     * @param <T> the value
     */
    public static final class Token<T extends @Nullable Object> {
        private static final VarHandle USED;

        static {
            try {
                USED = MethodHandles.lookup().findVarHandle(Token.class, "used", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private final ContextVar<T> variable;
        private final Context context;
        private final @Nullable Object before;
        // any thread, CAS
        private volatile boolean used;

        private Token(ContextVar<T> variable, Context context, @Nullable Object before) {
            this.variable = variable;
            this.context = context;
            this.before = before;
        }

        /** The variable that was set. */
        public ContextVar<T> variable() {
            return variable;
        }

        /** True when the variable had a value of its own before; its default does not count. */
        public boolean hasOldValue() {
            return before != Bindings.UNBOUND;
        }

        /**
         * The value that the variable had before.
         *
         * @throws NoSuchElementException when it had none
         */
        public T oldValue() {
            if (!hasOldValue()) {
                throw new NoSuchElementException(variable + " had no value before");
            }
            return variable.cast(before);
        }

        @Override
        public String toString() {
            return "the token of " + variable + (used ? " (used)" : "");
        }
    }
}
