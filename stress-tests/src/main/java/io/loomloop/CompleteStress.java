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

/** Two threads complete a future: one of them does, and its result stays. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "the first")
@Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "the second")
@Outcome(expect = FORBIDDEN, desc = "both, none, or the result of the other")
@State
public class CompleteStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final LoopFuture<Integer> future = LOOP.createFuture();

    /** Completes with 1. */
    @Actor
    public void first(III_Result r) {
        r.r1 = future.trySetResult(1) ? 1 : 0;
    }

    /** Completes with 2. */
    @Actor
    public void second(III_Result r) {
        r.r2 = future.trySetResult(2) ? 1 : 0;
    }

    /** Looks at the result. */
    @Arbiter
    public void result(III_Result r) {
        r.r3 = future.result();
    }

    /** Looks first and completes then. */
    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 2", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompleteBroken {
        private volatile @Nullable Integer state;

        private boolean trySetResult(int result) {
            if (state != null) {
                return false;
            }
            Moment.pass();
            state = result;
            return true;
        }

        /** Completes with 1. */
        @Actor
        public void first(III_Result r) {
            r.r1 = trySetResult(1) ? 1 : 0;
        }

        /** Completes with 2. */
        @Actor
        public void second(III_Result r) {
            r.r2 = trySetResult(2) ? 1 : 0;
        }

        /** Looks at the result. */
        @Arbiter
        public void result(III_Result r) {
            Integer result = state;
            r.r3 = result == null ? 0 : result;
        }
    }
}
