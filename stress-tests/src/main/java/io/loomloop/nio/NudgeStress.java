package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Something happens while a callback begins that was asked for before: it finds that, or another one is asked for. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "found")
@Outcome(expect = FORBIDDEN, desc = "nobody looks")
@State
public class NudgeStress {
    private final Meeting start = new Meeting();
    private final Queue<Runnable> loop = new ConcurrentLinkedQueue<>();
    private final Nudge nudge = new Nudge(loop::add, this::look);
    private volatile boolean happened;
    // the loop's actor, then the arbiter
    private boolean found;

    /** It was asked for. */
    public NudgeStress() {
        boolean unused = nudge.schedule();
    }

    private void look() {
        found |= happened;
    }

    /** Runs one callback. */
    @Actor
    public void task() {
        start.meet();
        Objects.requireNonNull(loop.poll()).run();
    }

    /** Has something happen. */
    @Actor
    public void io() {
        start.meet();
        happened = true;
        boolean unused = nudge.schedule();
    }

    /** Runs the rest. */
    @Arbiter
    public void rest(I_Result r) {
        loop.forEach(Runnable::run);
        r.r1 = found ? 1 : 0;
    }

    /** Looks first, and says that it has begun then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class NudgeBroken {
        private final Meeting moment = new Meeting();
        private final AtomicBoolean scheduled = new AtomicBoolean(true);
        private volatile boolean happened;
        private volatile boolean found;

        /** Runs one callback. */
        @Actor
        public void task() {
            found = happened;
            moment.pass();
            scheduled.set(false);
        }

        /** Has something happen. */
        @Actor
        public void io() {
            moment.meet();
            happened = true;
            boolean unused = scheduled.compareAndSet(false, true);
        }

        /** Sees whether somebody has looked, or will. */
        @Arbiter
        public void rest(I_Result r) {
            r.r1 = found || scheduled.get() ? 1 : 0;
        }
    }
}
