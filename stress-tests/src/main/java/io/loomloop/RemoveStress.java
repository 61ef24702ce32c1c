package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** One of two callbacks is taken back while the future completes: it is taken back or called; the other is called once. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "taken back")
@Outcome(id = "0, 1, 1", expect = ACCEPTABLE, desc = "called")
@Outcome(expect = FORBIDDEN, desc = "both or neither, or the other one is lost")
@State
public class RemoveStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger otherCalls = new AtomicInteger();
    private final LoopFuture.Hook callback = calls::incrementAndGet;
    private final LoopFuture.Hook other = otherCalls::incrementAndGet;
    private final LoopFuture<Integer> future = LOOP.createFuture();

    /** Two callbacks are registered. */
    public RemoveStress() {
        future.addWaiter(callback);
        future.addWaiter(other);
    }

    /** Takes one back. */
    @Actor
    public void remover(III_Result r) {
        r.r1 = future.removeWaiters(callback);
    }

    /** Completes. */
    @Actor
    public void producer() {
        future.trySetResult(1);
    }

    /** Counts. */
    @Arbiter
    public void count(III_Result r) {
        r.r2 = calls.get();
        r.r3 = otherCalls.get();
    }

    /** Takes back by a plain store. */
    @JCStressTest
    @Outcome(id = "1, 0, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RemoveBroken {
        private final AtomicInteger calls = new AtomicInteger();
        private volatile @Nullable Runnable callback = calls::incrementAndGet;

        /** Takes back. */
        @Actor
        public void remover(III_Result r) {
            if (callback != null) {
                Moment.pass();
                callback = null;
                r.r1 = 1;
            }
        }

        /** Completes. */
        @Actor
        public void producer() {
            Runnable registered = callback;
            if (registered != null) {
                Moment.pass();
                callback = null;
                registered.run();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(III_Result r) {
            r.r2 = calls.get();
            r.r3 = 1;
        }
    }
}
