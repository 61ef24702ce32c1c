package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task takes the output for a file, and others queue behind that, while the I/O thread is ready to send: the file comes first. */
@JCStressTest
@Outcome(id = "12, 0", expect = ACCEPTABLE, desc = "the file, then the others")
@Outcome(expect = FORBIDDEN, desc = "out of order, left behind, or two sent at a time")
@State
public class LendStress {
    private final Meeting start = new Meeting();
    private final FakeSocket channel = new FakeSocket();
    private final Outbound outbound = OutboundStress.socketOf(channel).outbound();
    private final ByteBuffer buffer = ByteBuffer.allocate(64);

    /** Sends a file of one byte, behind which another task writes. */
    @Actor
    public void task() {
        start.meet();
        boolean unused = outbound.lend(1);
        outbound.write(1, ByteBuffer.wrap(new byte[] {2}));
        channel.write(ByteBuffer.wrap(new byte[] {1}));
        outbound.countSent(1);
        outbound.takeBack(0);
    }

    /** Sends what is queued. */
    @Actor
    public void io() {
        start.meet();
        flush();
    }

    private void flush() {
        try {
            boolean unused = outbound.flush(channel, buffer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the rest. */
    @Arbiter
    public void rest(II_Result r) {
        flush();
        r.r1 = channel.written;
        r.r2 = channel.misused ? 1 : 0;
    }

    /** Says that the output is lent when others may have queued already. */
    @JCStressTest
    @Outcome(id = "12", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class LendBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger();
        private final AtomicInteger queue = new AtomicInteger();
        private volatile boolean lent;
        private volatile int written;

        /** Sends a file of one byte, behind which another task writes. */
        @Actor
        public void task() {
            unsent.incrementAndGet();
            queue.set(2);
            unsent.incrementAndGet();
            moment.pass();
            lent = true;
            written = written * 10 + 1;
            lent = false;
            unsent.decrementAndGet();
        }

        /** Sends what is queued. */
        @Actor
        public void io() {
            moment.meet();
            if (unsent.get() > 0 && !lent) {
                int piece = queue.getAndSet(0);
                written = piece > 0 ? written * 10 + piece : written;
            }
        }

        /** Sends the rest. */
        @Arbiter
        public void rest(I_Result r) {
            io();
            r.r1 = written;
        }
    }
}
