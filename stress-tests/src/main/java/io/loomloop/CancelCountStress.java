package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads cancel a task: both requests count, and it is told. */
@JCStressTest
@Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "both count, and the task is told")
@Outcome(expect = FORBIDDEN, desc = "one is lost, or both")
@State
public class CancelCountStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final TaskThread<Integer> task = new TaskThread<>(loop.thread(), TaskOptions.named("stress"), () -> 1);

    /** Cancels. */
    @Actor
    public void canceller() {
        task.cancel("enough");
    }

    /** Cancels too. */
    @Actor
    public void otherCanceller() {
        task.cancel("enough of that");
    }

    /** The task looks for a request. */
    @Arbiter
    public void task(II_Result r) {
        r.r1 = task.cancelling();
        try {
            task.throwIfCancelled();
        } catch (CancelledException e) {
            r.r2 = 1;
        }
    }

    /** Counts without care, as if one thread did. */
    @JCStressTest
    @Outcome(id = "2, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CancelCountBroken {
        private volatile int requests;

        /** Cancels. */
        @Actor
        public void canceller() {
            int before = requests;
            Moment.pass();
            requests = before + 1;
        }

        /** Cancels too. */
        @Actor
        public void otherCanceller() {
            int before = requests;
            Moment.pass();
            requests = before + 1;
        }

        /** The task looks for a request. */
        @Arbiter
        public void task(II_Result r) {
            r.r1 = requests;
            r.r2 = requests > 0 ? 1 : 0;
        }
    }
}
