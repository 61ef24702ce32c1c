package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Something is submitted while the executor shuts down: it is counted, and the executor waits for it, or it is refused. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "accepted: the executor ends with it")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "refused: the executor has ended")
@Outcome(expect = FORBIDDEN, desc = "accepted and not waited for, or the executor never ends")
@State
public class ShutdownStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final LoopExecutor executor = new LoopExecutor(loop, null);

    // submitter, then arbiter
    private @Nullable ScheduledFuture<?> accepted;

    /** Submits. */
    @Actor
    public void submitter(III_Result r) {
        try {
            accepted = executor.schedule(() -> {}, 1, TimeUnit.HOURS);
            r.r1 = 1;
        } catch (RejectedExecutionException refused) {
            r.r1 = 0;
        }
    }

    /** Shuts down. */
    @Actor
    public void closer() {
        executor.shutdown();
    }

    /** Looks whether the executor has ended, before and after the end of what was accepted. */
    @Arbiter
    public void end(III_Result r) {
        r.r2 = executor.isTerminated() ? 1 : 0;
        if (accepted != null) {
            accepted.cancel(false);
        }
        r.r3 = executor.isTerminated() ? 1 : 0;
    }

    /** Looks at the flag, and counts then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ShutdownBroken {
        private final AtomicInteger submissions = new AtomicInteger();
        private volatile boolean shutdown;
        private volatile boolean terminated;

        /** Submits. */
        @Actor
        public void submitter(III_Result r) {
            if (!shutdown) {
                Moment.pass();
                submissions.incrementAndGet();
                r.r1 = 1;
            }
        }

        /** Shuts down. */
        @Actor
        public void closer() {
            Moment.pass();
            shutdown = true;
            if (submissions.get() == 0) {
                terminated = true;
            }
        }

        /** Looks whether the executor has ended. */
        @Arbiter
        public void end(III_Result r) {
            r.r2 = terminated ? 1 : 0;
            r.r3 = 1;
        }
    }
}
