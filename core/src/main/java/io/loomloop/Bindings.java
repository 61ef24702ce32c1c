package io.loomloop;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which context variables have which values: immutable, so that copying a context is copying a reference. A change makes a new
 * one, in time proportional to the number of variables; programs have a handful.
 */
final class Bindings {
    /** Stands for no value, because null is one. */
    static final Object UNBOUND = new Object();

    private static final Bindings NONE = new Bindings(new Object[8], 0);

    // a variable and its value side by side; half empty at least, searched from the place that the variable's number
    // gives
    private final @Nullable Object[] table;
    private final int size;

    private Bindings(@Nullable Object[] table, int size) {
        this.table = table;
        this.size = size;
    }

    /** The value of a variable, or {@link #UNBOUND}. */
    static @Nullable Object get(@Nullable Bindings bindings, ContextVar<?> variable) {
        return bindings == null ? UNBOUND : bindings.get(variable);
    }

    private @Nullable Object get(ContextVar<?> variable) {
        int place = place(table, variable);
        return table[place] == null ? UNBOUND : table[place + 1];
    }

    /** The same with one variable changed; null stands for none at all. */
    static @Nullable Bindings with(@Nullable Bindings before, ContextVar<?> variable, @Nullable Object value) {
        Bindings old = before == null ? NONE : before;
        return value == UNBOUND ? old.without(variable) : old.with(variable, value);
    }

    private Bindings with(ContextVar<?> variable, @Nullable Object value) {
        int place = place(table, variable);
        boolean added = table[place] == null;
        @Nullable Object[] changed;
        if (added && (size + 1) * 4 > table.length) {
            changed = new Object[table.length * 2];
            copyInto(changed, variable);
            place = place(changed, variable);
        } else {
            changed = table.clone();
        }
        changed[place] = variable;
        changed[place + 1] = value;
        return new Bindings(changed, added ? size + 1 : size);
    }

    private @Nullable Bindings without(ContextVar<?> variable) {
        if (table[place(table, variable)] == null) {
            return size == 0 ? null : this;
        }
        if (size == 1) {
            return null;
        }
        @Nullable Object[] changed = new Object[table.length];
        copyInto(changed, variable);
        return new Bindings(changed, size - 1);
    }

    private void copyInto(@Nullable Object[] larger, ContextVar<?> except) {
        for (int i = 0; i < table.length; i += 2) {
            if (table[i] instanceof ContextVar<?> variable && variable != except) {
                int place = place(larger, variable);
                larger[place] = variable;
                larger[place + 1] = table[i + 1];
            }
        }
    }

    /** Where the variable is, or would be put. */
    private static int place(@Nullable Object[] table, ContextVar<?> variable) {
        int place = (variable.number << 1) & (table.length - 1);
        while (table[place] != null && table[place] != variable) {
            place = (place + 2) & (table.length - 1);
        }
        return place;
    }

    static int size(@Nullable Bindings bindings) {
        return bindings == null ? 0 : bindings.size;
    }

    /** The variables that have a value, in no particular order. */
    static List<ContextVar<?>> variables(@Nullable Bindings bindings) {
        List<ContextVar<?>> variables = new ArrayList<>();
        if (bindings != null) {
            for (int i = 0; i < bindings.table.length; i += 2) {
                if (bindings.table[i] instanceof ContextVar<?> variable) {
                    variables.add(variable);
                }
            }
        }
        return variables;
    }
}
