package io.loomloop.sync;

import io.loomloop.EventLoop;

/**
 * A number of permits, and the line of those who wait for one: what locks, semaphores and queues are made of. Loop thread only.
 *
 * <p>A permit goes directly to the first in line: it is promised, and no longer available, before that waiter runs. As long as a
 * promise is open, newcomers stand in line even if there are more permits; otherwise they would run before those who came first.
 * A waiter that is cancelled with a promise gives the permit back.
 *
 * <pre>
 *  available --settle--> promised --the waiter runs--> taken --give--> available
 *                            |--the waiter was cancelled--> available
 * </pre>
 *
 * When no promise is open and permits are available, nobody is in line but those who have given up.
 */
final class Permits {
    private final HomeLoop home;
    private final Line line = new Line();
    // loop thread writes, statistics read estimates
    private int available;
    private int promised;
    // loop thread only
    private boolean closed;

    Permits(HomeLoop home, int available) {
        this.home = home;
        this.available = available;
    }

    /** True when nobody has to wait. */
    boolean isFree() {
        return available > 0 && promised == 0;
    }

    int available() {
        return available;
    }

    /** How many wait, those included that have a promise and have not run. */
    int waiting() {
        return line.size() + promised;
    }

    /** Takes a permit if that needs no waiting. */
    boolean tryTake() {
        home.enter();
        if (!isFree()) {
            return false;
        }
        available--;
        return true;
    }

    /**
     * Takes a permit, and waits for its turn. A cancellation point.
     *
     * @return false when there will be none, because of {@link #close}
     */
    boolean take() {
        EventLoop loop = home.enter();
        if (isFree()) {
            home.throwIfCancelled();
            available--;
            return true;
        }
        if (isSpent()) {
            home.throwIfCancelled();
            return false;
        }
        return awaitTurn(loop);
    }

    private boolean awaitTurn(EventLoop loop) {
        Waiter.Parked self = new Waiter.Parked(loop);
        line.add(self);
        try {
            if (!self.await()) {
                return false;
            }
        } catch (Throwable e) {
            line.remove(self);
            if (self.hasTurn()) {
                promised--;
                give(1);
            }
            throw e;
        }
        promised--;
        settle();
        return true;
    }

    /** Puts one in line who does not wait right here. */
    void queueUp(Waiter waiter) {
        line.add(waiter);
    }

    /** Takes one out of the line who was put there by {@link #queueUp}. */
    void leave(Waiter waiter) {
        line.remove(waiter);
    }

    /** Adds permits. */
    void give(int count) {
        available += count;
        settle();
    }

    /** From now on there will be no more permits: those in line, and newcomers, get what is left and then are turned away. */
    void close(boolean dropWhatIsLeft) {
        closed = true;
        if (dropWhatIsLeft) {
            available = 0;
        }
        settle();
    }

    private void settle() {
        while (available > 0) {
            Waiter next = line.poll();
            if (next == null) {
                break;
            }
            available--;
            if (!next.wake(true)) {
                available++;
            } else if (next.takesTime()) {
                promised++;
            }
        }
        if (isSpent()) {
            for (Waiter next = line.poll(); next != null; next = line.poll()) {
                next.wake(false);
            }
        }
    }

    /** A promise may come back, so those in line wait until all have been used. */
    private boolean isSpent() {
        return closed && available == 0 && promised == 0;
    }
}
