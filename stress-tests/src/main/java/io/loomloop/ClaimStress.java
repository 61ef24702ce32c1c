package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A loop is to run while another thread ends it: whoever claims it first keeps the other one out, and what has ended stays so.
 *
 * <p>What is to be done before the run ends it with an exception, so no turn is taken.
 */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "ran, and ended then")
@Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "ran, and could not be ended meanwhile")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "ended")
@Outcome(expect = FORBIDDEN, desc = "ran although it had ended, or goes on after its end")
@State
public class ClaimStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final LoopThread thread = new LoopThread(LOOP, "stress", LoopDriver.parking(), 0);

    /** Runs the loop. */
    @Actor
    public void runner(III_Result r) {
        try {
            thread.begin(() -> {
                r.r1 = thread.isClosed() ? 2 : 1;
                throw new Stop();
            });
        } catch (Stop end) {
            // it would have run
        } catch (IllegalStateException refused) {
            r.r1 = 0;
        }
    }

    /** Ends it. */
    @Actor
    public void closer(III_Result r) {
        r.r2 = thread.close() ? 1 : 0;
    }

    /** Looks whether it has ended. */
    @Arbiter
    public void end(III_Result r) {
        r.r3 = thread.isClosed() ? 1 : 0;
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stop() {
            super(null, null, false, false);
        }
    }

    /** Looks whether it may claim the loop, and does then. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "1, 0, 0", "0, 1, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ClaimBroken {
        private static final int IDLE = 0;
        private static final int CLAIMED = 1;
        private static final int CLOSED = 2;

        private volatile int control = IDLE;

        /** Runs the loop. */
        @Actor
        public void runner(III_Result r) {
            if (control == IDLE) {
                Moment.pass();
                control = CLAIMED;
                r.r1 = 1;
                control = IDLE;
            }
        }

        /** Ends it. */
        @Actor
        public void closer(III_Result r) {
            if (control == IDLE) {
                Moment.pass();
                control = CLOSED;
                r.r2 = 1;
            }
        }

        /** Looks whether it has ended. */
        @Arbiter
        public void end(III_Result r) {
            r.r3 = control == CLOSED ? 1 : 0;
        }
    }
}
