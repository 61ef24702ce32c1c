package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Another thread tries to run a loop that is closing, and claims it for a moment: it is refused, and the loop is closed all the same. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "was refused; was closed")
@Outcome(expect = FORBIDDEN, desc = "ran, or could not be closed")
@State
public class CloseClaimStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final LoopThread thread = new LoopThread(LOOP, "stress", LoopDriver.parking(), 0);

    /** The loop is closing. */
    public CloseClaimStress() {
        thread.refuseRuns();
    }

    /** Tries to run it. */
    @Actor
    public void runner(II_Result r) {
        try {
            thread.begin(() -> r.r1 = 1);
        } catch (IllegalStateException refused) {
            r.r1 *= 2;
        }
    }

    /** Ends it. */
    @Actor
    public void closer(II_Result r) {
        r.r2 = thread.close() ? 1 : 0;
    }

    /** Takes whoever has claimed the loop for one that runs it. */
    @JCStressTest
    @Outcome(id = "0, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseClaimBroken {
        private volatile boolean claimed;

        /** Tries to run it. */
        @Actor
        public void runner(II_Result r) {
            claimed = true;
            Moment.pass();
            claimed = false;
        }

        /** Ends it. */
        @Actor
        public void closer(II_Result r) {
            Moment.pass();
            r.r2 = claimed ? 0 : 1;
        }
    }
}
