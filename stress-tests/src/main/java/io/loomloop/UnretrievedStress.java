package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two threads look for failures that nobody has seen, as the cleaner and the end of a loop may: each is reported once. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "reported once")
@Outcome(expect = FORBIDDEN, desc = "never, or twice")
@State
public class UnretrievedStress {
    private static final class Unseen extends RuntimeException {
        private static final long serialVersionUID = 1L;

        final transient AtomicInteger reports = new AtomicInteger();

        Unseen() {
            super(null, null, false, false);
        }
    }

    private static final EventLoop LOOP = EventLoop.builder()
            .exceptionHandler(
                    (loop, context) -> ((Unseen) Objects.requireNonNull(context.exception())).reports.incrementAndGet())
            .open();

    private final Unseen failure = new Unseen();
    private final LoopFuture<Integer> future = LOOP.createFuture();
    private final UnretrievedFailures failures = new UnretrievedFailures(LOOP);

    /** Nobody looks. */
    public UnretrievedStress() {
        failures.watch(future, new LoopFuture.Failure(failure));
    }

    /** Reports. */
    @Actor
    public void reporter() {
        failures.reportAll();
    }

    /** Reports too. */
    @Actor
    public void otherReporter() {
        failures.reportAll();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = failure.reports.get();
    }

    /** Looks whether the failure is there, and takes it then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class UnretrievedBroken {
        private final AtomicInteger reports = new AtomicInteger();
        private volatile @Nullable Object entry = this;

        /** Reports. */
        @Actor
        public void reporter() {
            report();
        }

        /** Reports too. */
        @Actor
        public void otherReporter() {
            report();
        }

        private void report() {
            if (entry != null) {
                Moment.pass();
                entry = null;
                reports.incrementAndGet();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = reports.get();
        }
    }
}
