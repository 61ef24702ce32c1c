package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A read completes while a task closes and begins to linger: one read is under way then, so that the peer's end is found. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "it reads")
@Outcome(expect = FORBIDDEN, desc = "nobody reads, or two do")
@State
public class CompletionReadStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());

    /** Has read a byte. */
    @Actor
    public void io() {
        start.meet();
        channel.completeRead(1);
    }

    /** Closes. */
    @Actor
    public void task() {
        start.meet();
        socket.close();
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = channel.isReading() ? 1 : 0;
        r.r2 = channel.misused ? 1 : 0;
    }

    /** Does not look again whether it lingers when the read has ended. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompletionReadBroken {
        private final Meeting closingSeen = new Meeting();
        private final Meeting looked = new Meeting();
        private final AtomicBoolean reading = new AtomicBoolean(true);
        private volatile boolean closing;
        private volatile boolean lingering;

        /** Has read a byte. */
        @Actor
        public void io() {
            closingSeen.meet();
            boolean goesOn = lingering || !closing;
            looked.pass();
            reading.set(false);
            if (goesOn) {
                reading.set(true);
            }
        }

        /** Closes. */
        @Actor
        public void task() {
            closing = true;
            closingSeen.meet();
            looked.meet();
            lingering = true;
            boolean unused = reading.compareAndSet(false, true);
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = reading.get() ? 1 : 0;
        }
    }
}
