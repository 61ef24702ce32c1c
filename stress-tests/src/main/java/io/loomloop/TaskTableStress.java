package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Another thread goes through the table while it grows and shrinks around a task that stays: it sees that task. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "seen")
@Outcome(expect = FORBIDDEN, desc = "missed, or there twice")
@State
public class TaskTableStress {
    private static final int PASSING = 9;
    private static final LoopThread HOME =
            EventLoop.builder().slowStepThreshold(Duration.ZERO).open().thread();

    private final TaskTable table = new TaskTable(2);
    private final List<TaskThread<?>> passing = new ArrayList<>();
    private final TaskThread<?> staying = task();

    /** The one that stays is not the first, so that it moves. */
    public TaskTableStress() {
        for (int i = 0; i < PASSING; i++) {
            passing.add(task());
        }
        table.add(passing.get(0));
        table.add(staying);
    }

    private static TaskThread<?> task() {
        return new TaskThread<>(HOME, TaskOptions.DEFAULT, () -> 1);
    }

    /** Has the table grow, and shrink again. */
    @Actor
    public void loop() {
        for (int i = 1; i < PASSING; i++) {
            table.add(passing.get(i));
        }
        passing.forEach(table::remove);
    }

    /** Looks. */
    @Actor
    public void other(I_Result r) {
        List<TaskThread<?>> seen = new ArrayList<>();
        table.copyTo(seen);
        for (TaskThread<?> task : seen) {
            if (task == staying) {
                r.r1++;
            }
        }
    }

    /** Moves what stays to a place that is free, in the same table. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class TaskTableBroken {
        private final @Nullable Object[] places = new Object[200];

        /** What stays is the last one. */
        public TaskTableBroken() {
            places[places.length - 1] = this;
        }

        /** Moves it to the front. */
        @Actor
        public void loop() {
            places[0] = this;
            places[places.length - 1] = null;
        }

        /** Looks. */
        @Actor
        public void other(I_Result r) {
            for (Object place : places) {
                if (place == this) {
                    r.r1++;
                }
            }
        }
    }
}
