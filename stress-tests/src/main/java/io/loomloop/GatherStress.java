package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Two threads complete the two futures that a third one gathers. The loop is closed, so each takes the step of the gathering future
 * itself: it is done in the end, with both results.
 */
@JCStressTest
@Outcome(id = "12", expect = ACCEPTABLE, desc = "done, with both results")
@Outcome(expect = FORBIDDEN, desc = "never done")
@State
public class GatherStress {
    private static final EventLoop LOOP = EventLoop.open();

    static {
        LOOP.close();
    }

    private final LoopFuture<Integer> first = LOOP.createFuture();
    private final LoopFuture<Integer> second = LOOP.createFuture();
    private final LoopFuture<List<Integer>> both = GatherFuture.ofResults(List.of(first, second));

    /** Completes one. */
    @Actor
    public void producer() {
        first.trySetResult(1);
    }

    /** Completes the other one. */
    @Actor
    public void otherProducer() {
        second.trySetResult(2);
    }

    /** Looks at the outcome. */
    @Arbiter
    public void outcome(I_Result r) {
        if (both.isDone()) {
            r.r1 = 10 * both.result().get(0) + both.result().get(1);
        }
    }

    /** Counts without care, as if the loop thread alone did. */
    @JCStressTest
    @Outcome(id = "12", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class GatherBroken {
        private volatile int missing = 2;
        private volatile int outcome;

        /** Completes one. */
        @Actor
        public void producer() {
            count();
        }

        /** Completes the other one. */
        @Actor
        public void otherProducer() {
            count();
        }

        private void count() {
            int left = missing - 1;
            Moment.pass();
            missing = left;
            if (left == 0) {
                outcome = 12;
            }
        }

        /** Looks at the outcome. */
        @Arbiter
        public void outcome(I_Result r) {
            r.r1 = outcome;
        }
    }
}
