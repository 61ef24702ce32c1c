package io.loomloop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: a 4-ary heap ordered by time, then by the order in which they were set. Loop thread only.
 *
 * <p>Each timer knows its place, so that a cancelled one is taken out at once: most timers are timeouts, and most timeouts are
 * cancelled. Four children instead of two halve the depth. The times are in an array of their own, siblings side by
 * side: with a million timers, each look into one of them would be a trip to the memory. Times are compared by their difference,
 * because {@link System#nanoTime} may wrap around.
 */
final class TimerQueue {
    private static final int SMALLEST = 64;

    private @Nullable TimerHandle[] heap = new TimerHandle[SMALLEST];
    // times[i] is when heap[i] is due
    private long[] times = new long[SMALLEST];
    private int size;
    private long nextSequence;

    int size() {
        return size;
    }

    /** The timer that is due first, or null. */
    @Nullable
    TimerHandle peek() {
        return heap[0];
    }

    void add(TimerHandle timer) {
        if (size == heap.length) {
            resize(size * 2);
        }
        timer.sequence = nextSequence++;
        siftUp(size++, timer, timer.when());
    }

    /** Takes out the timer that is due first, if it is due. */
    @Nullable
    TimerHandle pollDue(long now) {
        TimerHandle first = heap[0];
        if (first == null || times[0] - now > 0) {
            return null;
        }
        remove(first);
        return first;
    }

    /** Takes out a timer, wherever it is; does nothing when it is not here. */
    void remove(TimerHandle timer) {
        int hole = timer.index;
        if (hole < 0) {
            return;
        }
        timer.index = -1;
        TimerHandle last = at(--size);
        long when = times[size];
        heap[size] = null;
        if (last != timer) {
            if (hole > 0 && isBefore(last, when, (hole - 1) >>> 2)) {
                siftUp(hole, last, when);
            } else {
                siftDown(hole, last, when);
            }
        }
        if (heap.length > SMALLEST && size < heap.length / 8) {
            shrink();
        }
    }

    private void shrink() {
        try {
            resize(heap.length / 2);
        } catch (OutOfMemoryError e) {
            // It need not be now.
        }
    }

    private void resize(int length) {
        // What may fail for want of memory comes first.
        @Nullable TimerHandle[] resized = Arrays.copyOf(heap, length);
        times = Arrays.copyOf(times, length);
        heap = resized;
    }

    private void siftUp(int hole, TimerHandle timer, long when) {
        while (hole > 0) {
            int parent = (hole - 1) >>> 2;
            if (!isBefore(timer, when, parent)) {
                break;
            }
            put(hole, at(parent), times[parent]);
            hole = parent;
        }
        put(hole, timer, when);
    }

    private void siftDown(int hole, TimerHandle timer, long when) {
        for (int child = 4 * hole + 1; child < size; child = 4 * hole + 1) {
            int end = Math.min(child + 4, size);
            int best = child;
            for (int i = child + 1; i < end; i++) {
                if (isBefore(at(i), times[i], best)) {
                    best = i;
                }
            }
            if (isBefore(timer, when, best)) {
                break;
            }
            put(hole, at(best), times[best]);
            hole = best;
        }
        put(hole, timer, when);
    }

    private void put(int place, TimerHandle timer, long when) {
        heap[place] = timer;
        times[place] = when;
        timer.index = place;
    }

    @SuppressWarnings("NullAway") // every place below size is filled
    private TimerHandle at(int place) {
        return heap[place];
    }

    /** True when a timer, which is due at {@code when}, comes before the one in a place. */
    private boolean isBefore(TimerHandle timer, long when, int place) {
        long difference = when - times[place];
        return difference < 0 || (difference == 0 && timer.sequence < at(place).sequence);
    }
}
