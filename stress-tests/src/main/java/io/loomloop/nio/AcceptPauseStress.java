package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A server is closed while an accept fails, which sets a timer: no timer is left to hold it. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "no timer is left")
@Outcome(expect = FORBIDDEN, desc = "a timer is left")
@State
public class AcceptPauseStress {
    private final Meeting start = new Meeting();
    private static final TimerField PAUSE = new TimerField(CompletionListener.class, "pause");

    private final FakeListening channel = new FakeListening();
    private final Server server = channel.serve(1);
    private final IOException failure = new IOException("too many open files");

    /** Fails. */
    @Actor
    public void io() {
        start.meet();
        channel.fail(failure);
    }

    /** Closes. */
    @Actor
    public void task() {
        start.meet();
        server.close();
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        r.r1 = PAUSE.isPending(channel.listener()) ? 1 : 0;
    }

    /** Looks whether it is closed before it sets the timer, and not after. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AcceptPauseBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean closed;
        private volatile boolean pause;

        /** Fails. */
        @Actor
        public void io() {
            if (!closed) {
                moment.pass();
                pause = true;
            }
        }

        /** Closes. */
        @Actor
        public void task() {
            moment.meet();
            closed = true;
            if (pause) {
                pause = false;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = pause ? 1 : 0;
        }
    }
}
