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
import org.openjdk.jcstress.infra.results.III_Result;

/** The output ends while a task writes: the byte is sent before the end, or counted as dropped; nothing is sent after the end. */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "sent")
@Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "dropped, and somebody is told")
@Outcome(expect = FORBIDDEN, desc = "lost, doubled, or sent after the end")
@State
public class OutboundEndStress {
    private final FakeSocket channel = new FakeSocket();
    private final StreamSocket socket = OutboundStress.socketOf(channel);

    /** Writes. */
    @Actor
    public void task() {
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
    }

    /** Ends the output, if that is possible. */
    @Actor
    public void io() {
        if (socket.outbound().endIfEmpty()) {
            channel.end();
        }
    }

    /** Counts what is dropped. */
    @Arbiter
    public void rest(III_Result r) {
        r.r1 = channel.written;
        r.r2 = (int) socket.outbound().discard();
        r.r3 = channel.misused ? 1 : 0;
    }

    /** Looks first whether all is sent, and ends then. */
    @JCStressTest
    @Outcome(id = "1, 0, 0", expect = ACCEPTABLE)
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class OutboundEndBroken {
        private static final int CLOSED = -100;

        private final AtomicInteger unsent = new AtomicInteger();
        private volatile int written;
        private volatile boolean ended;
        private volatile boolean misused;

        /** Writes. */
        @Actor
        public void task() {
            if (unsent.compareAndSet(0, 1)) {
                misused |= ended;
                written = 1;
                misused |= ended;
                unsent.decrementAndGet();
            } else {
                unsent.incrementAndGet();
            }
        }

        /** Ends the output, if that is possible. */
        @Actor
        public void io() {
            if (unsent.get() == 0) {
                unsent.set(CLOSED);
                ended = true;
            }
        }

        /** Counts what is dropped. */
        @Arbiter
        public void rest(III_Result r) {
            r.r1 = written;
            r.r2 = Math.max(0, unsent.get() - CLOSED) % -CLOSED;
            r.r3 = misused ? 1 : 0;
        }
    }
}
