package io.loomloop.faults;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A failure of users' code that is going to happen, and what was thrown when it did. */
public final class Fault {
    /** What users' code may throw. */
    public enum Kind {
        /** A checked exception, where the method declares it or not. */
        CHECKED,
        /** An exception of the user's. */
        UNCHECKED,
        /** An error. */
        ERROR,
        /** As a thrown instance; real ones need a JVM of their own. */
        OUT_OF_MEMORY,
        /** A real one, from an endless recursion. */
        STACK_OVERFLOW,
        /** One whose message cannot be had. */
        UNPRINTABLE
    }

    private final Kind kind;
    // the failing code writes, any thread reads
    private volatile @Nullable Throwable thrown;

    /** A fault to come. */
    public Fault(Kind kind) {
        this.kind = kind;
    }

    /** Fails. Returns nothing, but fits wherever something is to be returned. */
    @SuppressWarnings("TypeParameterUnusedInFormals")
    public <T> T strike() {
        try {
            return Fault.<T, RuntimeException>fail(kind);
        } catch (Throwable failure) {
            thrown = failure;
            throw failure;
        }
    }

    /** True when it has struck. */
    public boolean hasStruck() {
        return thrown != null;
    }

    /** True when this is what was thrown, or has it as a cause or suppressed. */
    public boolean isIn(@Nullable Throwable failure) {
        if (failure == null || thrown == null) {
            return false;
        }
        // Whoever shows an unprintable failure meets this one; the JDK's ExecutionException does.
        boolean instead = thrown instanceof Unprintable unprintable && failure == unprintable.instead;
        if (instead || failure == thrown || isIn(failure.getCause())) {
            return true;
        }
        for (Throwable other : failure.getSuppressed()) {
            if (isIn(other)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public String toString() {
        return kind.name();
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
    }) // a checked exception where none is declared: that is the trick
    private static <T, X extends Throwable> T fail(Kind kind) throws X {
        throw (X)
                switch (kind) {
                    case CHECKED -> new IOException("broken on purpose");
                    case UNCHECKED -> new IllegalStateException("broken on purpose");
                    case ERROR -> new AssertionError("broken on purpose");
                    case OUT_OF_MEMORY -> new OutOfMemoryError("thrown on purpose");
                    case STACK_OVERFLOW -> new AssertionError("endless, and yet it ends: " + recurse(1));
                    case UNPRINTABLE -> new Unprintable();
                };
    }

    @SuppressWarnings("InfiniteRecursion") // until the stack is full
    private static int recurse(int depth) {
        return recurse(depth + 1) + depth;
    }

    /** A failure that fails when it is to be shown. */
    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final RuntimeException instead = new IllegalStateException("this has no message");

        @Override
        public String getMessage() {
            throw instead;
        }
    }
}
