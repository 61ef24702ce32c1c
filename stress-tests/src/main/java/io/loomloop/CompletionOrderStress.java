package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A future is completed while somebody is about to wait for the next one that is: the wait ends. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "the wait ends")
@Outcome(expect = FORBIDDEN, desc = "somebody waits and nobody tells it")
@State
public class CompletionOrderStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final LoopFuture<Integer> future = LOOP.createFuture();
    private final CompletionOrder<LoopFuture<Integer>> order = (CompletionOrder<LoopFuture<Integer>>)
            CompletionOrder.of(List.of(future), null).iterator();
    // reader, then arbiter
    private @Nullable LoopFuture<@Nullable Void> waiting;

    /** Is about to wait. */
    @Actor
    public void reader() {
        waiting = order.expectArrival();
    }

    /** Completes. */
    @Actor
    public void producer() {
        future.trySetResult(1);
    }

    /** Looks whether the wait ends. */
    @Arbiter
    public void told(I_Result r) {
        r.r1 = Objects.requireNonNull(waiting).isDone() ? 1 : 0;
    }

    /** Looks for what is done before it shows what it waits in, and not afterwards. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompletionOrderBroken {
        private final AtomicInteger told = new AtomicInteger();
        private volatile boolean done;
        private volatile @Nullable AtomicInteger step;

        /** Is about to wait. */
        @Actor
        public void reader() {
            if (done) {
                told.set(1);
            }
            Moment.pass();
            Moment.pass();
            step = told;
        }

        /** Completes. */
        @Actor
        public void producer() {
            Moment.pass();
            done = true;
            AtomicInteger waiting = step;
            if (waiting != null) {
                waiting.set(1);
            }
            Moment.pass();
        }

        /** Looks whether the wait ends. */
        @Arbiter
        public void told(I_Result r) {
            r.r1 = told.get();
        }
    }
}
