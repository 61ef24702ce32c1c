package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One thread cancels a future that another completes: one of them wins, and whoever waits is told once. */
@JCStressTest
@Outcome(id = "1, 0, 11", expect = ACCEPTABLE, desc = "cancelled, told once")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "completed, told once")
@Outcome(expect = FORBIDDEN, desc = "both, none, told twice or never")
@State
public class CancelStress {
    private static final EventLoop LOOP = EventLoop.open();

    // the winner only
    private int told;
    private final LoopFuture<Integer> future = LOOP.createFuture();

    /** Somebody waits. */
    public CancelStress() {
        LoopFuture.Hook hook = () -> told++;
        future.addWaiter(hook);
    }

    /** Cancels. */
    @Actor
    public void canceller(III_Result r) {
        r.r1 = future.cancel("enough") ? 1 : 0;
    }

    /** Completes. */
    @Actor
    public void producer(III_Result r) {
        r.r2 = future.trySetResult(1) ? 1 : 0;
    }

    /** Looks at the outcome. */
    @Arbiter
    public void outcome(III_Result r) {
        r.r3 = told + (future.isCancelled() ? 10 : 0);
    }

    /** Looks first and takes its turn then. */
    @JCStressTest
    @Outcome(id = "1, 0, 11", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelBroken {
        private volatile int told;
        private volatile boolean done;
        private volatile boolean cancelled;

        /** Cancels. */
        @Actor
        @SuppressWarnings("NonAtomicVolatileUpdate") // broken on purpose
        public void canceller(III_Result r) {
            if (!done) {
                Moment.pass();
                done = true;
                cancelled = true;
                told++;
                r.r1 = 1;
            }
        }

        /** Completes. */
        @Actor
        @SuppressWarnings("NonAtomicVolatileUpdate") // broken on purpose
        public void producer(III_Result r) {
            if (!done) {
                Moment.pass();
                done = true;
                told++;
                r.r2 = 1;
            }
        }

        /** Looks at the outcome. */
        @Arbiter
        public void outcome(III_Result r) {
            r.r3 = told + (cancelled ? 10 : 0);
        }
    }
}
