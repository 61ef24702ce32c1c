package io.loomloop.coroutine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The only file of this package that touches non-public JDK API: it makes continuations of the JVM, and explains itself when the
 * JDK does not let it. {@code VirtualThreads} does the same for the loop, and they know nothing of each other.
 *
 * <p>The package {@code jdk.internal.vm} has to be exported to us. The ways are tried in order, once per JVM:
 *
 * <ol>
 *   <li>{@code exports}: it is, by {@code --add-exports}.
 *   <li>{@code opens}: {@code java.base/java.lang} is opened to us, for the loop needs that too; there the module system is asked.
 *   <li>{@code unsafe}: the same through the trusted lookup, read through {@code sun.misc.Unsafe}. It needs no flag; JDK 24 and
 *       later print a warning. {@code -Dloomloop.access=opens} forbids it.
 * </ol>
 */
final class Continuations {
    private static final String UNSAFE = "unsafe";
    private static final String PACKAGE = "jdk.internal.vm";

    private static final Continuations INSTANCE = new Continuations();

    // Constants of their own, so that the JIT compiles the calls down to what the JDK itself would execute.
    private static final @Nullable MethodHandle NEW = INSTANCE.constructor;
    private static final @Nullable MethodHandle YIELD = INSTANCE.yield;
    private static final @Nullable MethodHandle CURRENT = INSTANCE.current;
    private static final @Nullable MethodHandle SCOPED_VALUES = INSTANCE.scopedValues;
    private static final @Nullable MethodHandle SET_SCOPED_VALUES = INSTANCE.setScopedValues;
    private static final boolean SUPPORTED;
    private static final boolean SETTLE_MONITORS;

    static {
        boolean supported = NEW != null;
        boolean settle = supported && !Monitors.areKept(Continuations::stoppingOnce, null);
        if (settle && !Monitors.areKept(Continuations::stoppingOnce, Monitors.ofThread())) {
            INSTANCE.report.add("monitors: this JDK would take away those that the caller of a generator holds");
            supported = false;
        }
        SUPPORTED = supported;
        SETTLE_MONITORS = settle;
    }

    private final List<String> report = new ArrayList<>();
    private String way = "exports";
    // (Runnable)Suspendable
    private @Nullable MethodHandle constructor;
    // ()boolean
    private @Nullable MethodHandle yield;
    // ()Object
    private @Nullable MethodHandle current;
    // ()Object, and (Object)void; both or neither
    private @Nullable MethodHandle scopedValues;
    private @Nullable MethodHandle setScopedValues;

    private Continuations() {
        MethodHandles.Lookup javaLang = openedLookup();
        String lookupWay = "opens";
        boolean exported = isExported();
        if (javaLang == null && !exported && !"opens".equals(System.getProperty("loomloop.access"))) {
            javaLang = trustedLookup();
            lookupWay = UNSAFE;
        }
        if (!exported && javaLang != null) {
            way = lookupWay;
            export(javaLang);
        }
        if (isExported()) {
            find();
        }
        if (javaLang != null) {
            findScopedValues(javaLang);
        } else if (exported) {
            report.add(
                    "exports: scoped values bound in a body are seen by its driver too; java.base/java.lang would help");
        }
    }

    /** True when this JVM lets us make continuations. */
    static boolean isSupported() {
        return SUPPORTED;
    }

    /** Which way was taken, what was tried, and what to do when nothing worked. */
    static String supportReport() {
        return INSTANCE.describe();
    }

    /** Fails with the report when {@link #isSupported} is false. */
    static void requireSupported() {
        if (!SUPPORTED) {
            throw new UnsupportedOperationException(supportReport());
        }
    }

