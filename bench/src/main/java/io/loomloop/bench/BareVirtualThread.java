package io.loomloop.bench;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.Executor;

/** The JDK's virtual thread with a scheduler of one's own and nothing else. Needs {@code --add-opens=java.base/java.lang=ALL-UNNAMED}. */
final class BareVirtualThread {
    private static final MethodHandle NEW;

    static {
        try {
            NEW = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                    .findStatic(
                            Class.forName("java.lang.ThreadBuilders"),
                            "newVirtualThread",
                            MethodType.methodType(
                                    Thread.class, Executor.class, String.class, int.class, Runnable.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private BareVirtualThread() {}

    /** Starts a virtual thread; the scheduler is given its continuation whenever it is ready. */
    static void start(Runnable body, Executor scheduler) {
        try {
            ((Thread) NEW.invokeExact(scheduler, "", 0, body)).start();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
