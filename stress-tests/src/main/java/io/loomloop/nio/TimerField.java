package io.loomloop.nio;

import io.loomloop.TimerHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The field in which something keeps its timer. */
final class TimerField {
    private final VarHandle field;

    TimerField(Class<?> owner, String name) {
        try {
            field = MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
                    .findVarHandle(owner, name, TimerHandle.class);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** True when the timer would still keep its owner in memory. */
    boolean isPending(Object owner) {
        TimerHandle timer = get(owner);
        return timer != null && !timer.isCancelled();
    }

    /** Takes the timer, if it is set, as if its time had come. */
    boolean take(Object owner) {
        TimerHandle timer = get(owner);
        return timer != null && timer.cancel();
    }

    private @Nullable TimerHandle get(Object owner) {
        return (TimerHandle) field.getVolatile(owner);
    }
}
