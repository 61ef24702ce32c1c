package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A submission is taken back while its task begins: it runs or is taken back. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "has run")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "taken back")
@Outcome(expect = FORBIDDEN, desc = "both, or neither")
@State
public class SubmissionStress {
    private static final EventLoop LOOP = EventLoop.open();
    private static final LoopExecutor EXECUTOR = new LoopExecutor(LOOP, null);

    // task only
    private int runs;
    private final Submission submission = new Submission(EXECUTOR, () -> runs++);

    /** Begins. */
    @Actor
    public void task(II_Result r) {
        submission.run();
        r.r1 = runs;
    }

    /** Takes it back. */
    @Actor
    public void canceller(II_Result r) {
        r.r2 = submission.drop() ? 1 : 0;
    }

    /** Looks first and takes its turn then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SubmissionBroken {
        private static final int WAITING = 0;
        private static final int RUNNING = 1;
        private static final int OVER = 2;

        private volatile int state = WAITING;

        /** Begins. */
        @Actor
        public void task(II_Result r) {
            if (state == WAITING) {
                Moment.pass();
                state = RUNNING;
                r.r1 = 1;
            }
        }

        /** Takes it back. */
        @Actor
        public void canceller(II_Result r) {
            if (state == WAITING) {
                Moment.pass();
                state = OVER;
                r.r2 = 1;
            }
        }
    }
}
