package io.loomloop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The timers of one loop: a 4-ary heap ordered by time, then by the order in which they were set. Loop thread only.
 *
 * <p>Each timer knows its place, so that a cancelled one is taken out at once: most timers are timeouts, and most timeouts are
 * cancelled. Four children instead of two halve the depth and keep siblings in one cache line. Times are compared by their
 * difference, because {@link System#nanoTime} may wrap around.
 */
final class TimerQueue {
    private static final int SMALLEST = 64;

    private @Nullable TimerHandle[] heap = new TimerHandle[SMALLEST];
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
            heap = Arrays.copyOf(heap, size * 2);
        }
        timer.sequence = nextSequence++;
        siftUp(size++, timer);
    }

    /** Takes out the timer that is due first, if it is due. */
    @Nullable
    TimerHandle pollDue(long now) {
        TimerHandle first = heap[0];
        if (first == null || first.when() - now > 0) {
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
        heap[size] = null;
        if (last != timer) {
            if (hole > 0 && isBefore(last, at((hole - 1) >>> 2))) {
                siftUp(hole, last);
            } else {
                siftDown(hole, last);
            }
        }
        if (heap.length > SMALLEST && size < heap.length / 8) {
            heap = Arrays.copyOf(heap, heap.length / 2);
        }
    }

    private void siftUp(int hole, TimerHandle timer) {
        while (hole > 0) {
            int parent = (hole - 1) >>> 2;
            TimerHandle above = at(parent);
            if (!isBefore(timer, above)) {
                break;
            }
            put(hole, above);
            hole = parent;
        }
        put(hole, timer);
    }

    private void siftDown(int hole, TimerHandle timer) {
        for (int child = 4 * hole + 1; child < size; child = 4 * hole + 1) {
            int end = Math.min(child + 4, size);
            int best = child;
            for (int i = child + 1; i < end; i++) {
                if (isBefore(at(i), at(best))) {
                    best = i;
                }
            }
            if (!isBefore(at(best), timer)) {
                break;
            }
            put(hole, at(best));
            hole = best;
        }
        put(hole, timer);
    }

    private void put(int place, TimerHandle timer) {
        heap[place] = timer;
        timer.index = place;
    }

    @SuppressWarnings("NullAway") // every place below size is filled
    private TimerHandle at(int place) {
        return heap[place];
    }

    private static boolean isBefore(TimerHandle a, TimerHandle b) {
        long difference = a.when() - b.when();
        return difference < 0 || (difference == 0 && a.sequence < b.sequence);
    }
}
