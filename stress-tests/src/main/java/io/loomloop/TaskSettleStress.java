package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Another thread asks for the live tasks while the loop gives one that came from elsewhere its place: it sees that task, once. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "seen")
@Outcome(expect = FORBIDDEN, desc = "missed, or there twice")
@State
public class TaskSettleStress {
    private static final EventLoop LOOP =
            EventLoop.builder().slowStepThreshold(Duration.ZERO).open();

    private final Tasks tasks = new Tasks(LOOP.thread(), TaskFactory.DEFAULT);
    private final TaskThread<?> task = new TaskThread<>(LOOP.thread(), TaskOptions.DEFAULT, () -> 1);

    /** Another thread has brought it. */
    public TaskSettleStress() {
        tasks.bring(task);
    }

    /** Settles it. */
    @Actor
    public void loop() {
        tasks.settle();
    }

    /** Looks. */
    @Actor
    public void other(I_Result r) {
        for (TaskThread<?> live : tasks.live()) {
            if (live == task) {
                r.r1++;
            }
        }
    }

    /** Lets go of it before it is in the table. */
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
            Moment.pass();
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
