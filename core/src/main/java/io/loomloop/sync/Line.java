package io.loomloop.sync;

import org.jspecify.annotations.Nullable;

/**
 * Those who wait, first come first served. Each step takes the same time however many there are, leaving from the middle too; so
 * ten thousand cancelled waiters cost no more than ten thousand that are served. Loop thread only.
 */
final class Line {
    private @Nullable Waiter first;
    private @Nullable Waiter last;
    // loop thread writes, statistics read an estimate
    private int size;

    /** Appends one who is in no line. */
    void add(Waiter waiter) {
        waiter.inLine = true;
        waiter.earlier = last;
        if (last == null) {
            first = waiter;
        } else {
            last.later = waiter;
        }
        last = waiter;
        size++;
    }

    /** Takes out the first, or returns null. */
    @Nullable
    Waiter poll() {
        Waiter waiter = first;
        if (waiter != null) {
            remove(waiter);
        }
        return waiter;
    }

    /** Takes one out; does nothing when it has left already. */
    void remove(Waiter waiter) {
        if (!waiter.inLine) {
            return;
        }
        Waiter before = waiter.earlier;
        Waiter after = waiter.later;
        if (before == null) {
            first = after;
        } else {
            before.later = after;
        }
        if (after == null) {
            last = before;
        } else {
            after.earlier = before;
        }
        waiter.earlier = null;
        waiter.later = null;
        waiter.inLine = false;
        size--;
    }

    /** Takes out those who were cancelled and have not run since. Takes time for each who waits. */
    void dropThoseWhoGaveUp() {
        Waiter waiter = first;
        while (waiter != null) {
            Waiter next = waiter.later;
            if (waiter.hasGivenUp()) {
                remove(waiter);
            }
            waiter = next;
        }
    }

    /**
     * Wakes up to {@code count} of the first who have not given up.
     *
     * @return how many there were
     */
    int wake(int count) {
        int woken = 0;
        while (woken < count) {
            Waiter waiter = poll();
            if (waiter == null) {
                break;
            }
            if (waiter.wake(true)) {
                woken++;
            }
        }
        return woken;
    }

    /** How many wait; one who was cancelled counts until it has run. */
    int size() {
        return size;
    }
}
