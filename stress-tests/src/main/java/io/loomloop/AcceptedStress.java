package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Submissions come and end while somebody lists them, which is when those that have ended leave the chain: one that is there all the
 * time is listed, and none is lost.
 */
@JCStressTest
@Outcome(
        id = "1, 1, 0",
        expect = ACCEPTABLE,
        desc = "listed; both that stay are there in the end, those that ended are not")
@Outcome(expect = FORBIDDEN, desc = "missed, lost, or still there")
@State
public class AcceptedStress {
    private static final EventLoop LOOP =
            EventLoop.builder().slowStepThreshold(Duration.ZERO).open();
    private static final LoopExecutor EXECUTOR = new LoopExecutor(LOOP, null);

    private final Submissions submissions = new Submissions(LOOP);
    private final Submission ends = new Submission(EXECUTOR, () -> {});
    private final Submission stays = new Submission(EXECUTOR, () -> {});
    private final Submission endsToo = new Submission(EXECUTOR, () -> {});
    private final Submission comes = new Submission(EXECUTOR, () -> {});

    /** Three are there. */
    public AcceptedStress() {
        submissions.add(ends);
        submissions.add(stays);
        submissions.add(endsToo);
    }

    /** Ends two. */
    @Actor
    public void loop() {
        submissions.remove(ends);
        submissions.remove(endsToo);
    }

    /** Submits another. */
    @Actor
    public void submitter() {
        submissions.add(comes);
    }

    /** Lists them. */
    @Actor
    public void other(III_Result r) {
        r.r1 = submissions.of(EXECUTOR).contains(stays) ? 1 : 0;
    }

    /** Looks what is there in the end. */
    @Arbiter
    public void end(III_Result r) {
        List<Submission> left = submissions.of(EXECUTOR);
        r.r2 = left.contains(stays) && left.contains(comes) ? 1 : 0;
        r.r3 = left.size() - 2;
    }

    /** Puts the rest of the chain in place of the chain without a look at who came meanwhile. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AcceptedBroken {
        private static final Waiter PLACE = new Waiter("ended", null);
        private volatile @Nullable Waiter newest = PLACE;

        /** Ends the one that is there. */
        @Actor
        public void loop() {
            Waiter before = newest;
            newest = before == PLACE ? null : before;
        }

        /** Submits one. */
        @Actor
        public void submitter() {
            newest = new Waiter("comes", newest);
        }

        /** Looks whether it is there. */
        @Arbiter
        public void end(I_Result r) {
            r.r1 = newest == null ? 0 : 1;
        }
    }
}
