package io.loomloop;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The file that touches the non-public JDK API of virtual threads. It makes some whose scheduler is ours, says which thread carries
 * the caller, and explains itself when the JDK lets it do neither.
 *
 * <p>The ways are tried in order, once per JVM:
 *
 * <ol>
 *   <li>{@code public}: a {@code scheduler(Executor)} method on {@code Thread.Builder.OfVirtual}. No released JDK has one.
 *   <li>{@code opens}: {@code java.base/java.lang} opened to us with {@code --add-opens} or a manifest's {@code Add-Opens}.
 *   <li>{@code unsafe}: the trusted lookup, read through {@code sun.misc.Unsafe}. It needs no flag; JDK 24 and later print a
 *       warning. {@code -Dloomloop.access=opens} forbids it.
 * </ol>
 */
final class VirtualThreads {
    private static final String UNSAFE = "unsafe";

    /** {@code Thread.NO_INHERIT_THREAD_LOCALS} in the JDK: the thread starts without its creator's inheritable locals. */
    private static final int NO_INHERIT_THREAD_LOCALS = 1 << 2;

    private static final VirtualThreads INSTANCE = new VirtualThreads(Thread.Builder.OfVirtual.class);

    // Constants of their own, so that the JIT compiles the calls down to what the JDK itself would execute.
    private static final @Nullable MethodHandle NEW_THREAD = INSTANCE.newThread;
    private static final @Nullable MethodHandle CARRIER = INSTANCE.carrier;

    /** The home of the current virtual thread, for the one way in which the carrier is out of reach. */
    private static final ThreadLocal<LoopThread> HOME = new ThreadLocal<>();

    private final List<String> report = new ArrayList<>();
    private final String way;
    // (Executor, String, int, Runnable)Thread
    private final @Nullable MethodHandle newThread;
    // ()Thread
    private final @Nullable MethodHandle carrier;

    /** Probes the JDK. The builder type is a parameter so that a test can offer one with the public method. */
    VirtualThreads(Class<?> builderType) {
        initialisePoller();
        MethodHandle maker = publicApi(builderType);
        String found = maker == null ? null : "public";
        MethodHandles.Lookup lookup = openedLookup();
        String lookupWay = "opens";
        if (lookup == null && !"opens".equals(System.getProperty("loomloop.access"))) {
            lookup = trustedLookup();
            lookupWay = UNSAFE;
        }
        if (maker == null && lookup != null) {
            maker = privateFactory(lookup);
            found = maker == null ? null : lookupWay;
        }
        this.newThread = maker;
        this.carrier = lookup == null ? null : carrierGetter(lookup);
        this.way = found == null ? "none" : found;
    }

    /** True when this JVM lets us schedule virtual threads. */
    static boolean isSupported() {
        return INSTANCE.newThread != null;
    }

    /** Which way was taken, what was tried, and what to do when nothing worked. */
    static String supportReport() {
        return INSTANCE.describe();
    }

    /** Fails with the report when {@link #isSupported} is false. */
    static void requireSupported() {
        if (!isSupported()) {
            throw new UnsupportedOperationException(supportReport());
        }
    }

    /**
     * A new virtual thread, not started, whose every continuation is given to {@code scheduler}.
     *
     * @param name the thread's name, empty for none
     */
    static Thread newThread(Executor scheduler, String name, Runnable body) {
        return newThread(scheduler, name, NO_INHERIT_THREAD_LOCALS, body);
    }

    /** As {@link #newThread(Executor, String, Runnable)}, with the creator's inheritable thread locals. */
    static Thread newInheritingThread(Executor scheduler, String name, Runnable body) {
        return newThread(scheduler, name, 0, body);
    }

