package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Work is submitted while the queue closes: it is refused, or accepted and handed over; never lost. */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "refused")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "accepted and handed over")
@Outcome(expect = FORBIDDEN, desc = "lost, or refused and handed over")
@State
public class CloseStress {
    private final ReadyQueue queue = new ReadyQueue(LoopDriver.parking());

    /** Submits. */
    @Actor
    public void producer(II_Result r) {
        r.r1 = queue.push(this) ? 1 : 0;
    }

    /** Closes. */
    @Actor
    public void loop(II_Result r) {
        queue.close(leftover -> r.r2++);
    }

    /** Closes without looking whether something came after it took what was there. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE)
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseBroken {
        private static final Object CLOSED = new Object();

        private final AtomicReference<@Nullable Object> inbox = new AtomicReference<>();

        /** Submits. */
        @Actor
        public void producer(II_Result r) {
            Moment.pass();
            r.r1 = inbox.compareAndSet(null, this) ? 1 : 0;
            Moment.pass();
        }

        /** Closes. */
        @Actor
        public void loop(II_Result r) {
            if (inbox.get() != null) {
                r.r2 = 1;
            }
            Moment.pass();
            Moment.pass();
            inbox.set(CLOSED);
        }
    }
}
