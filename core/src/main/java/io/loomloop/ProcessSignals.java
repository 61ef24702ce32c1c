package io.loomloop;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandleProxies;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A handler of ours for a signal of the operating system, in place of the one that was there. This file alone knows the JDK's
 * signal API, which is public but not standard: it is reached by reflection, so that nothing breaks where it is missing.
 *
 * <p>The handler runs in a thread that the JDK makes for each signal: it may lock, and must not block for long.
 */
final class ProcessSignals {
    /** The API of the module jdk.unsupported, or why there is none. */
    private static final class Api {
        private final Class<?> handlerType;
        // (String)Signal
        private final MethodHandle newSignal;
        // (Signal, SignalHandler)SignalHandler, returns the one before
        private final MethodHandle replace;
        private final Object systemDefault;

        Api() throws ReflectiveOperationException {
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Class<?> type = Class.forName("sun.misc.Signal");
            handlerType = Class.forName("sun.misc.SignalHandler");
            newSignal = lookup.findConstructor(type, MethodType.methodType(void.class, String.class))
                    .asType(MethodType.methodType(Object.class, String.class));
            replace = lookup.findStatic(type, "handle", MethodType.methodType(handlerType, type, handlerType))
                    .asType(MethodType.methodType(Object.class, Object.class, Object.class));
            systemDefault = handlerType.getField("SIG_DFL").get(null);
        }

        private Object signal(String name) {
            return call(() -> newSignal.invokeExact(name));
        }

        private Object replace(Object signal, Object handler) {
            return call(() -> replace.invokeExact(signal, handler));
        }

        private Object handler(Object signal, Runnable action) {
            MethodHandle target = MethodHandles.dropArguments(RUN.bindTo(action), 0, signal.getClass());
            return MethodHandleProxies.asInterfaceInstance(handlerType, target);
        }

        /** True for what the JVM itself does: it begins its shutdown. */
        private boolean isDefault(Object handler) {
            // The JDK wraps its own handler, and the wrapper prints as what is inside.
            return handler == systemDefault || handler.toString().startsWith("java.lang.Terminator");
        }
    }

    private interface Call {
        Object make() throws Throwable;
    }

    private static final MethodHandle RUN;
    private static final @Nullable Api API;

    static {
        try {
            RUN = MethodHandles.lookup().findVirtual(Runnable.class, "run", MethodType.methodType(void.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        Api found = null;
        try {
            found = new Api();
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            // A JVM without the module jdk.unsupported; take() says so to whoever asks.
        }
        API = found;
    }

    private static final ReentrantLock LOCK = new ReentrantLock();
    // under the lock: those that are not released
    private static final List<ProcessSignals> TAKEN = new ArrayList<>();

    private final Api api;
    private final Object signal;
    private final Object ours;
    private final Object previous;
    /** Whose handler the one before is, when it is one of ours. */
    private final @Nullable ProcessSignals below;

    // under the lock
    private boolean released;

    private ProcessSignals(Api api, String name, Runnable action) {
        this.api = api;
        this.signal = api.signal(name);
        this.ours = api.handler(signal, action);
        this.previous = api.replace(signal, ours);
        this.below = TAKEN.stream()
                .filter(other -> other.ours == previous)
                .findFirst()
                .orElse(null);
        TAKEN.add(this);
    }

    /**
     * Installs a handler.
     *
     * @param name the signal without its prefix: {@code INT}, {@code HUP}
     * @throws IllegalArgumentException when there is no such signal, or the JVM keeps it for itself
     * @throws UnsupportedOperationException when this JVM has no module jdk.unsupported
     */
    static ProcessSignals take(String name, Runnable action) {
        Api api = API;
        if (api == null) {
            throw new UnsupportedOperationException("signals need the JDK's module jdk.unsupported");
        }
        LOCK.lock();
        try {
            return new ProcessSignals(api, name, action);
        } finally {
            LOCK.unlock();
        }
    }

    /** True when the handler before ours was the JVM's own. */
    boolean replacedDefault() {
        return api.isDefault(previous);
    }

    /** Brings back the handler before ours, unless somebody has replaced ours in the meantime. */
    void release() {
        LOCK.lock();
        try {
            released = true;
            TAKEN.remove(this);
            Object found = api.replace(signal, stillWanted());
            if (found != ours) {
                api.replace(signal, found);
            }
        } finally {
            LOCK.unlock();
        }
    }

    /** The handler before ours; not one of ours that was released while it lay below, but the one before that. */
    private Object stillWanted() {
        ProcessSignals lowest = this;
        for (ProcessSignals next = below; next != null && next.released; next = next.below) {
            lowest = next;
        }
        return lowest.previous;
    }

    private static Object call(Call call) {
        try {
            return call.make();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
