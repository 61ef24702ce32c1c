package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads ask a group of two for the next loop: each gets another one. */
@JCStressTest
@Outcome(
        id = {"0, 1", "1, 0"},
        expect = ACCEPTABLE,
        desc = "one each")
@Outcome(expect = FORBIDDEN, desc = "both the same")
@State
public class LoopGroupStress {
    private static final List<EventLoop> LOOPS = List.of(EventLoop.open(), EventLoop.open());

    private final LoopGroup group = new LoopGroup(LOOPS);

    /** Asks. */
    @Actor
    public void asker(II_Result r) {
        r.r1 = LOOPS.indexOf(group.next());
    }

    /** Asks too. */
    @Actor
    public void otherAsker(II_Result r) {
        r.r2 = LOOPS.indexOf(group.next());
    }

    /** Counts without care. */
    @JCStressTest
    @Outcome(
            id = {"0, 1", "1, 0"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class LoopGroupBroken {
        private volatile int turn;

        /** Asks. */
        @Actor
        public void asker(II_Result r) {
            r.r1 = next();
        }

        /** Asks too. */
        @Actor
        public void otherAsker(II_Result r) {
            r.r2 = next();
        }

        private int next() {
            int mine = turn;
            Moment.pass();
            turn = (mine + 1) % 2;
            return mine;
        }
    }
}
