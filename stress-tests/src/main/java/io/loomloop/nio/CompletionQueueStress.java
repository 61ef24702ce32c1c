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
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task writes while a completion has sent what was written before: it is sent as well, behind that, by one write at a time. */
@JCStressTest
@Outcome(id = "12, 0", expect = ACCEPTABLE, desc = "in order")
@Outcome(expect = FORBIDDEN, desc = "lost, or sent by two at a time")
@State
public class CompletionQueueStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());

    /** A byte is on its way. */
    public CompletionQueueStress() {
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
    }

    /** Has sent it. */
    @Actor
    public void io() {
        start.meet();
        channel.completeWrite();
    }

    /** Writes another. */
    @Actor
    public void task() {
        start.meet();
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {2}));
    }

    /** Sends the rest. */
    @Arbiter
    public void rest(II_Result r) {
        channel.completeWrites();
        r.r1 = channel.written;
        r.r2 = channel.misused ? 1 : 0;
    }

    /** Looks first whether a write is under way, and counts then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CompletionQueueBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger(1);
        private final AtomicInteger begun = new AtomicInteger();

        /** Has sent the first byte. */
        @Actor
        public void io() {
            moment.meet();
            if (unsent.addAndGet(-1) > 0) {
                begun.incrementAndGet();
            }
        }

        /** Writes another. */
        @Actor
        public void task() {
            boolean first = unsent.get() == 0;
            moment.pass();
            unsent.addAndGet(1);
            if (first) {
                begun.incrementAndGet();
            }
        }

        /** Counts who sends it. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = begun.get();
        }
    }
}
