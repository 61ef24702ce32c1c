package io.loomloop;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Uses {@code StructuredTaskScope} by reflection, because its shape differs between JDK 21 and 28. */
final class StructuredScopes {
    private StructuredScopes() {}

    /** Forks the work in a scope and returns its result; null where the API needs a preview flag. */
    @SuppressWarnings("unchecked")
    static <T> T fork(Callable<T> work) throws Exception {
        Class<?> type = Class.forName("java.util.concurrent.StructuredTaskScope");
        try (AutoCloseable scope = open(type)) {
            Object subtask = type.getMethod("fork", Callable.class).invoke(scope, work);
            type.getMethod("join").invoke(scope);
            return ((Supplier<T>) subtask).get();
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof UnsupportedOperationException) {
                return null;
            }
            throw e;
        }
    }

    private static AutoCloseable open(Class<?> type) throws ReflectiveOperationException {
        for (Method method : type.getMethods()) {
            if (method.getName().equals("open") && method.getParameterCount() == 0) {
                return (AutoCloseable) method.invoke(null);
            }
        }
        return (AutoCloseable) type.getConstructor().newInstance();
    }
}
