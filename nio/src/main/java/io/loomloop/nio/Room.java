package io.loomloop.nio;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many clients a server may have, on all its loops together. Whoever accepts one takes a place first.
 *
 * <pre>
 *  full:  false --who finds no place--> true
 *         true  --who gives one back--> false, and all listeners are told
 * </pre>
 *
 * Who finds no place sets {@code full}, then counts once more; who gives one back lowers the count, then reads {@code full}. Both are
 * volatile, so no listener stays away while there is room.
 */
final class Room {
    private final int max;
    private final Runnable onRoom;
    // any thread, CAS
    private final AtomicInteger taken = new AtomicInteger();
    // any thread, see above
    private volatile boolean full;

    /** All free. */
    Room(int max, Runnable onRoom) {
        this.max = max;
        this.onRoom = onRoom;
    }

    /** True when there is a place, or was a moment ago; else the listeners are told as soon as there is. */
    boolean hasPlace() {
        if (taken.get() < max) {
            return true;
        }
        full = true;
        return taken.get() < max;
    }

    /** Takes a place, which {@link #giveBack} gives back; false when there is none, see {@link #hasPlace}. */
    boolean take() {
        while (hasPlace()) {
            int before = taken.get();
            if (before < max && taken.compareAndSet(before, before + 1)) {
                return true;
            }
        }
        return false;
    }

    /** Somebody has gone, or did not come. */
    void giveBack() {
        taken.decrementAndGet();
        if (full) {
            full = false;
            onRoom.run();
        }
    }
}
