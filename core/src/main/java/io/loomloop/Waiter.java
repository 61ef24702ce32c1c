package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A place in the chain of those who wait for one future, newest first.
 *
 * <p>Whoever gives up is struck out where it stands, which takes no search and no lock; {@link #take} decides between that and
 * the thread that completes. What is struck out is left out of the chain once it is the larger half of it. So a wait that is
 * given up costs the same whether one waits or a hundred thousand, and the chain never takes more than twice what it needs.
 *
 * <p>There are no links inside those who wait: a task that gave up may wait for something else while the completing thread still
 * reads this chain.
 */
final class Waiter {
    private static final VarHandle WHO;

    static {
        try {
            WHO = MethodHandles.lookup().findVarHandle(Waiter.class, "who", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // any thread, taken by getAndSet: null once it was told or struck out
    private volatile @Nullable Object who;
    // any thread; it is only ever moved past what is struck out, so whichever value a thread sees leads to all the
    // others
    private @Nullable Waiter earlier;
    // any thread, without care: both only say when to sweep, and a lost update makes that a little later. They count in
    // the newest place, and each new one goes on with them.
    private int length = 1;
    private int struckOut;

    Waiter(Object who, @Nullable Waiter earlier) {
        this.who = who;
        this.earlier = earlier;
        if (earlier != null) {
            length += earlier.length;
            struckOut = earlier.struckOut;
        }
    }

    /** Takes the one who waits here, to tell it or to strike it out; null when somebody else did. Any thread. */
    @Nullable
    Object take() {
        return WHO.getAndSet(this, null);
    }

    /** Strikes out everyone equal to {@code unwanted}, here and earlier; returns how many this call took. */
    int strikeOut(Object unwanted) {
        int count = 0;
        for (Waiter w = this; w != null; w = w.earlier) {
            Object present = w.who;
            if (present != null && present.equals(unwanted) && WHO.compareAndSet(w, present, null)) {
                count++;
            }
        }
        return count;
    }

    /**
     * Says to the newest of a chain that some of it was struck out.
     *
     * @return true when it is time to {@link #sweep}
     */
    boolean countStruckOut(int count) {
        struckOut += count;
        return struckOut > length / 2;
    }

    /** Leaves out of the chain what is struck out; returns its newest now. */
    @Nullable
    Waiter sweep() {
        Waiter newest = firstPresent(this);
        int left = 0;
        for (Waiter w = newest; w != null; w = w.earlier) {
            Waiter next = firstPresent(w.earlier);
            if (next != w.earlier) {
                w.earlier = next;
            }
            left++;
        }
        if (newest != null) {
            newest.length = left;
            newest.struckOut = 0;
        }
        return newest;
    }

    /**
     * Says to the newest of a chain, who came during a sweep and went on with the numbers of before, what the sweep has made of them.
     * Otherwise the next one to give up would sweep again, and so on, as long as others keep coming.
     */
    void countSwept(int before, int left) {
        if (length > before) { // or another sweep has said so
            length += left - before;
            struckOut = 0;
        }
    }

    /** How long the chain is from here on, about. */
    int length() {
        return length;
    }

    private static @Nullable Waiter firstPresent(@Nullable Waiter from) {
        Waiter w = from;
        while (w != null && w.who == null) {
            w = w.earlier;
        }
        return w;
    }

    /** The places of the chain in the order in which they were taken. */
    List<Waiter> oldestFirst() {
        if (earlier == null) {
            return List.of(this);
        }
        List<Waiter> chain = new ArrayList<>();
        for (Waiter w = this; w != null; w = w.earlier) {
            chain.add(w);
        }
        return chain.reversed();
    }

    /** Those in the chain who wait still, in the order in which they came. */
    Stream<Object> present() {
        return oldestFirst().stream().map(Waiter::who).filter(Objects::nonNull);
    }

    /** Who waits here, or null. */
    @Nullable
    Object who() {
        return who;
    }
}
