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
import org.openjdk.jcstress.infra.results.I_Result;

/** A callback is registered while its future completes: it is called once, by either side. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "called once")
@Outcome(expect = FORBIDDEN, desc = "never, or twice")
@State
public class CallbackStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final AtomicInteger calls = new AtomicInteger();
    private final LoopFuture<Integer> future = LOOP.createFuture();

    /** Registers. */
    @Actor
    public void registrar() {
        LoopFuture.Hook callback = calls::incrementAndGet;
        if (!future.addWaiter(callback)) {
            callback.completed();
        }
    }

    /** Completes. */
    @Actor
    public void producer() {
        future.trySetResult(1);
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = calls.get();
    }

    /** Registers in one field and completes in another. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CallbackBroken {
        private final AtomicInteger calls = new AtomicInteger();
        private volatile boolean done;
        private volatile @Nullable Runnable callback;

        /** Registers. */
        @Actor
        public void registrar() {
            if (done) {
                calls.incrementAndGet();
            } else {
                Moment.pass();
                callback = calls::incrementAndGet;
            }
        }

        /** Completes. */
        @Actor
        public void producer() {
            Moment.pass();
            done = true;
            Runnable registered = callback;
            if (registered != null) {
                registered.run();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = calls.get();
        }
    }
}
