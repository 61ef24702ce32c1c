package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads enter the same context: one is inside at a time, the other one comes later or is refused. */
@JCStressTest
@Outcome(
        id = {"1, 0", "0, 1"},
        expect = ACCEPTABLE,
        desc = "one is refused")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "one after the other")
@Outcome(expect = FORBIDDEN, desc = "both at once, or both are refused")
@State
public class EnterStress {
    private final Context context = Context.empty();
    private final AtomicInteger inside = new AtomicInteger();

    /** Enters. */
    @Actor
    public void enterer(II_Result r) {
        r.r1 = enter();
    }

    /** Enters too. */
    @Actor
    public void otherEnterer(II_Result r) {
        r.r2 = enter();
    }

    private int enter() {
        try {
            return context.run(() -> {
                int present = inside.incrementAndGet();
                inside.decrementAndGet();
                return present;
            });
        } catch (IllegalStateException entered) {
            return 0;
        }
    }

    /** Looks whether somebody is inside, and enters then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class EnterBroken {
        private final AtomicInteger inside = new AtomicInteger();
        private volatile boolean entered;

        /** Enters. */
        @Actor
        public void enterer(II_Result r) {
            r.r1 = enter();
        }

        /** Enters too. */
        @Actor
        public void otherEnterer(II_Result r) {
            r.r2 = enter();
        }

        private int enter() {
            if (entered) {
                return 0;
            }
            Moment.pass();
            entered = true;
            int present = inside.incrementAndGet();
            Moment.pass();
            inside.decrementAndGet();
            entered = false;
            return present;
        }
    }
}
