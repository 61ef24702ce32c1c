package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A callback is cancelled while the loop runs it: it is cancelled or it runs. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "cancelled")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "has run")
@Outcome(expect = FORBIDDEN, desc = "both or neither, or it says the wrong thing")
@State
public class HandleStress {
    private static final EventLoop LOOP = EventLoop.open();

    // loop only
    private int runs;
    private final Handle handle = new Handle(LOOP, () -> runs++, false);

    /** Cancels. */
    @Actor
    public void canceller(III_Result r) {
        r.r1 = handle.cancel() ? 1 : 0;
    }

    /** Runs it. */
    @Actor
    public void loop(III_Result r) {
        handle.run();
        r.r2 = runs;
    }

    /** Asks it. */
    @Arbiter
    public void state(III_Result r) {
        r.r3 = handle.isCancelled() ? 1 : 0;
    }

    /** Looks first and takes it then. */
    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class HandleBroken {
        private volatile @Nullable Object callback = this;
        private volatile boolean cancelled;

        /** Cancels. */
        @Actor
        public void canceller(III_Result r) {
            if (callback != null) {
                Moment.pass();
                callback = null;
                cancelled = true;
                r.r1 = 1;
            }
        }

        /** Runs it. */
        @Actor
        public void loop(III_Result r) {
            if (callback != null) {
                Moment.pass();
                callback = null;
                r.r2 = 1;
            }
        }

        /** Asks it. */
        @Arbiter
        public void state(III_Result r) {
            r.r3 = cancelled ? 1 : 0;
        }
    }
}
