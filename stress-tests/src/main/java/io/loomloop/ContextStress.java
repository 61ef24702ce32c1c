package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads ask a task for its context, which is made then, and set a variable each: they get the same one, and none is lost. */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "both are set")
@Outcome(expect = FORBIDDEN, desc = "one is lost")
@State
public class ContextStress {
    private static final EventLoop LOOP = EventLoop.open();
    private static final ContextVar<Integer> FIRST = ContextVar.of("first");
    private static final ContextVar<Integer> SECOND = ContextVar.of("second");

    private final TaskThread<Integer> task = new TaskThread<>(LOOP.thread(), TaskOptions.named("stress"), () -> 1);

    /** Sets one. */
    @Actor
    public void asker() {
        task.context().set(FIRST, 1);
    }

    /** Sets the other one. */
    @Actor
    public void otherAsker() {
        task.context().set(SECOND, 2);
    }

    /** Looks at both. */
    @Arbiter
    public void values(II_Result r) {
        r.r1 = task.context().get(FIRST, 0);
        r.r2 = task.context().get(SECOND, 0);
    }

    /** Looks whether there is a context, and puts one there then. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ContextBroken {
        private static final class Values {
            volatile int first;
            volatile int second;
        }

        private volatile @Nullable Values context;

        /** Sets one. */
        @Actor
        public void asker() {
            context().first = 1;
        }

        /** Sets the other one. */
        @Actor
        public void otherAsker() {
            context().second = 2;
        }

        /** Looks at both. */
        @Arbiter
        public void values(II_Result r) {
            r.r1 = context().first;
            r.r2 = context().second;
        }

        private Values context() {
            Values held = context;
            if (held == null) {
                held = new Values();
                Moment.pass();
                context = held;
            }
            return held;
        }
    }
}
