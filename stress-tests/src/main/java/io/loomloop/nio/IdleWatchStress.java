package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.time.Duration;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A deadline's timer is set anew while the connection is closed: no timer is left to hold it. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "no timer is left")
@Outcome(expect = FORBIDDEN, desc = "the timer was set too late to be cancelled")
@State
public class IdleWatchStress {
    private final Meeting start = new Meeting();
    private static final TimerField TIMER = new TimerField(IdleWatch.class, "timer");

    private final EventLoop loop =
            EventLoop.builder().name("stress").slowStepThreshold(Duration.ZERO).open();
    private final IdleWatch watch = Objects.requireNonNull(IdleWatch.of(loop, () -> {}, null, Duration.ofHours(1)));

    /** It is watched; the timer has fired. */
    public IdleWatchStress() {
        watch.begin();
    }

    /** Sets the timer for what is left. */
    @Actor
    public void task() {
        start.meet();
        watch.look();
    }

    /** Closes. */
    @Actor
    public void io() {
        start.meet();
        watch.end();
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        r.r1 = TIMER.isPending(watch) ? 1 : 0;
    }

    /** Looks whether the connection is closed before it sets the timer, and not after. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class IdleWatchBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean ended;
        private volatile boolean timer;

        /** Sets the timer for what is left. */
        @Actor
        public void task() {
            if (!ended) {
                moment.pass();
                timer = true;
            }
        }

        /** Closes. */
        @Actor
        public void io() {
            moment.meet();
            ended = true;
            if (timer) {
                timer = false;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = timer ? 1 : 0;
        }
    }
}
