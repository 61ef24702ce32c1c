package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A task takes back the request it has while another thread cancels it anew: the new request counts, and the task is told of it. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one request is left, and the task is told")
@Outcome(expect = FORBIDDEN, desc = "the new request is lost")
@State
public class UncancelStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final TaskThread<Integer> task = new TaskThread<>(loop.thread(), TaskOptions.named("stress"), () -> 1);

    /** Somebody has cancelled. */
    public UncancelStress() {
        task.cancel("enough");
    }

    /** Takes a request back. */
    @Actor
    public void task() {
        task.uncancel();
    }

    /** Cancels. */
    @Actor
    public void canceller() {
        task.cancel("enough of that");
    }

    /** The task looks for a request. */
    @Arbiter
    public void next(II_Result r) {
        r.r1 = task.cancelling();
        try {
            task.throwIfCancelled();
        } catch (CancelledException e) {
            r.r2 = 1;
        }
    }

    /** Takes back whatever request there is. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UncancelBroken {
        private final AtomicInteger requests = new AtomicInteger(1);
        private volatile @Nullable Object pending = this;

        /** Takes a request back. */
        @Actor
        public void task() {
            if (requests.getAndDecrement() == 1) {
                Moment.pass();
                pending = null;
            }
        }

        /** Cancels. */
        @Actor
        public void canceller() {
            requests.incrementAndGet();
            pending = this;
            Moment.pass();
        }

        /** The task looks for a request. */
        @Arbiter
        public void next(II_Result r) {
            r.r1 = requests.get();
            r.r2 = pending == null ? 0 : 1;
        }
    }
}
