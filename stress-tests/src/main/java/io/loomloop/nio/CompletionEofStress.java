package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task asks for the end of the output while a completion has sent the last byte: one of the two ends it, not both. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "ended")
@Outcome(expect = FORBIDDEN, desc = "never, or twice")
@State
public class CompletionEofStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());

    /** A byte is on its way. */
    public CompletionEofStress() {
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
    }

    /** Has sent it. */
    @Actor
    public void io() {
        start.meet();
        channel.completeWrite();
    }

    /** Asks. */
    @Actor
    public void task() {
        start.meet();
        socket.writeEof();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = channel.ends.get();
    }

    /** Ends it without a look whether the other one does. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompletionEofBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger(1);
        private final AtomicInteger ends = new AtomicInteger();
        private volatile boolean asked;

        /** Has sent it. */
        @Actor
        public void io() {
            int left = unsent.decrementAndGet();
            moment.pass();
            if (left == 0 && asked) {
                ends.incrementAndGet();
            }
        }

        /** Asks. */
        @Actor
        public void task() {
            moment.meet();
            asked = true;
            if (unsent.get() == 0) {
                ends.incrementAndGet();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = ends.get();
        }
    }
}
