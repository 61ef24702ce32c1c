package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** The last place is given back while two listeners want one: one gets it, the other is told of the next, and never both have it. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one has it, the other was told when it went")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both came too early, and were told")
@Outcome(expect = FORBIDDEN, desc = "two have one place, or there is room and nobody was told")
@State
public class RoomStress {
    private final AtomicInteger told = new AtomicInteger();
    private final Room room = new Room(1, told::incrementAndGet);
    private boolean first;
    private boolean second;

    /** Takes the only place. */
    public RoomStress() {
        room.take();
    }

    /** Leaves. */
    @Actor
    public void leave() {
        room.giveBack();
    }

    /** Wants the place. */
    @Actor
    public void listener() {
        first = room.take();
    }

    /** Wants the place too. */
    @Actor
    public void another() {
        second = room.take();
    }

    /** Counts places taken, gives them back, and sees whether those without were told at some time. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = (first ? 1 : 0) + (second ? 1 : 0);
        if (r.r1 > 0) {
            room.giveBack();
        }
        r.r2 = told.get() > 0 ? 1 : 0;
    }

    /** Looks for a place, and says that it found none afterwards. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RoomBroken {
        private final AtomicInteger taken = new AtomicInteger(1);
        private volatile boolean full;
        private volatile boolean told;

        /** Leaves. */
        @Actor
        public void leave() {
            taken.decrementAndGet();
            if (full) {
                told = true;
            }
        }

        /** Wants the place. */
        @Actor
        public void listener() {
            if (taken.get() > 0) {
                full = true;
            }
        }

        /** Sees whether who found no place was told. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = !full || told ? 1 : 0;
        }
    }
}