    private static Thread newThread(Executor scheduler, String name, int characteristics, Runnable body) {
        MethodHandle maker = NEW_THREAD;
        if (maker == null) {
            throw new UnsupportedOperationException(supportReport());
        }
        try {
            return (Thread) maker.invokeExact(scheduler, name, characteristics, body);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** The loop thread that runs the caller, or null when the caller does not run on a loop. */
    static @Nullable LoopThread currentHome() {
        MethodHandle getter = CARRIER;
        if (getter == null) {
            return Thread.currentThread() instanceof LoopThread self ? self : HOME.get();
        }
        try {
            return (Thread) getter.invokeExact() instanceof LoopThread home ? home : null;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Called by each of our virtual threads before anything else, for {@link #currentHome}. */
    static void enter(LoopThread home) {
        if (CARRIER == null) {
            HOME.set(home);
        }
    }

    String describe() {
        StringBuilder text = new StringBuilder("loomloop on JDK ")
                .append(Runtime.version())
                .append(": ")
                .append(newThread == null ? "not supported" : "supported, access way '" + way + "'");
        for (String line : report) {
            text.append("\n  ").append(line);
        }
        if (newThread == null) {
            text.append(
                            "\nloomloop needs the package java.lang of java.base to be open. Add this to the JVM that runs it:")
                    .append(FLAGS);
        } else if (way.equals(UNSAFE)) {
            text.append(
                            "\nJDK 24 and newer print a warning about this way. They do not with this added to the JVM that runs it:")
                    .append(FLAGS);
        }
        return text.toString();
    }

    private static final String FLAGS = """

              class path:       --add-opens=java.base/java.lang=ALL-UNNAMED
              module path:      --add-opens=java.base/java.lang=io.loomloop
              environment:      JDK_JAVA_OPTIONS=--add-opens=java.base/java.lang=ALL-UNNAMED
              java -jar:        Add-Opens: java.base/java.lang   (in the manifest of the main jar)
              Maven Surefire:   <argLine>--add-opens=java.base/java.lang=ALL-UNNAMED</argLine>
              Gradle:           jvmArgs("--add-opens=java.base/java.lang=ALL-UNNAMED")""";

    /**
     * Makes the JDK start its socket pollers now. Were the first blocking socket of the JVM used inside one of our tasks, the
     * pollers would be virtual threads of that loop, and every socket read in the JVM would stop with it.
     */
    private void initialisePoller() {
        Thread starter = Thread.ofPlatform()
                .daemon()
                .name("loomloop-poller-start")
                .unstarted(() -> {
                    try {
                        Class.forName("sun.nio.ch.Poller", true, null);
                    } catch (ClassNotFoundException | LinkageError e) {
                        report.add("sun.nio.ch.Poller could not be initialised, do not use blocking sockets in tasks: "
                                + e);
                    }
                });
        starter.start();
        boolean interrupted = false;
        while (starter.isAlive()) {
            try {
                starter.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private @Nullable MethodHandle publicApi(Class<?> builderType) {
        try {
            Method scheduler = builderType.getMethod("scheduler", Executor.class);
            MethodHandle chosen = MethodHandles.publicLookup()
                    .unreflect(scheduler)
                    .asType(MethodType.methodType(
                            Thread.Builder.OfVirtual.class, Thread.Builder.OfVirtual.class, Executor.class));
            MethodHandle build = MethodHandles.lookup()
                    .findStatic(
                            VirtualThreads.class,
                            "buildWith",
                            MethodType.methodType(
                                    Thread.class,
                                    MethodHandle.class,
                                    Executor.class,
                                    String.class,
                                    int.class,
                                    Runnable.class));
            return build.bindTo(chosen);
        } catch (NoSuchMethodException e) {
            report.add("public: Thread.Builder.OfVirtual has no scheduler(Executor)");
        } catch (ReflectiveOperationException | RuntimeException e) {
            report.add("public: " + e);
        }
        return null;
    }

    @SuppressWarnings("unused") // called through the handle that publicApi makes, in the shape of the private factory
    private static Thread buildWith(
            MethodHandle chosen, Executor scheduler, String name, int characteristics, Runnable body) throws Throwable {
        Thread.Builder.OfVirtual builder = (Thread.Builder.OfVirtual) chosen.invokeExact(Thread.ofVirtual(), scheduler);
        return builder.name(name)
                .inheritInheritableThreadLocals((characteristics & NO_INHERIT_THREAD_LOCALS) == 0)
                .unstarted(body);
    }

    private MethodHandles.@Nullable Lookup openedLookup() {
        try {
            return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
        } catch (IllegalAccessException e) {
            report.add("opens: java.base/java.lang is not open to " + VirtualThreads.class.getModule());
            return null;
        }
    }

    private MethodHandles.@Nullable Lookup trustedLookup() {
        try {
            Class<?> unsafeType = Class.forName("sun.misc.Unsafe");
            Field theUnsafe = unsafeType.getDeclaredField("theUnsafe");
            theUnsafe.setAccessible(true);
            Object unsafe = theUnsafe.get(null);
            Field trusted = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
            Object base = unsafeType.getMethod("staticFieldBase", Field.class).invoke(unsafe, trusted);
            Object offset =
                    unsafeType.getMethod("staticFieldOffset", Field.class).invoke(unsafe, trusted);
            return (MethodHandles.Lookup)
                    unsafeType.getMethod("getObject", Object.class, long.class).invoke(unsafe, base, offset);
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            report.add("unsafe: " + e);
            return null;
        }
    }

    private @Nullable MethodHandle privateFactory(MethodHandles.Lookup lookup) {
        try {
            Class<?> builders = Class.forName("java.lang.ThreadBuilders");
            return lookup.findStatic(
                    builders,
                    "newVirtualThread",
                    MethodType.methodType(Thread.class, Executor.class, String.class, int.class, Runnable.class));
        } catch (ReflectiveOperationException | RuntimeException e) {
            report.add("java.lang.ThreadBuilders.newVirtualThread: " + e);
            return null;
        }
    }

    private @Nullable MethodHandle carrierGetter(MethodHandles.Lookup lookup) {
        try {
            return lookup.findStatic(Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
        } catch (ReflectiveOperationException | RuntimeException e) {
            report.add("java.lang.Thread.currentCarrierThread: " + e);
            return null;
        }
    }
}
