package io.loomloop.fuzz;

import io.loomloop.LoopFuture;
import io.loomloop.sync.LoopQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A queue beside a list of what has to be in it. */
final class CheckedQueue {
    private static final int CAPACITY = 2;

    /** What is put: of one rank are several. */
    private record Item(int number, int rank) {}

    private record Offered(Item item, LoopFuture<?> accepted) {}

    private enum Order {
        FIFO,
        LIFO,
        RANKED
    }

    private final BiConsumer<Boolean, String> expect;
    private final Order order;
    private final LoopQueue<Item> queue;
    private final FairLine getters = new FairLine();
    private final FairLine putters = new FairLine();
    private final List<Item> content = new ArrayList<>();
    private final Deque<Offered> offered = new ArrayDeque<>();
    private int items;
    private int unfinished;
    private int timesFinished;

    CheckedQueue(int kind, BiConsumer<Boolean, String> expect) {
        this.expect = expect;
        this.order = Order.values()[kind % Order.values().length];
        this.queue = switch (order) {
            case FIFO -> new LoopQueue<>(CAPACITY);
            case LIFO -> LoopQueue.lifo(CAPACITY);
            case RANKED -> LoopQueue.priority(Comparator.comparingInt(Item::rank));
        };
    }

    private Item newItem() {
        int number = items++;
        return new Item(number, number * 7 % 3);
    }

    void put() {
        Item item = newItem();
        expect.accept(putters.isFairTo(() -> queue.put(item)), "who came first puts first");
        takeOffered();
        stored(item);
        check();
    }

    /** Gives an item as another thread would. Not where it might go in, in the middle of a {@code get}, above the one that is got. */
    @Nullable
    LoopFuture<?> offer() {
        if (order == Order.LIFO) {
            return null;
        }
        Item item = newItem();
        LoopFuture<?> accepted = queue.offer(item);
        offered.add(new Offered(item, accepted));
        return accepted;
    }

    void tryPut() {
        Item item = newItem();
        boolean put = queue.tryPut(item);
        takeOffered();
        if (put) {
            stored(item);
        }
        check();
    }

    /** An item that was accepted is in the queue since; one that was taken back never will be. */
    private void takeOffered() {
        offered.removeIf(each -> {
            if (each.accepted.isDone() && !each.accepted.isCancelled()) {
                stored(each.item);
            }
            return each.accepted.isDone();
        });
    }

    private void stored(Item item) {
        content.add(item);
        unfinished++;
    }

    void get() {
        Item[] got = new Item[1];
        expect.accept(getters.isFairTo(() -> got[0] = queue.get()), "who came first gets first");
        taken(got[0]);
    }

    boolean tryGet() {
        Item item = queue.tryGet();
        if (item != null) {
            taken(item);
        }
        return item != null;
    }

    private void taken(Item item) {
        takeOffered();
        Item next = switch (order) {
            case FIFO -> content.isEmpty() ? null : content.getFirst();
            case LIFO -> content.isEmpty() ? null : content.getLast();
            case RANKED ->
                content.stream().min(Comparator.comparingInt(Item::rank)).orElse(null);
        };
        expect.accept(item.equals(next), order + " gives " + next + " and not " + item);
        content.remove(item);
        check();
    }

    void taskDone() {
        queue.taskDone();
        takeOffered();
        unfinished--;
        timesFinished += unfinished == 0 ? 1 : 0;
        check();
    }

    void join() {
        takeOffered();
        int before = unfinished == 0 ? -1 : timesFinished;
        queue.join();
        expect.accept(timesFinished > before, "a join ends once all is dealt with");
    }

    /** What holds at every moment. */
    private void check() {
        LoopQueue.Statistics found = queue.statistics();
        expect.accept(found.size() == content.size(), "no item is lost or doubled: " + queue + " for " + content);
        expect.accept(found.size() <= found.capacity(), "no more items than fit");
        expect.accept(found.unfinished() == unfinished, "unfinished items are counted: " + queue);
    }

    /** What holds when nothing can go on by itself. */
    void checkAtRest() {
        takeOffered();
        check();
        LoopQueue.Statistics found = queue.statistics();
        expect.accept(found.getters() == 0 || found.size() == 0, "nobody waits for what is there: " + queue);
        expect.accept(found.putters() == 0 || queue.isFull(), "nobody waits for room that is there: " + queue);
        expect.accept(offered.size() <= found.putters(), "who offers is in line");
    }

    void checkAtEnd() {
        LoopQueue.Statistics found = queue.statistics();
        expect.accept(found.getters() == 0 && found.putters() == 0, "nobody waits at the queue: " + queue);
        expect.accept(content.isEmpty() && unfinished == 0, "all items were got: " + queue);
    }
}
