package io.loomloop.sync;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import io.loomloop.Moment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads bind a queue to different loops: it belongs to one of them, and the other thread hears of it. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "it belongs to the first loop")
@Outcome(id = "0, 1, 2", expect = ACCEPTABLE, desc = "it belongs to the second loop")
@Outcome(expect = FORBIDDEN, desc = "to both or neither, or somebody was told wrong")
@State
public class HomeLoopStress {
    private static final EventLoop FIRST = EventLoop.open();
    private static final EventLoop SECOND = EventLoop.open();

    private final HomeLoop home = new HomeLoop(LoopQueue.class);

    /** Binds to one. */
    @Actor
    public void binder(III_Result r) {
        r.r1 = bind(FIRST);
    }

    /** Binds to another one. */
    @Actor
    public void otherBinder(III_Result r) {
        r.r2 = bind(SECOND);
    }

    /** Asks where it belongs. */
    @Arbiter
    public void owner(III_Result r) {
        r.r3 = home.requireLoop() == FIRST ? 1 : 2;
    }

    private int bind(EventLoop loop) {
        try {
            home.bindTo(loop);
            return 1;
        } catch (IllegalStateException another) {
            return 0;
        }
    }

    /** Looks whether it belongs to somebody, and binds it then. */
    @JCStressTest
    @Outcome(
            id = {"1, 0, 1", "0, 1, 2"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class HomeLoopBroken {
        private volatile int home;

        /** Binds to one. */
        @Actor
        public void binder(III_Result r) {
            r.r1 = bind(1);
        }

        /** Binds to another one. */
        @Actor
        public void otherBinder(III_Result r) {
            r.r2 = bind(2);
        }

        /** Asks where it belongs. */
        @Arbiter
        public void owner(III_Result r) {
            r.r3 = home;
        }

        private int bind(int loop) {
            if (home != 0) {
                return 0;
            }
            Moment.pass();
            home = loop;
            return 1;
        }
    }
}
