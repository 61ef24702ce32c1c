package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A task is cancelled by another thread while it looks for requests: it gets the request once, there or at its next wait.
 *
 * <p>The callback that delivers the request runs right behind the request, in the cancelling thread; on a loop it would run later.
 */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "at this look")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "at the next look")
@Outcome(expect = FORBIDDEN, desc = "never or twice, or not counted once")
@State
public class TaskCancelStress {
    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final TaskThread<Integer> task = new TaskThread<>(loop.thread(), TaskOptions.named("stress"), () -> 1);

    /** Cancels. */
    @Actor
    public void canceller() {
        task.cancel("enough");
        ReadyQueue queue = loop.thread().ready;
        queue.takeForeign();
        ((Handle) Objects.requireNonNull(queue.poll())).run();
    }

    /** Looks for a request. */
    @Actor
    public void task(III_Result r) {
        r.r1 = look();
    }

    /** Looks once more. */
    @Arbiter
    public void next(III_Result r) {
        r.r2 = look();
        r.r3 = task.cancelling();
    }

    private int look() {
        try {
            task.throwIfCancelled();
            return 0;
        } catch (CancelledException e) {
            return 1;
        }
    }

    /** Delivers what may have been taken. */
    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TaskCancelBroken {
        private volatile @Nullable Object request;

        /** Cancels. */
        @Actor
        public void canceller() {
            request = this;
            for (int i = 0; i < 300; i++) {
                Thread.onSpinWait(); // the callback comes a little later
            }
            request = this; // delivered, without a look whether it was taken
        }

        /** Looks for a request. */
        @Actor
        public void task(III_Result r) {
            r.r1 = look();
        }

        /** Looks once more. */
        @Arbiter
        public void next(III_Result r) {
            r.r2 = look();
            r.r3 = 1;
        }

        private int look() {
            if (request == null) {
                return 0;
            }
            request = null;
            return 1;
        }
    }
}
