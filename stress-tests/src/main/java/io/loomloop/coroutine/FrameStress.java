package io.loomloop.coroutine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.Moment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads drive a generator: it belongs to the first of them, and the other one is refused. */
@JCStressTest
@Outcome(
        id = {"1, 0, 1", "0, 1, 1"},
        expect = ACCEPTABLE,
        desc = "one of them has the item")
@Outcome(expect = FORBIDDEN, desc = "both or neither, or the body ran twice")
@State
public class FrameStress {
    // whoever drives, then arbiter
    private int runs;
    private final Generator<Integer> generator = Generator.of(out -> {
        runs++;
        out.yield(1);
    });

    /** Drives. */
    @Actor
    public void driver(III_Result r) {
        r.r1 = next();
    }

    /** Drives too. */
    @Actor
    public void otherDriver(III_Result r) {
        r.r2 = next();
    }

    /** Counts. */
    @Arbiter
    public void count(III_Result r) {
        r.r3 = runs;
    }

    private int next() {
        try {
            return generator.next();
        } catch (IllegalStateException another) {
            return 0;
        }
    }

    /** Looks whether it belongs to somebody, and takes it then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class FrameBroken {
        private final AtomicInteger runs = new AtomicInteger();
        private volatile @Nullable Thread owner;

        /** Drives. */
        @Actor
        public void driver(III_Result r) {
            r.r1 = next();
        }

        /** Drives too. */
        @Actor
        public void otherDriver(III_Result r) {
            r.r2 = next();
        }

        /** Counts. */
        @Arbiter
        public void count(III_Result r) {
            r.r3 = runs.get();
        }

        private int next() {
            if (owner != null) {
                return 0;
            }
            Moment.pass();
            owner = Thread.currentThread();
            runs.incrementAndGet();
            return 1;
        }
    }
}
