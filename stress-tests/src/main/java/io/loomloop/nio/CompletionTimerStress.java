package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A connection fails while a task closes it, which sets a timer: no timer is left to hold what is closed. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "closed, without a timer")
@Outcome(expect = FORBIDDEN, desc = "a timer is left")
@State
public class CompletionTimerStress {
    private final Meeting start = new Meeting();
    private static final TimerField TIMER = new TimerField(CompletionSocket.class, "timer");

    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());
    private final IOException failure = new IOException("lost");

    /** Fails. */
    @Actor
    public void io() {
        start.meet();
        socket.fail(failure);
    }

    /** Closes, and lingers. */
    @Actor
    public void task() {
        start.meet();
        socket.close();
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = socket.isClosed() ? 1 : 0;
        r.r2 = TIMER.isPending(socket) ? 1 : 0;
    }

    /** Looks whether it is closed before it sets the timer, and not after. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompletionTimerBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean closed;
        private volatile boolean timer;

        /** Fails. */
        @Actor
        public void io() {
            moment.meet();
            closed = true;
            if (timer) {
                timer = false;
            }
        }

        /** Closes, and lingers. */
        @Actor
        public void task() {
            if (!closed) {
                moment.pass();
                timer = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = timer ? 1 : 0;
        }
    }
}
