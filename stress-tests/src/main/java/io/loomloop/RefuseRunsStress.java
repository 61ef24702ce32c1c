package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A loop is to run while another thread begins to close it: it runs before that, or not at all.
 *
 * <p>What is to be done before the run ends it with an exception, so no thread is started.
 */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "ran, and was closed then")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "ran, and could not be closed meanwhile")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "was closed")
@Outcome(expect = FORBIDDEN, desc = "ran although it was closed, or neither")
@State
public class RefuseRunsStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final LoopThread thread = new LoopThread(LOOP, "stress", LoopDriver.parking(), 0);

    /** Runs the loop. */
    @Actor
    public void runner(II_Result r) {
        try {
            thread.begin(() -> {
                r.r1 = thread.isClosing() ? 2 : 1;
                throw new Stop();
            });
        } catch (Stop end) {
            // it would have run
        } catch (IllegalStateException refused) {
            r.r1 = 0;
        }
    }

    /** Begins to close. */
    @Actor
    public void closer(II_Result r) {
        try {
            thread.refuseRuns();
            r.r2 = 1;
        } catch (IllegalStateException runs) {
            r.r2 = 0;
        }
    }

    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Stop() {
            super(null, null, false, false);
        }
    }

    /** Looks whether the loop is closing before it claims it, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "1, 0", "0, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RefuseRunsBroken {
        private final AtomicBoolean claimed = new AtomicBoolean();
        private volatile boolean closing;

        /** Runs the loop. */
        @Actor
        public void runner(II_Result r) {
            if (!closing) {
                Moment.pass();
                if (claimed.compareAndSet(false, true)) {
                    r.r1 = closing ? 2 : 1;
                    claimed.set(false);
                }
            }
        }

        /** Begins to close. */
        @Actor
        public void closer(II_Result r) {
            Moment.pass();
            if (claimed.compareAndSet(false, true)) {
                closing = true;
                claimed.set(false);
                r.r2 = 1;
            }
        }
    }
}
