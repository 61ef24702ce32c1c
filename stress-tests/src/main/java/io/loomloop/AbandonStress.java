package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Something is submitted while the loop closes: it is refused, or its future is cancelled; nobody waits for it in vain. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "accepted, and cancelled by who closes")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused, or taken back by who submits")
@Outcome(expect = FORBIDDEN, desc = "accepted, and never done")
@State
public class AbandonStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final LoopExecutor executor = new LoopExecutor(loop, null);
    private final Submissions submissions = loop.service(Submissions.class, Submissions::new);

    // submitter, then arbiter
    private @Nullable ScheduledFuture<?> accepted;

    /** Submits. */
    @Actor
    public void submitter(II_Result r) {
        try {
            accepted = executor.schedule(() -> {}, 1, TimeUnit.HOURS);
            r.r1 = 1;
        } catch (RejectedExecutionException refused) {
            r.r1 = 0;
        }
    }

    /** Closes. */
    @Actor
    public void closer() {
        submissions.close();
    }

    /** Looks whether it was cancelled. */
    @Arbiter
    public void end(II_Result r) {
        r.r2 = accepted != null && accepted.isCancelled() ? 1 : 0;
    }

    /** Looks at the flag before it puts the submission in the set, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 0"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AbandonBroken {
        private final Queue<Object> accepted = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;

        /** Submits. */
        @Actor
        public void submitter(II_Result r) {
            if (!closed) {
                Moment.pass();
                accepted.add(this);
                r.r1 = 1;
            }
        }

        /** Closes. */
        @Actor
        public void closer(II_Result r) {
            Moment.pass();
            closed = true;
            r.r2 = accepted.poll() == null ? 0 : 1;
        }
    }
}
