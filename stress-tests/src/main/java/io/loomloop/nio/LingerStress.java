package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The peer ends while a task closes: nobody lingers for a peer that has gone. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "closed")
@Outcome(expect = FORBIDDEN, desc = "it lingers, or was closed twice")
@State
public class LingerStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());

    /** Reads the end. */
    @Actor
    public void io() {
        start.meet();
        channel.completeRead(-1);
    }

    /** Closes. */
    @Actor
    public void task() {
        start.meet();
        socket.close();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = channel.closes.get();
    }

    /** Looks for the peer's end before it says that it lingers, and not after. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class LingerBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean peerEnded;
        private volatile boolean lingering;
        private volatile boolean closed;

        /** Reads the end. */
        @Actor
        public void io() {
            moment.meet();
            peerEnded = true;
            if (lingering) {
                closed = true;
            }
        }

        /** Closes. */
        @Actor
        public void task() {
            if (peerEnded) {
                closed = true;
            } else {
                moment.pass();
                lingering = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = closed ? 1 : 0;
        }
    }
}
