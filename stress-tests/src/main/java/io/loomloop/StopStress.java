package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Something is submitted while the executor stops: it is taken back by one of the two, and the executor has ended. */
@JCStressTest
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "accepted, and taken back by who stops")
@Outcome(id = "0, 0, 1", expect = ACCEPTABLE, desc = "refused, or taken back by who submits")
@Outcome(expect = FORBIDDEN, desc = "in nobody's hands, or in both's")
@State
public class StopStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final LoopExecutor executor = new LoopExecutor(loop, null);

    /** Submits. */
    @Actor
    public void submitter(III_Result r) {
        try {
            var unused = executor.schedule(() -> {}, 1, TimeUnit.HOURS);
            r.r1 = 1;
        } catch (RejectedExecutionException refused) {
            r.r1 = 0;
        }
    }

    /** Stops. */
    @Actor
    public void closer(III_Result r) {
        r.r2 = executor.shutdownNow().size();
    }

    /** Looks whether the executor has ended. */
    @Arbiter
    public void end(III_Result r) {
        r.r3 = executor.isTerminated() ? 1 : 0;
    }

    /** Looks at the flag before it puts the submission in the set, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "0, 0, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class StopBroken {
        private final Queue<Object> accepted = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;

        /** Submits. */
        @Actor
        public void submitter(III_Result r) {
            if (!closed) {
                Moment.pass();
                accepted.add(this);
                r.r1 = 1;
            }
        }

        /** Stops. */
        @Actor
        public void closer(III_Result r) {
            Moment.pass();
            closed = true;
            r.r2 = accepted.poll() == null ? 0 : 1;
            r.r3 = 1;
        }
    }
}
