package io.loomloop.sync;

import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import java.util.Locale;
import java.util.concurrent.BrokenBarrierException;

/**
 * A place where tasks of one loop wait until a fixed number of them have come: asyncio's {@code Barrier}. It can be used again and
 * again.
 *
 * <pre>
 *  FILLING --the last party comes--> DRAINING --the last one leaves--> FILLING
 *  any --reset, somebody is inside--> RESETTING --the last one leaves--> FILLING
 *  any --abort--> BROKEN --reset--> RESETTING or FILLING
 * </pre>
 *
 * While the barrier is draining or resetting, newcomers wait before it. A waiter that is cancelled in time counts as if it had never
 * come.
 *
 * <p>For the loop it belongs to, see {@link io.loomloop.sync}.
 */
public final class LoopBarrier {
    /**
     * What a barrier is doing, taken at one moment.
     *
     * @param parties how many it takes
     * @param waiting those who wait for others to come
     * @param leaving those who were let go and have not run since
     * @param outside those who wait until the others have left
     * @param broken whether it was aborted
     */
    public record Statistics(int parties, int waiting, int leaving, int outside, boolean broken) {}

    private enum State {
        FILLING,
        DRAINING,
        RESETTING,
        BROKEN
    }

    /** One who waits for others to come. */
    private static final class Party extends Waiter.Parked {
        int index;

        Party(EventLoop loop) {
            super(loop);
        }
    }

    private final HomeLoop home = new HomeLoop(LoopBarrier.class);
    private final int parties;
    private final Line inside = new Line();
    private final Line outside = new Line();
    // loop thread writes, others read estimates
    private State state = State.FILLING;
    private int leaving;

    /**
     * A barrier that nobody has come to.
     *
     * @param parties how many it takes
     * @throws IllegalArgumentException when not positive
     */
    public LoopBarrier(int parties) {
        if (parties <= 0) {
            throw new IllegalArgumentException("a barrier needs at least one party, not " + parties);
        }
        this.parties = parties;
    }

    /**
     * Waits until all parties have come: asyncio's {@code wait}. A cancellation point, also for the last one to come.
     *
     * @return a number from 0 to one less than there are parties, different for each of them: the order in which they came
     * @throws BrokenBarrierException when the barrier is broken, or is reset or aborted before the caller has left it
     * @throws CancelledException when the calling task is cancelled
     * @throws IllegalStateException when the caller does not run on the barrier's loop
     */
    public int await() throws BrokenBarrierException {
        EventLoop loop = home.enter();
        home.throwIfCancelled();
        while (state == State.DRAINING || state == State.RESETTING) {
            waitOutside(loop);
        }
        if (state == State.BROKEN) {
            throw new BrokenBarrierException("the barrier was aborted, reset it to use it again");
        }
        if (isComplete()) {
            letGo(State.DRAINING, State.FILLING);
            return parties - 1;
        }
        return waitInside(loop);
    }

    /** True when only the caller is missing. Who was cancelled and has not run yet does not count. */
    private boolean isComplete() {
        if (inside.size() + 1 < parties) {
            return false;
        }
        inside.dropThoseWhoGaveUp();
        return inside.size() + 1 == parties;
    }

    private void waitOutside(EventLoop loop) {
        Waiter.Parked self = new Waiter.Parked(loop);
        outside.add(self);
        try {
            self.await();
        } finally {
            outside.remove(self);
        }
    }

    private int waitInside(EventLoop loop) throws BrokenBarrierException {
        Party self = new Party(loop);
        inside.add(self);
        State found;
        try {
            self.await();
        } finally {
            found = state;
            inside.remove(self);
            if (self.hasTurn()) {
                leave();
            }
        }
        if (found != State.DRAINING) {
            throw new BrokenBarrierException("the barrier was " + (found == State.BROKEN ? "aborted" : "reset"));
        }
        return self.index;
    }

    /** Wakes all who are inside. The barrier is in one state until they have left, in the other one when there is nobody. */
    private void letGo(State untilTheyHaveLeft, State whenNobodyIsInside) {
        int index = 0;
        for (Waiter next = inside.poll(); next != null; next = inside.poll()) {
            if (next.wake(true)) {
                ((Party) next).index = index++;
                leaving++;
            }
        }
        state = leaving > 0 ? untilTheyHaveLeft : whenNobodyIsInside;
    }

    private void leave() {
        leaving--;
        if (leaving == 0 && state != State.BROKEN) {
            state = State.FILLING;
            outside.wake(Integer.MAX_VALUE);
        }
    }

    /**
     * Empties the barrier and makes it ready to use: those who wait, and those let go who have not run yet, get a
     * {@link BrokenBarrierException}. Does nothing to an empty barrier that is not broken. Not a cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the barrier's loop
     */
    public void reset() {
        home.enter();
        letGo(State.RESETTING, State.FILLING);
    }

    /**
     * Breaks the barrier: those who wait, and all who come until it is reset, get a {@link BrokenBarrierException}. Not a
     * cancellation point.
     *
     * @throws IllegalStateException when the caller does not run on the barrier's loop
     */
    public void abort() {
        home.enter();
        letGo(State.BROKEN, State.BROKEN);
        outside.wake(Integer.MAX_VALUE);
    }

    /** How many the barrier takes. */
    public int parties() {
        return parties;
    }

    /** How many wait for others to come: asyncio's {@code n_waiting}. */
    public int waiting() {
        return inside.size();
    }

    /** True when the barrier was aborted and not reset since. */
    public boolean isBroken() {
        return state == State.BROKEN;
    }

    /** What the barrier is doing. */
    public Statistics statistics() {
        return new Statistics(parties, inside.size(), leaving, outside.size(), isBroken());
    }

    @Override
    public String toString() {
        return "LoopBarrier[" + state.name().toLowerCase(Locale.ROOT) + ", waiting=" + inside.size() + " of " + parties
                + ", leaving=" + leaving + ", outside=" + outside.size() + "]";
    }
}
