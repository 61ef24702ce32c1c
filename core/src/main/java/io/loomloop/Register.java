package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A set that any thread adds to, takes from and looks at, without locks. An entry that is taken is empty at once; empty ones leave the
 * chain when they are half as many as the others were, so taking one costs the same however many there are.
 *
 * <pre>
 *  newest --older--> entry --older--> entry --older--> null
 * </pre>
 *
 * Who adds puts an entry on top, by CAS. One thread at a time sweeps: it links past empty entries below the top one, which stays,
 * because those who add compare with it. Who looks goes from the top down, perhaps through entries that have left: they still lead to
 * all the others.
 */
final class Register<E> {
    /** So few that are empty are no matter. */
    static final int FEW = 64;

    private static final VarHandle NEWEST;

    static {
        try {
            NEWEST = MethodHandles.lookup().findVarHandle(Register.class, "newest", Entry.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The place of something. Whoever takes that should let go of this too, which leads to what was added before. */
    static final class Entry<E> {
        // who takes it clears; any thread reads. Not volatile: who misses that has looked before.
        private @Nullable E value;
        // who adds it sets, before others see it; who sweeps changes; any thread reads. Not volatile: whichever value
        // a thread sees leads to the rest.
        private @Nullable Entry<E> older;

        Entry(E value) {
            this.value = value;
        }
    }

    // any thread, CAS
    private volatile @Nullable Entry<E> newest;
    // any thread, atomic: how many were taken since the last sweep began
    private final AtomicInteger taken = new AtomicInteger();
    // any thread, CAS: true while somebody sweeps
    private final AtomicBoolean sweeping = new AtomicBoolean();
    // who sweeps sets; any thread reads: how many have to be taken until the next sweep
    private volatile int enough = FEW;

    /** Adds something, once, for all who look from now on. */
    void add(Entry<E> entry) {
        Entry<E> before;
        do {
            before = newest;
            entry.older = before;
        } while (!NEWEST.compareAndSet(this, before, entry));
    }

    /** Takes something, once; perhaps before it is added, which then adds nothing. */
    void take(Entry<E> entry) {
        entry.value = null;
        if (taken.incrementAndGet() >= enough && sweeping.compareAndSet(false, true)) {
            try {
                sweep();
            } finally {
                sweeping.set(false);
            }
        }
    }

    private void sweep() {
        taken.set(0); // before the walk: those that are taken during it may stay until the next one
        int kept = 0;
        Entry<E> last = newest;
        while (last != null) {
            Entry<E> next = last.older;
            while (next != null && next.value == null) {
                next = next.older;
            }
            if (next != last.older) {
                last.older = next;
            }
            last = next;
            kept++;
        }
        enough = Math.max(FEW, kept / 2);
    }

    /** What is there, oldest first. */
    List<E> toList() {
        List<E> found = new ArrayList<>();
        for (Entry<E> entry = newest; entry != null; entry = entry.older) {
            E value = entry.value;
            if (value != null) {
                found.add(value);
            }
        }
        Collections.reverse(found);
        return found;
    }

    /** How many entries there are, empty or not. For tests. */
    int length() {
        int length = 0;
        for (Entry<E> entry = newest; entry != null; entry = entry.older) {
            length++;
        }
        return length;
    }
}
