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

/** The last place is given back while a listener wants it: it gets it, or is told. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it came too early, and was told")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it came later")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it looked twice, and was told too")
@Outcome(expect = FORBIDDEN, desc = "there is room and nobody was told")
@State
public class RoomStress {
    private final AtomicInteger told = new AtomicInteger();
    private final Room room = new Room(1, told::incrementAndGet);

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
    public void listener(II_Result r) {
        r.r1 = room.take() ? 1 : 0;
    }

    /** Sees whether it was told. */
    @Arbiter
    public void look(II_Result r) {
        r.r2 = told.get();
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
