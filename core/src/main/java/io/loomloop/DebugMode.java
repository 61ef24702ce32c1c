package io.loomloop;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a loop does more in debug mode: it remembers where futures, tasks, callbacks and timers were made, and logs each step that
 * held it for too long, with its exact time.
 *
 * <p>The places are kept beside the objects and not in them, so that nobody pays for them who does not ask.
 */
final class DebugMode {
    private static final System.Logger LOG = System.getLogger("io.loomloop");
    private static final int FRAMES = 10;

    private final EventLoop loop;
    // 0 for never
    private final long slowNanos;
    private final WeakIdentityMap<List<StackTraceElement>> places = new WeakIdentityMap<>();

    DebugMode(EventLoop loop, long slowNanos) {
        this.loop = loop;
        this.slowNanos = slowNanos;
    }

    /** What {@code -Dloomloop.debug} says; without a value it means yes. */
    static boolean byDefault() {
        String property = System.getProperty("loomloop.debug");
        return property != null && !property.equalsIgnoreCase("false");
    }

    /** Remembers where the caller is. On the raw loop thread nothing is made that a user could ask about. */
    void made(Object what) {
        if (!(Thread.currentThread() instanceof LoopThread)) {
            places.putIfAbsent(
                    what,
                    StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE)
                            .walk(DebugMode::callers));
        }
    }

    private static List<StackTraceElement> callers(Stream<StackWalker.StackFrame> frames) {
        return frames.dropWhile(frame -> isOurs(frame.getDeclaringClass()))
                .limit(FRAMES)
                .map(StackWalker.StackFrame::toStackTraceElement)
                .toList();
    }

    /** Ours is what has our name and comes from our jar: a caller may share either, a jar with all of a program in it. */
    private static boolean isOurs(Class<?> type) {
        return type.getName().startsWith("io.loomloop.")
                && type.getProtectionDomain() == DebugMode.class.getProtectionDomain();
    }

    /** Where it was made, innermost frame first; empty when that is not known. */
    List<StackTraceElement> placeOf(Object made) {
        List<StackTraceElement> place = places.get(made);
        return place == null ? List.of() : place;
    }

    /** What a description ends with: the innermost frame, or nothing. */
    String suffix(Object made) {
        List<StackTraceElement> place = placeOf(made);
        return place.isEmpty() ? "" : ", created at " + place.get(0);
    }

    /** Logs a step if it was slow; later, because nothing may be logged on the raw loop thread. Loop thread only. */
    void stepTook(@Nullable Object who, long nanos) {
        Object what = who instanceof CallbackRunner runner ? runner.current() : who;
        if (what != null && slowNanos > 0 && nanos >= slowNanos) {
            loop.thread().schedule(new Handle(loop, () -> logSlow(what, nanos), false));
        }
    }

    private static void logSlow(Object who, long nanos) {
        StringBuilder text = new StringBuilder("executing ").append(Watchdog.describe(who));
        LOG.log(
                System.Logger.Level.WARNING,
                text.append(String.format(Locale.ROOT, " took %.3f seconds", nanos / 1e9)));
    }
}