    /** A continuation that has not begun. */
    static Suspendable create(Runnable body) {
        MethodHandle maker = NEW;
        if (maker == null) {
            throw new UnsupportedOperationException(supportReport());
        }
        try {
            return (Suspendable) maker.invokeExact(body);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Stops the innermost continuation that the caller runs in; false when it is pinned, and says so. */
    static boolean suspend() {
        MethodHandle method = YIELD;
        if (method == null) {
            throw new UnsupportedOperationException(supportReport());
        }
        try {
            return (boolean) method.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The innermost continuation that the caller runs in, or null. */
    static @Nullable Object current() {
        MethodHandle method = CURRENT;
        if (method == null) {
            throw new UnsupportedOperationException(supportReport());
        }
        try {
            return (Object) method.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The bindings of scoped values that the current thread has now. The JDK keeps them with the thread, not on its stack. */
    static @Nullable Object scopedValues() {
        MethodHandle getter = SCOPED_VALUES;
        if (getter == null) {
            return null;
        }
        try {
            return (Object) getter.invokeExact();
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    static void setScopedValues(@Nullable Object bindings) {
        MethodHandle setter = SET_SCOPED_VALUES;
        if (setter == null) {
            return;
        }
        try {
            setter.invokeExact(bindings);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** What to give to {@link Monitors#inflateOthers} before a continuation of this thread goes on or stops; null for nothing. */
    static Object @Nullable [] monitorsToSettle() {
        return SETTLE_MONITORS ? Monitors.ofThread() : null;
    }

    private static Suspendable stoppingOnce() {
        return create(Continuations::suspend);
    }

    private static RuntimeException unexpected(Throwable e) {
        if (e instanceof RuntimeException exception) {
            return exception;
        } else if (e instanceof Error error) {
            throw error;
        }
        throw new AssertionError(e);
    }

    private String describe() {
        StringBuilder text = new StringBuilder("generators and coroutines of loomloop on JDK ")
                .append(Runtime.version())
                .append(": ")
                .append(SUPPORTED ? "supported, access way '" + way + "'" : "not supported");
        for (String line : report) {
            text.append("\n  ").append(line);
        }
        if (!SUPPORTED) {
            text.append("\nThey need the package java.lang of java.base to be open, as the event loop does.")
                    .append(" Add this to the JVM that runs them:")
                    .append(FLAGS);
        } else if (way.equals(UNSAFE)) {
            text.append(
                            "\nJDK 24 and newer print a warning about this way. They do not with this added to the JVM that runs them:")
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
              Gradle:           jvmArgs("--add-opens=java.base/java.lang=ALL-UNNAMED")
            Without the loop and without scoped values this is enough: --add-exports=java.base/jdk.internal.vm=ALL-UNNAMED""";

    // ---- probing

    private static boolean isExported() {
        return Object.class.getModule().isExported(PACKAGE, Continuations.class.getModule());
    }

    private MethodHandles.@Nullable Lookup openedLookup() {
        try {
            return MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup());
        } catch (IllegalAccessException e) {
            report.add("opens: java.base/java.lang is not open to " + Continuations.class.getModule());
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

    /** Does what the flag {@code --add-exports=java.base/jdk.internal.vm} does. */
    private void export(MethodHandles.Lookup javaLang) {
        try {
            MethodHandle addExports = javaLang.findVirtual(
                    Module.class, "implAddExports", MethodType.methodType(void.class, String.class, Module.class));
            addExports.invokeExact(Object.class.getModule(), PACKAGE, Continuations.class.getModule());
        } catch (Throwable e) {
            report.add("java.lang.Module.implAddExports: " + e);
        }
    }

    private void find() {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            Class<?> scopeType = Class.forName(PACKAGE + ".ContinuationScope");
            Class<?> type = Class.forName(PACKAGE + ".Continuation");
            Object scope = scopeType.getConstructor(String.class).newInstance("loomloop");
            Class<?> ours =
                    lookup.defineHiddenClass(SuspendableClass.bytes(), true).lookupClass();
            MethodHandle yielding = lookup.findStatic(type, "yield", MethodType.methodType(boolean.class, scopeType));
            yield = yielding.bindTo(scope);
            current = lookup.findStatic(type, "getCurrentContinuation", MethodType.methodType(type, scopeType))
                    .bindTo(scope)
                    .asType(MethodType.methodType(Object.class));
            constructor = lookup.findConstructor(ours, MethodType.methodType(void.class, scopeType, Runnable.class))
                    .bindTo(scope)
                    .asType(MethodType.methodType(Suspendable.class, Runnable.class));
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            report.add(PACKAGE + ".Continuation: " + e);
        }
    }

    private void findScopedValues(MethodHandles.Lookup javaLang) {
        try {
            MethodHandle getter =
                    javaLang.findStatic(Thread.class, "scopedValueBindings", MethodType.methodType(Object.class));
            setScopedValues = javaLang.findStatic(
                    Thread.class, "setScopedValueBindings", MethodType.methodType(void.class, Object.class));
            scopedValues = getter;
        } catch (ReflectiveOperationException | RuntimeException e) {
            report.add("scoped values bound in a body are seen by its driver too: " + e);
        }
    }
}
