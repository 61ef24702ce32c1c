package io.loomloop.coroutine;

import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the monitors of a thread with the thread while a continuation on it stops.
 *
 * <p>Since JDK 24 a thread notes the monitors it holds cheaply in a list of eight, its lock stack. A continuation that stops takes
 * the whole list with it: right for a virtual thread, which carries nothing but itself, but wrong for one that runs on the stack
 * of a caller who holds monitors. The caller would lose them without a word, and leave its {@code synchronized} blocks with a
 * damaged heap. Monitors that have been inflated are not in the list; they name their owner and stay. And a monitor for which
 * there is no room in the list has the oldest one inflated. So entering eight monitors of our own, one inside the other, inflates
 * all others that are held, and costs about 25 ns where none is.
 *
 * <p>Done before a body goes on, it saves the caller's monitors. Done before a body stops, it leaves the body's with the thread,
 * which may then enter them again, as it could a {@code ReentrantLock}; it would wait for itself otherwise.
 *
 * <p>Whether any of this is so is found out by trying it, see {@link #areKept}.
 */
final class Monitors {
    /** {@code LockStack::CAPACITY} of HotSpot. One more, and our own would be inflated, and make no room from then on. */
    private static final int CAPACITY = 8;

    /** More than {@link #CAPACITY}. */
    private static final int DEEP = 20;

    private static final ThreadLocal<Object[]> OF_THREAD = ThreadLocal.withInitial(Monitors::newMonitors);

    private Monitors() {}

    private static Object[] newMonitors() {
        Object[] monitors = new Object[CAPACITY];
        for (int i = 0; i < CAPACITY; i++) {
            monitors[i] = new Object();
        }
        return monitors;
    }

    /** What {@link #inflateOthers} takes. Of this thread alone: contention would inflate them. */
    static Object[] ofThread() {
        return OF_THREAD.get();
    }

    /** Inflates every monitor that the calling thread holds. */
    static void inflateOthers(Object[] ours) {
        synchronized (ours[0]) {
            synchronized (ours[1]) {
                synchronized (ours[2]) {
                    synchronized (ours[3]) {
                        synchronized (ours[4]) {
                            synchronized (ours[5]) {
                                synchronized (ours[6]) {
                                    enter(ours[7]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static void enter(Object monitor) {
        synchronized (monitor) {
            // being here is all
        }
    }

    /**
     * Tries whether the monitors of the calling thread stay with it while a continuation stops. Those that do not come back when
     * it goes on, so the attempt does no harm.
     *
     * @param make makes a continuation that stops once
     * @param ours what to inflate others with before it runs; null to see what happens by itself
     */
    static boolean areKept(Supplier<Suspendable> make, Object @Nullable [] ours) {
        for (int count : new int[] {1, CAPACITY, DEEP}) {
            if (!areKept(make.get(), ours, new Object[count], 0)) {
                return false;
            }
        }
        return true;
    }

    private static boolean areKept(Suspendable continuation, Object @Nullable [] ours, Object[] monitors, int held) {
        if (held < monitors.length) {
            Object monitor = new Object();
            monitors[held] = monitor;
            synchronized (monitor) {
                return areKept(continuation, ours, monitors, held + 1);
            }
        }
        if (ours != null) {
            inflateOthers(ours);
        }
        continuation.run();
        boolean kept = Arrays.stream(monitors).allMatch(Thread::holdsLock);
        continuation.run();
        return kept;
    }
}
