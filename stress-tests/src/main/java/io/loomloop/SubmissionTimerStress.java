package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A submission is taken back while its timer is set: one of the two cancels the timer. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "taken back, and no timer is left")
@Outcome(expect = FORBIDDEN, desc = "the timer is left")
@State
public class SubmissionTimerStress {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final Submission submission = new Submission(new LoopExecutor(loop, null), () -> {});

    /** Sets the timer. */
    @Actor
    public void submitter() {
        submission.setTimer(HOUR);
    }

    /** Takes it back. */
    @Actor
    public void canceller(II_Result r) {
        r.r1 = submission.drop() ? 1 : 0;
    }

    /** The loop takes in what was asked of it. */
    @Arbiter
    public void loop(II_Result r) {
        ReadyQueue queue = loop.thread().ready;
        queue.takeForeign();
        for (Object step = queue.poll(); step != null; step = queue.poll()) {
            ((Runnable) step).run();
        }
        r.r2 = loop.thread().timerCount();
    }

    /** Looks at the state before it sets the timer, and not afterwards. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SubmissionTimerBroken {
        private final AtomicInteger timers = new AtomicInteger(1);
        private volatile boolean over;
        private volatile @Nullable AtomicInteger timer;

        /** Sets the timer. */
        @Actor
        public void submitter() {
            if (over) {
                timers.set(0);
            }
            Moment.pass();
            Moment.pass();
            timer = timers;
        }

        /** Takes it back. */
        @Actor
        public void canceller(II_Result r) {
            Moment.pass();
            over = true;
            AtomicInteger set = timer;
            if (set != null) {
                set.set(0);
            }
            Moment.pass();
            r.r1 = 1;
        }

        /** Looks whether the timer is left. */
        @Arbiter
        public void loop(II_Result r) {
            r.r2 = timers.get();
        }
    }
}
