package io.loomloop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;

/** Runs work inside a static initialiser, which pins on every JDK; as often as it is asked to, with a new class each time. */
public final class Pinned {
    private static final ThreadLocal<Body<?, RuntimeException>> WORK = new ThreadLocal<>();
    private static final ThreadLocal<Object> RESULT = new ThreadLocal<>();
    private static final byte[] TEMPLATE = template();

    private Pinned() {}

    private static byte[] template() {
        try (InputStream bytes =
                Pinned.class.getResourceAsStream("Pinned$" + Initialiser.class.getSimpleName() + ".class")) {
            return bytes.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What the work returns; what it throws is in an {@link ExceptionInInitializerError}. */
    @SuppressWarnings("unchecked")
    public static <T> T call(Body<T, RuntimeException> work) {
        WORK.set(work);
        try {
            MethodHandles.lookup().defineHiddenClass(TEMPLATE, true, MethodHandles.Lookup.ClassOption.NESTMATE);
            return (T) RESULT.get();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        } finally {
            WORK.remove();
            RESULT.remove();
        }
    }

    /** As {@link #call}, without a result. */
    public static void run(VoidBody<RuntimeException> work) {
        call(work.asBody());
    }

    private static final class Initialiser {
        static {
            RESULT.set(WORK.get().call());
        }
    }
}
