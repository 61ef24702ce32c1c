package io.loomloop.sync;

import java.util.AbstractQueue;
import java.util.Comparator;
import java.util.Iterator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** Items, the smallest first; of equal ones, the one that came first. */
final class RankedItems<T> extends AbstractQueue<T> {
    private record Ranked<T>(T item, long number) {}

    private final PriorityQueue<Ranked<T>> heap;
    // loop thread only
    private long offered;

    RankedItems(Comparator<? super T> order) {
        this.heap = new PriorityQueue<>((a, b) -> {
            int byOrder = order.compare(a.item, b.item);
            return byOrder != 0 ? byOrder : Long.compare(a.number, b.number);
        });
    }

    @Override
    public boolean offer(T item) {
        return heap.offer(new Ranked<>(item, offered++));
    }

    @Override
    public @Nullable T poll() {
        Ranked<T> first = heap.poll();
        return first == null ? null : first.item;
    }

    @Override
    public @Nullable T peek() {
        Ranked<T> first = heap.peek();
        return first == null ? null : first.item;
    }

    @Override
    public int size() {
        return heap.size();
    }

    @Override
    public void clear() {
        heap.clear();
    }

    /** Not needed by a queue that is only filled and emptied. */
    @Override
    public Iterator<T> iterator() {
        throw new UnsupportedOperationException("items are seen when they are taken out");
    }
}
