package io.loomloop.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import io.loomloop.LoopClosedException;
import io.loomloop.LoopFuture;
import io.loomloop.Moment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** An item is offered while the loop closes: it is refused, or its future fails; nobody waits for it in vain. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "taken in, and failed by who closes")
@Outcome(
        id = {"0, 0", "0, 1"},
        expect = ACCEPTABLE,
        desc = "refused")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "taken in, and never done")
@State
public class OfferStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final PendingOffers offers = new PendingOffers(LOOP);
    private final LoopFuture<Integer> offer = LOOP.createFuture();

    /** Offers. */
    @Actor
    public void producer(II_Result r) {
        try {
            offers.add(offer);
            r.r1 = 1;
        } catch (LoopClosedException refused) {
            r.r1 = 0;
        }
    }

    /** Closes. */
    @Actor
    public void closer() {
        offers.close();
    }

    /** Looks whether the offer failed; one that is refused may have been cancelled. */
    @Arbiter
    public void end(II_Result r) {
        r.r2 = offer.isDone() && !offer.isCancelled() && offer.exception() != null ? 1 : 0;
    }

    /** Looks whether the loop was closed before it adds the offer, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "0, 0", "0, 1"},
            expect = ACCEPTABLE)
    @Outcome(id = "1, 0", expect = FORBIDDEN)
    @State
    public static class OfferBroken {
        private final Queue<Object> offers = new ConcurrentLinkedQueue<>();
        private volatile boolean closed;

        /** Offers. */
        @Actor
        public void producer(II_Result r) {
            if (!closed) {
                Moment.pass();
                offers.add(this);
                r.r1 = 1;
            }
        }

        /** Closes. */
        @Actor
        public void closer(II_Result r) {
            Moment.pass();
            closed = true;
            r.r2 = offers.poll() == null ? 0 : 1;
        }
    }
}
