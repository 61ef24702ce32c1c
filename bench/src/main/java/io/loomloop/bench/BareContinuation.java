package io.loomloop.bench;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/** The JVM's continuation without anything around it. Needs {@code --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED}. */
final class BareContinuation {
    private static final MethodHandle NEW;
    private static final MethodHandle RUN;
    private static final MethodHandle YIELD;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            Class<?> scopeType = Class.forName("jdk.internal.vm.ContinuationScope");
            Class<?> type = Class.forName("jdk.internal.vm.Continuation");
            Object scope = scopeType.getConstructor(String.class).newInstance("bench");
            NEW = lookup.findConstructor(type, MethodType.methodType(void.class, scopeType, Runnable.class))
                    .bindTo(scope)
                    .asType(MethodType.methodType(Object.class, Runnable.class));
            RUN = lookup.findVirtual(type, "run", MethodType.methodType(void.class))
                    .asType(MethodType.methodType(void.class, Object.class));
            YIELD = lookup.findStatic(type, "yield", MethodType.methodType(boolean.class, scopeType))
                    .bindTo(scope);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private BareContinuation() {}

    /** A continuation that yields that many times; each run goes to the next yield. */
    static Runnable yieldingFor(int times) {
        return of(() -> yieldFor(times));
    }

    /** A continuation of a body; each run goes to its next {@link #yieldOnce}. */
    static Runnable of(Runnable body) {
        try {
            Object continuation = (Object) NEW.invokeExact(body);
            return () -> run(continuation);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static void run(Object continuation) {
        try {
            RUN.invokeExact(continuation);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void yieldFor(int times) {
        for (int i = 0; i < times; i++) {
            yieldOnce();
        }
    }

    static void yieldOnce() {
        try {
            boolean unused = (boolean) YIELD.invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
