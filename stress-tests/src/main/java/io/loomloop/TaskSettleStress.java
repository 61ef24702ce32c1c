package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * While the loop gives tasks that came from elsewhere their places, another thread brings one more, and a third asks for the live
 * tasks: it sees the one that was there, once; and none is lost.
 */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "seen once; in the end both are there")
@Outcome(expect = FORBIDDEN, desc = "missed, or there twice, or lost")
@State
public class TaskSettleStress {
    private static final EventLoop LOOP =
            EventLoop.builder().slowStepThreshold(Duration.ZERO).open();

    private final Tasks tasks = new Tasks(LOOP.thread(), TaskFactory.DEFAULT);
    private final TaskThread<?> first = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 1);
    private final TaskThread<?> second = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 2);

    /** One was brought. */
    public TaskSettleStress() {
        tasks.bring(first);
    }

    /** Settles what was brought. */
    @Actor
    public void loop() {
        tasks.settle();
    }

    /** Brings another. */
    @Actor
    public void creator() {
        tasks.bring(second);
    }

    /** Looks. */
    @Actor
    public void other(II_Result r) {
        for (TaskThread<?> live : tasks.live()) {
            if (live == first) {
                r.r1++;
            }
        }
    }

    /** Looks what is there in the end. */
    @Arbiter
    public void end(II_Result r) {
        tasks.settle();
        r.r2 = tasks.hasBrought() ? -1 : tasks.live().size();
    }

    /** Lets go of what was brought before it is in the table. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TaskSettleBroken {
        private final TaskTable made = new TaskTable(2);
        private final TaskThread<?> task = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 1);
        private volatile @Nullable TaskThread<?> brought = task;

        /** Settles it. */
        @Actor
        public void loop() {
            brought = null;
            made.add(task);
        }

        /** Looks. */
        @Actor
        public void other(I_Result r) {
            TaskThread<?> found = brought;
            Set<TaskThread<?>> live = new HashSet<>(found == null ? List.of() : List.of(found));
            made.copyTo(live);
            r.r1 = live.size();
        }
    }
}
