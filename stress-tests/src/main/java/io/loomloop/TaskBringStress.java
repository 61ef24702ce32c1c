package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Another thread brings tasks while the loop gives those that are there their places: none is lost, and all have places in the end. */
@JCStressTest
@Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "all are there, each in its place")
@Outcome(expect = FORBIDDEN, desc = "one is lost, or waits for its place for ever")
@State
public class TaskBringStress {
    private static final EventLoop LOOP =
            EventLoop.builder().slowStepThreshold(Duration.ZERO).open();

    private final Tasks tasks = new Tasks(LOOP.thread(), TaskFactory.DEFAULT);
    private final TaskThread<?> first = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 1);
    private final TaskThread<?> second = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 2);
    private final TaskThread<?> third = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 3);

    /** One was brought. */
    public TaskBringStress() {
        tasks.bring(first);
    }

    /** Settles what was brought. */
    @Actor
    public void loop() {
        tasks.settle();
    }

    /** Brings two more. */
    @Actor
    public void creator() {
        tasks.bring(second);
        tasks.bring(third);
    }

    /** Looks what is there in the end, when the next task that has no place begins. */
    @Arbiter
    public void end(II_Result r) {
        tasks.settle();
        r.r1 = tasks.live().size();
        r.r2 = tasks.hasBrought() ? 1 : 0;
    }

    /** Cuts off what was brought without a look at what came meanwhile. */
    @JCStressTest
    @Outcome(id = "3, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TaskBringBroken {
        private record Chain(@Nullable Chain earlier) {}

        private final AtomicReference<@Nullable Chain> brought = new AtomicReference<>(new Chain(null));
        private int settled;

        /** Settles what was brought. */
        @Actor
        public void loop() {
            for (Chain one = brought.get(); one != null; one = one.earlier()) {
                settled++;
            }
            Moment.pass();
            brought.set(null);
        }

        /** Brings two more. */
        @Actor
        public void creator() {
            bring();
            bring();
        }

        private void bring() {
            Chain before;
            do {
                before = brought.get();
            } while (!brought.compareAndSet(before, new Chain(before)));
        }

        /** Looks what is there in the end. */
        @Arbiter
        public void end(II_Result r) {
            loop();
            r.r1 = settled;
        }
    }
}
