package io.loomloop;

import io.loomloop.spi.LoopDriver;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is ready to run, first come first served: a ring that only the loop thread touches, and an inbox for every other thread.
 *
 * <p>The two make one queue. Before the loop thread appends to the ring it moves what the inbox holds, so an item pushed by
 * another thread comes before everything that the loop asks for afterwards.
 *
 * <p>The same object may be in the queue more than once (the JDK submits a continuation twice when its stack is walked), so
 * items carry no links of their own.
 *
 * <pre>
 *  inbox:   empty (null) --push--> chain, newest first --takeForeign--> empty
 *           any --close--> CLOSED: nothing is accepted from here on
 *
 *  asleep:  false --sleep, before the last look at the inbox--> true
 *           true  --the first push, or wakeIfAsleep, that sees it, which then wakes the driver--> false (true, if that fails)
 *           true  --sleep returns--> false
 * </pre>
 *
 * A producer links its item, then reads {@code asleep}; the loop sets {@code asleep}, then reads the inbox. Both fields are
 * volatile, so at least one of them sees the other, and no item waits for a loop that sleeps.
 */
final class ReadyQueue {
    private static final int SMALLEST = 256;
    private static final int LARGEST_KEPT = 1 << 16;

    private static final VarHandle INBOX;
    private static final VarHandle ASLEEP;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            INBOX = lookup.findVarHandle(ReadyQueue.class, "inbox", Foreign.class);
            ASLEEP = lookup.findVarHandle(ReadyQueue.class, "asleep", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** What another thread pushed, before that {@code next}, so many in all. */
    private record Foreign(Object item, @Nullable Foreign next, int count) {}

    private static final Foreign CLOSED = new Foreign("closed", null, 0);

    private final LoopDriver driver;

    // ring: loop thread only
    private @Nullable Object[] ring = new Object[SMALLEST];
    private int head;
    private int size;

    // any thread, CAS
    private volatile @Nullable Foreign inbox;
    // loop thread sets, any thread clears by CAS
    private volatile boolean asleep;

    ReadyQueue(LoopDriver driver) {
        this.driver = driver;
    }

    /** Appends an item. Loop thread only, which includes the virtual threads mounted on it. */
    void add(Object item) {
        if (inbox != null) {
            takeForeign();
        }
        append(item);
    }

    /**
     * Appends an item and wakes the loop if it sleeps. Any other thread.
     *
     * @return false when the queue is closed and the item was not accepted
     */
    boolean push(Object item) {
        Foreign top;
        do {
            top = inbox;
            if (top == CLOSED) {
                return false;
            }
        } while (!INBOX.compareAndSet(this, top, new Foreign(item, top, top == null ? 1 : top.count + 1)));
        wakeIfAsleep();
        return true;
    }

    /** Ends the wait, if there is one. Any thread; the loop thread itself when its driver finds work, inside {@link LoopDriver#await}. */
    void wakeIfAsleep() {
        if (asleep && ASLEEP.compareAndSet(this, true, false)) {
            boolean woken = false;
            try {
                driver.wakeup();
                woken = true;
            } finally {
                if (!woken) { // the stack of the caller has no room left: somebody else has to
                    asleep = true;
                }
            }
        }
    }

    /** Moves what other threads pushed to the end of the ring, in the order of arrival. Loop thread only. */
    void takeForeign() {
        Foreign newest = inbox;
        while (newest != null && newest != CLOSED && !take(newest, null)) {
            newest = inbox;
        }
    }

    /** Moves what the inbox holds to the ring, unless somebody has pushed more meanwhile. */
    private boolean take(@Nullable Foreign newest, @Nullable Foreign rest) {
        int count = newest == null ? 0 : newest.count;
        reserve(count); // before it is taken: should there be no memory, nothing is lost
        if (!INBOX.compareAndSet(this, newest, rest)) {
            return false;
        }
        size += count;
        int place = head + size;
        for (Foreign f = newest; f != null; f = f.next) {
            ring[--place & (ring.length - 1)] = f.item;
        }
        return true;
    }

    /** The next item, or null when the ring is empty. Loop thread only. */
    @Nullable
    Object poll() {
        if (size == 0) {
            return null;
        }
        Object item = ring[head];
        ring[head] = null;
        head = (head + 1) & (ring.length - 1);
        if (--size == 0 && ring.length > LARGEST_KEPT) {
            ring = new Object[SMALLEST];
            head = 0;
        }
        return item;
    }

    /** The next item without taking it, or null. Loop thread only. */
    @Nullable
    Object peek() {
        return size == 0 ? null : ring[head];
    }

    /** How many items the ring holds. Exact on the loop thread, an estimate elsewhere. */
    int size() {
        return size;
    }

    /** True when neither the ring nor the inbox holds anything. Loop thread only. */
    boolean isEmpty() {
        return size == 0 && inbox == null;
    }

    /**
     * Waits until something is pushed or the time is over, or for no reason. Loop thread only.
     *
     * @param nanos how long to wait at the most, {@link Long#MAX_VALUE} for no limit
     */
    void sleep(long nanos) {
        asleep = true;
        if (inbox == null) {
            driver.await(nanos);
        }
        asleep = false;
    }

    /** True while the loop waits for something to be pushed. Any thread. */
    boolean isAsleep() {
        return asleep;
    }

    /** Refuses everything from now on and hands over what was accepted, oldest first. Loop thread only. */
    void close(Consumer<Object> leftovers) {
        // At one stroke: producers that never stop could keep an inbox from being found empty.
        while (!take(inbox, CLOSED)) {}
        for (Object item = poll(); item != null; item = poll()) {
            leftovers.accept(item);
        }
    }

    private void append(Object item) {
        reserve(1);
        ring[(head + size) & (ring.length - 1)] = item;
        size++;
    }

    private void reserve(int more) {
        int needed = size + more;
        if (needed <= ring.length) {
            return;
        }
        Object[] larger = new Object[Integer.highestOneBit(needed - 1) << 1];
        int first = Math.min(size, ring.length - head);
        System.arraycopy(ring, head, larger, 0, first);
        System.arraycopy(ring, 0, larger, first, size - first);
        ring = larger;
        head = 0;
    }
}
