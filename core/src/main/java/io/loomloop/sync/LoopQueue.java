package io.loomloop.sync;

import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A queue between tasks of one loop, and from other threads to them: asyncio's {@code Queue}, {@code LifoQueue} and
 * {@code PriorityQueue}.
 *
 * <p>{@link #put} waits while the queue is full, {@link #get} while it is empty; both are served first come first served. An item
 * stays in the queue until the task that gets it runs, so a cancelled {@code get} loses nothing.
 *
 * <p><b>Other threads</b> give items with {@link #offer}. It needs to know the loop: the one the queue was made on, or that of
 * {@link #bindTo}.
 *
 * <p><b>The end.</b> After {@link #shutdown()} nothing can be put any more; what is there can be got, then {@code get} throws
 * {@link QueueShutDownException} and an iteration ends:
 *
 * <pre>{@code
 * for (Job job : queue) {
 *     job.run();
 *     queue.taskDone();
 * }
 * }</pre>
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 *
 * @param <T> the items, which are not null
 */
public final class LoopQueue<T> implements Iterable<T> {
    /**
     * What a queue is doing, taken at one moment.
     *
     * @param size items in the queue
     * @param capacity how many fit; {@link Integer#MAX_VALUE} when there is no limit
     * @param getters those who wait for an item
     * @param putters those who wait for room, offers included
     * @param unfinished items put for which {@link LoopQueue#taskDone} was not called
     * @param shutDown whether the queue was shut down
     */
    public record Statistics(int size, int capacity, int getters, int putters, int unfinished, boolean shutDown) {}

    private final HomeLoop home = new HomeLoop(LoopQueue.class);
    private final int capacity;
    // loop thread only
    private final Queue<T> items;
    private final Permits room;
    private final Permits filled;
    private final LoopEvent finished = new LoopEvent(home, true);
    // loop thread writes, others read estimates
    private int unfinished;
    private boolean shutDown;
    // any thread; all write the same
    private volatile @Nullable PendingOffers pendingOffers;

    // ---- making

    /** A queue without a limit: first in, first out. */
    public LoopQueue() {
        this(Integer.MAX_VALUE);
    }

    /**
     * A queue with a limit: first in, first out.
     *
     * @param capacity how many items fit
     * @throws IllegalArgumentException when not positive
     */
    public LoopQueue(int capacity) {
        this(new ArrayDeque<>(), capacity);
    }

    private LoopQueue(Queue<T> items, int capacity) {
        if (capacity <= 0) {
            throw new IllegalArgumentException(
                    "a capacity must be positive, leave it out for a queue without a limit: " + capacity);
        }
        this.items = items;
        this.capacity = capacity;
        this.room = new Permits(home, capacity);
        this.filled = new Permits(home, 0);
    }

    /** A queue without a limit: last in, first out. */
    public static <T> LoopQueue<T> lifo() {
        return lifo(Integer.MAX_VALUE);
    }

    /** As {@link #lifo()}, with a limit, see {@link #LoopQueue(int)}. */
    public static <T> LoopQueue<T> lifo(int capacity) {
        return new LoopQueue<>(Collections.asLifoQueue(new ArrayDeque<>()), capacity);
    }

    /** A queue without a limit: the smallest item first and, of equal ones, the one that came first. */
    public static <T extends Comparable<? super T>> LoopQueue<T> priority() {
        return priority(Comparator.<T>naturalOrder());
    }

    /** As {@link #priority()}, with a limit, see {@link #LoopQueue(int)}. */
    public static <T extends Comparable<? super T>> LoopQueue<T> priority(int capacity) {
        return priority(Comparator.<T>naturalOrder(), capacity);
    }

    /** As {@link #priority()}, in an order of the caller's. It must not wait. */
    public static <T> LoopQueue<T> priority(Comparator<? super T> order) {
        return priority(order, Integer.MAX_VALUE);
    }

    /** As {@link #priority(Comparator)}, with a limit, see {@link #LoopQueue(int)}. */
    public static <T> LoopQueue<T> priority(Comparator<? super T> order, int capacity) {
        return new LoopQueue<>(new RankedItems<>(Objects.requireNonNull(order, "order")), capacity);
    }

    /**
     * Says to which loop this queue belongs, for queues that are made elsewhere and are given offers. Safe from any thread.
     *
     * @return this queue
     * @throws IllegalStateException when it belongs to another one already
     */
    public LoopQueue<T> bindTo(EventLoop loop) {
        home.bindTo(Objects.requireNonNull(loop, "loop"));
        return this;
    }

    // ---- putting

    /**
     * Puts an item in, and waits for room while the queue is full or others came first: asyncio's {@code put}. A cancellation point,
     * also when there is room; the item is not in the queue when it throws.
     *
     * @throws QueueShutDownException when the queue was shut down, before or meanwhile
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the queue's loop; {@link #offer} is for that
     */
    public void put(T item) {
        Objects.requireNonNull(item, "item");
        if (!room.take() || shutDown) {
            throw shutDownException();
        }
        store(item);
    }

    /**
     * Puts an item in if there is room and nobody waits for it: asyncio's {@code put_nowait}. Never waits, not a cancellation point.
     *
     * @return whether the item is in the queue
     * @throws QueueShutDownException when the queue was shut down
     * @throws IllegalStateException when the caller does not run on the queue's loop; {@link #offer} is for that
     */
    public boolean tryPut(T item) {
        Objects.requireNonNull(item, "item");
        home.enter();
        if (shutDown) {
            throw shutDownException();
        }
        if (!room.tryTake()) {
            return false;
        }
        store(item);
        return true;
    }

    private void store(T item) {
        try {
            items.add(item);
        } catch (Throwable e) { // the comparator's
            room.give(1);
            throw e;
        }
        countStored();
    }

    private void countStored() {
        if (unfinished++ == 0) {
            finished.clear();
        }
        filled.give(1);
    }

    /**
     * Gives an item to the queue from any thread, in a later turn of the loop. Never waits, not a cancellation point. While the
     * queue is full the item stands in line for room with those who {@link #put}; so nothing is refused for want of room, and a
     * producer that is to be slowed down awaits what is returned. Items of one thread keep their order.
     *
     * <p>To drop items instead when the queue is full: {@code loop.callSoon(() -> queue.tryPut(item))}.
     *
     * @return is done when the item is in the queue; cancel it to take an item back that is not. It fails with
     *     {@link QueueShutDownException} when the queue is shut down first, and with {@link LoopClosedException} when the loop is
     *     closed first
     * @throws LoopClosedException when the loop is closed
     * @throws IllegalStateException when the queue does not belong to a loop yet
     */
    public LoopFuture<@Nullable Void> offer(T item) {
        Objects.requireNonNull(item, "item");
        EventLoop loop = home.requireLoop();
        Offer offer = new Offer(item, loop.createFuture(), pendingOffers(loop));
        try {
            loop.callSoon(offer::arrive);
        } catch (LoopClosedException e) {
            offer.forget();
            offer.accepted.cancel(); // close may have failed it, and nobody has it
            throw e;
        }
        return offer.accepted;
    }

    private PendingOffers pendingOffers(EventLoop loop) {
        PendingOffers pending = pendingOffers;
        if (pending == null) {
            pending = PendingOffers.of(loop);
            pendingOffers = pending;
        }
        return pending;
    }

    /** An item of another thread's. Loop thread only, but for the future. */
    private final class Offer extends Waiter {
        final LoopFuture<@Nullable Void> accepted;
        private final PendingOffers pending;
        private final Long number;
        private final T item;

        Offer(T item, LoopFuture<@Nullable Void> accepted, PendingOffers pending) {
            this.item = item;
            this.accepted = accepted;
            this.pending = pending;
            this.number = pending.add(accepted);
        }

        void forget() {
            pending.remove(number);
        }

        void arrive() {
            if (shutDown) {
                wake(false);
            } else if (!room.tryTake()) {
                room.queueUp(this);
                accepted.addDoneCallback(done -> leave());
            } else if (!wake(true)) {
                room.give(1);
            }
        }

        private void leave() {
            room.leave(this);
            forget();
        }

        /** Puts the item in. The future comes first: any thread may cancel it, and the item must not be in the queue then. */
        @Override
        boolean wake(boolean turn) {
            forget();
            if (!turn || shutDown) {
                accepted.trySetException(shutDownException());
                return false;
            }
            if (!accepted.trySetResult(null)) {
                return false;
            }
            try {
                items.add(item);
            } catch (Throwable e) { // the comparator's; the caller is somebody else
                EventLoop loop = accepted.loop();
                String type = item.getClass().getName();
                ErrorContext context = new ErrorContext("an offered item cannot be compared with others: a " + type, e);
                loop.callSoon(() -> loop.callExceptionHandler(context));
                return false;
            }
            countStored();
            return true;
        }

        @Override
        boolean hasGivenUp() {
            return accepted.isDone();
        }

        @Override
        boolean takesTime() {
            return false;
        }
    }

    // ---- getting

    /**
     * Takes the next item out, and waits for one while the queue is empty or others came first: asyncio's {@code get}. A
     * cancellation point, also when there is one; no item is taken when it throws.
     *
     * @throws QueueShutDownException when the queue was shut down and nothing is left
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the queue's loop
     */
    public T get() {
        T item = nextOrNull();
        if (item == null) {
            throw shutDownException();
        }
        return item;
    }

    /** The next item, or null when there will be none. */
    private @Nullable T nextOrNull() {
        return filled.take() && !items.isEmpty() ? remove() : null;
    }

    /**
     * Takes the next item out if there is one that nobody waits for: asyncio's {@code get_nowait}. Never waits, not a cancellation
     * point.
     *
     * @return the item, or null when there is none now
     * @throws QueueShutDownException when the queue was shut down and nothing is left
     * @throws IllegalStateException when the caller does not run on the queue's loop
     */
    public @Nullable T tryGet() {
        if (filled.tryTake() && !items.isEmpty()) {
            return remove();
        }
        if (shutDown && items.isEmpty()) {
            throw shutDownException();
        }
        return null;
    }

    private T remove() {
        try {
            return items.remove();
        } finally { // a comparator that throws has cost the queue an item as well
            if (!shutDown) {
                room.give(1);
            }
        }
    }

    /**
     * Takes items out until the queue is shut down and empty. {@code hasNext} gets the next item as {@link #get} does, so it waits
     * and is a cancellation point, and what it got is lost when {@code next} is not called: use it in a {@code for} loop. Several
     * tasks may iterate over one queue; each item goes to one of them.
     */
    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            private @Nullable T next;

            @Override
            public boolean hasNext() {
                if (next == null) {
                    next = nextOrNull();
                }
                return next != null;
            }

            @Override
            public T next() {
                T item = hasNext() ? next : null;
                if (item == null) {
                    throw new NoSuchElementException("the queue was shut down and is empty");
                }
                next = null;
                return item;
            }
        };
    }

    // ---- finishing

    /**
     * Says that one item that was got is dealt with: asyncio's {@code task_done}. Not a cancellation point.
     *
     * @throws IllegalStateException when called more often than items were put, or the caller does not run on the queue's loop
     */
    public void taskDone() {
        home.enter();
        if (unfinished == 0) {
            throw new IllegalStateException("taskDone was called more often than items were put: " + this);
        }
        finish(1);
    }

    private void finish(int count) {
        unfinished -= count;
        if (unfinished == 0) {
            finished.set();
        }
    }

    /**
     * Waits until {@link #taskDone} was called for each item that was put: asyncio's {@code join}. A cancellation point, also when
     * there is nothing to wait for.
     *
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the queue's loop
     */
    public void join() {
        finished.await();
    }

    /** Ends the queue, see {@link #shutdown(boolean)}; what is in it can still be got. */
    public void shutdown() {
        shutdown(false);
    }

    /**
     * Ends the queue: asyncio's {@code shutdown}. Those who wait to put get a {@link QueueShutDownException}, and so do those who
     * wait to get, once nothing is left. May be called again, to drop what the first call left. Not a cancellation point.
     *
     * @param immediate drops what is in the queue, as if it were dealt with
     * @throws IllegalStateException when the caller does not run on the queue's loop; from another thread use
     *     {@code loop.callSoon(queue::shutdown)}
     */
    public void shutdown(boolean immediate) {
        home.enter();
        shutDown = true;
        if (immediate) {
            int dropped = items.size();
            items.clear();
            finish(dropped);
        }
        room.close(true);
        filled.close(immediate);
    }

    private QueueShutDownException shutDownException() {
        return new QueueShutDownException("the queue was shut down: " + this);
    }

    // ---- looking

    /** How many items are in the queue: asyncio's {@code qsize}. */
    public int size() {
        return items.size();
    }

    /** True when nothing is in the queue. */
    public boolean isEmpty() {
        return items.isEmpty();
    }

    /** True when there is no room: asyncio's {@code full}. */
    public boolean isFull() {
        return items.size() >= capacity;
    }

    /** How many items fit: asyncio's {@code maxsize}; {@link Integer#MAX_VALUE} when there is no limit. */
    public int capacity() {
        return capacity;
    }

    /** True when the queue was shut down. */
    public boolean isShutDown() {
        return shutDown;
    }

    /** What the queue is doing. */
    public Statistics statistics() {
        return new Statistics(items.size(), capacity, filled.waiting(), room.waiting(), unfinished, shutDown);
    }

    @Override
    public String toString() {
        return "LoopQueue[size=" + items.size() + (capacity == Integer.MAX_VALUE ? "" : " of " + capacity)
                + ", getters=" + filled.waiting() + ", putters=" + room.waiting() + ", unfinished=" + unfinished
                + (shutDown ? ", shut down]" : "]");
    }
}
