package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Somebody closes a connection while a task begins to copy a file there: the end waits for the file, or the task copies nothing. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the end waits")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it has ended, and the task knows")
@Outcome(expect = FORBIDDEN, desc = "it ends under the file, or never")
@State
public class HoldStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());

    /** Begins to copy. */
    @Actor
    public void task(II_Result r) {
        start.meet();
        r.r1 = socket.hold() ? 1 : 0;
    }

    /** Closes. */
    @Actor
    public void closer() {
        start.meet();
        socket.close();
    }

    /** Looks whether the output has ended. */
    @Arbiter
    public void look(II_Result r) {
        r.r2 = channel.ends.get();
    }

    /** Looks first whether it is closing, and holds it then. */
    @JCStressTest
    @Outcome(id = "1, 0", expect = ACCEPTABLE)
    @Outcome(id = "0, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class HoldBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean held;
        private volatile boolean closing;
        private volatile boolean ended;

        /** Begins to copy. */
        @Actor
        public void task(II_Result r) {
            if (!closing) {
                moment.pass();
                held = true;
                r.r1 = 1;
            }
        }

        /** Closes. */
        @Actor
        public void closer() {
            moment.meet();
            closing = true;
            if (!held) {
                ended = true;
            }
        }

        /** Looks whether the output has ended. */
        @Arbiter
        public void look(II_Result r) {
            r.r2 = ended ? 1 : 0;
        }
    }
}
