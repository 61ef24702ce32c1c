package io.loomloop.coroutine;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.Moment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A thread drives a generator to its end, where it belongs to nobody any more, while another one looks at it: the body runs once. */
@JCStressTest
@Outcome(
        id = {"1, 0, 1", "0, 1, 1"},
        expect = ACCEPTABLE,
        desc = "one of them was refused")
@Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "one of them saw the end")
@Outcome(expect = FORBIDDEN, desc = "the body ran twice or never, or one of them saw an item")
@State
public class FrameEndStress {
    // whoever drives, then arbiter
    private int runs;
    private final Generator<Integer> generator = Generator.of(out -> {
        runs++;
    });

    /** Drives. */
    @Actor
    public void driver(III_Result r) {
        r.r1 = look();
    }

    /** Drives too. */
    @Actor
    public void otherDriver(III_Result r) {
        r.r2 = look();
    }

    /** Counts. */
    @Arbiter
    public void count(III_Result r) {
        r.r3 = runs;
    }

    private int look() {
        try {
            return generator.hasNext() ? 2 : 1;
        } catch (IllegalStateException another) {
            return 0;
        }
    }

    /** Gives it back before it says that it has ended. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 1", "1, 1, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class FrameEndBroken {
        private final AtomicReference<@Nullable Thread> owner = new AtomicReference<>();
        private volatile boolean done;
        // whoever drives, then arbiter
        private volatile int runs;

        /** Drives. */
        @Actor
        public void driver(III_Result r) {
            r.r1 = look();
        }

        /** Drives too. */
        @Actor
        public void otherDriver(III_Result r) {
            r.r2 = look();
        }

        /** Counts. */
        @Arbiter
        public void count(III_Result r) {
            r.r3 = runs;
        }

        @SuppressWarnings("NonAtomicVolatileUpdate") // the owner only
        private int look() {
            if (!owner.compareAndSet(null, Thread.currentThread())) {
                return 0;
            }
            if (!done) {
                runs++;
            }
            owner.set(null);
            Moment.pass();
            done = true;
            return 1;
        }
    }
}
