package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The loop closes while somebody is about to wait for the end of an executor: the executor ends. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "the executor has ended")
@Outcome(expect = FORBIDDEN, desc = "somebody waits for ever")
@State
public class AwaitEndStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final LoopExecutor executor = new LoopExecutor(loop, null);
    private final Submissions submissions = loop.service(Submissions.class, Submissions::new);

    /** Is about to wait. */
    @Actor
    public void waiter() {
        submissions.expectEnd(executor);
    }

    /** Closes. */
    @Actor
    public void closer() {
        submissions.close();
    }

    /** Looks whether the executor has ended. */
    @Arbiter
    public void end(I_Result r) {
        r.r1 = executor.isTerminated() ? 1 : 0;
    }

    /** Looks whether the loop was closed before it says that it waits, and not afterwards. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AwaitEndBroken {
        private final Queue<Object> awaited = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;
        private volatile boolean ended;

        /** Is about to wait. */
        @Actor
        public void waiter() {
            if (closed) {
                ended = true;
            }
            Moment.pass();
            Moment.pass();
            awaited.add(this);
        }

        /** Closes. */
        @Actor
        public void closer() {
            Moment.pass();
            closed = true;
            if (awaited.poll() != null) {
                ended = true;
            }
            Moment.pass();
        }

        /** Looks whether the executor has ended. */
        @Arbiter
        public void end(I_Result r) {
            r.r1 = ended ? 1 : 0;
        }
    }
}
