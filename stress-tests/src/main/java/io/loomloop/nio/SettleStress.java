package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A race looks at an attempt while that fails: one that is settled has its failure, so it is not taken for the winner. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "0", expect = ACCEPTABLE, desc = "still under way, or failed")
@org.openjdk.jcstress.annotations.Outcome(id = "1", expect = FORBIDDEN, desc = "the winner, though it has failed")
@State
public class SettleStress {
    private final Meeting start = new Meeting();
    private final CompletionSocket socket =
            new CompletionSocket(FakeCompletions.engine(), new FakeConnection(), StreamOptions.DEFAULT);
    private final IOException refused = new IOException("refused");

    /** Fails. */
    @Actor
    public void io() {
        start.meet();
        socket.fail(refused);
    }

    /** Looks. */
    @Actor
    public void task(I_Result r) {
        start.meet();
        r.r1 = socket.isSettled() && socket.failure() == null ? 1 : 0;
    }

    /** Is settled first, and says why then. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "0", expect = ACCEPTABLE)
    @org.openjdk.jcstress.annotations.Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class SettleBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean settled;
        private volatile @Nullable Object failure;

        /** Fails. */
        @Actor
        public void io() {
            settled = true;
            moment.pass();
            failure = this;
        }

        /** Looks. */
        @Actor
        public void task(I_Result r) {
            moment.meet();
            r.r1 = settled && failure == null ? 1 : 0;
        }
    }
}
