package io.loomloop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * The live tasks of a loop that its own thread has made, or seen: a table in which each has a place, so that it comes and goes in
 * one step.
 *
 * <p>The loop thread alone changes it. Any thread may look, without a lock: it sees every task that was added before, and perhaps some
 * that were removed since. A larger or smaller table takes the place of the one before as a whole, so nobody who looks at the old
 * one misses a task that moves.
 */
final class TaskTable {
    private static final VarHandle PLACE = MethodHandles.arrayElementVarHandle(TaskThread[].class);

    private final int smallest;
    // loop thread replaces it and sets its elements; any thread reads
    private volatile @Nullable TaskThread<?>[] places;
    // loop thread only: the empty places, a stack
    private int[] empty;
    private int emptyCount;

    /** It never has fewer places than {@code smallest}. */
    TaskTable(int smallest) {
        this.smallest = smallest;
        places = new TaskThread<?>[smallest];
        empty = emptied(0, smallest);
        emptyCount = smallest;
    }

    /** The places from {@code first} on, the lowest on top. */
    private static int[] emptied(int first, int length) {
        int[] stack = new int[length];
        for (int i = 0; i < length - first; i++) {
            stack[i] = length - 1 - i;
        }
        return stack;
    }

    /** Loop thread only. */
    void add(TaskThread<?> task) {
        if (emptyCount == 0) {
            moveTo(places.length * 2);
        }
        int place = empty[emptyCount - 1];
        PLACE.setRelease(places, place, task);
        task.place = place;
        emptyCount--;
    }

    /** Lets go of a task that was added. Loop thread only. */
    void remove(TaskThread<?> task) {
        int place = task.place;
        task.place = -1;
        PLACE.setRelease(places, place, (TaskThread<?>) null);
        empty[emptyCount++] = place;
        int length = places.length;
        if (length > smallest && emptyCount > length - length / 8) {
            shrinkTo(Math.max(length / 4, smallest));
        }
    }

    private void shrinkTo(int length) {
        try {
            moveTo(length);
        } catch (OutOfMemoryError e) {
            // It need not be now.
        }
    }

    private void moveTo(int length) {
        // What may fail comes first, for want of memory or stack: a table that has begun to move is moved.
        @Nullable TaskThread<?>[] moved = new TaskThread<?>[length];
        int[] stack = emptied(places.length - emptyCount, length);
        int count = 0;
        for (TaskThread<?> task : places) {
            if (task != null) {
                task.place = count;
                moved[count++] = task;
            }
        }
        empty = stack;
        emptyCount = length - count;
        places = moved;
    }

    /** Adds those that are there to a collection, in no order. Any thread. */
    void copyTo(Collection<TaskThread<?>> tasks) {
        @Nullable TaskThread<?>[] now = places;
        for (int i = 0; i < now.length; i++) {
            TaskThread<?> task = (TaskThread<?>) PLACE.getAcquire(now, i);
            if (task != null) {
                tasks.add(task);
            }
        }
    }

    /** How many places there are. For tests. */
    int length() {
        return places.length;
    }
}
