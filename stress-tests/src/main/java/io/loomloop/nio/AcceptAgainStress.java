package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** The second after an accept that failed is over as soon as it has begun: a listener that pauses has a timer, or it accepts again. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "accepts, or will")
@Outcome(expect = FORBIDDEN, desc = "never accepts again")
@State
public class AcceptAgainStress {
    private static final TimerField PAUSE = new TimerField(CompletionListener.class, "pause");

    private final Meeting start = new Meeting();
    private final FakeListening channel = new FakeListening();
    private final IOException failure = new IOException("too many open files");

    /** Accepts. */
    public AcceptAgainStress() {
        Server unused = channel.serve(1);
    }

    /** Fails. */
    @Actor
    public void io() {
        start.meet();
        channel.fail(failure);
    }

    /** The timer. */
    @Actor
    public void loop() {
        start.meet();
        for (int i = 0; i < 200; i++) {
            if (PAUSE.take(channel.listener())) {
                channel.listener().resume();
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        r.r1 = channel.isAccepting() || PAUSE.isPending(channel.listener()) ? 1 : 0;
    }

    /** Sets the timer, and then says that it pauses. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AcceptAgainBroken {
        private final Meeting moment = new Meeting();
        private final AtomicBoolean paused = new AtomicBoolean();
        private volatile boolean timer;
        private volatile boolean accepting;

        /** Fails. */
        @Actor
        public void io() {
            timer = true;
            moment.pass();
            paused.set(true);
        }

        /** The timer. */
        @Actor
        public void loop() {
            moment.meet();
            if (timer) {
                timer = false;
                if (paused.compareAndSet(true, false)) {
                    accepting = true;
                }
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = accepting || timer ? 1 : 0;
        }
    }
}
