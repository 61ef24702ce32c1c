package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A byte arrives while a task takes back the buffer it has offered: the byte is in the buffer, and the task knows, or in a chunk. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "in the buffer")
@Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "in a chunk")
@Outcome(id = "0, 1", expect = FORBIDDEN, desc = "lost: put into a buffer that was taken back")
@Outcome(expect = FORBIDDEN)
@State
public class InboundOfferStress {
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);

    private final Inbound inbound = new FakeSource(ENGINE, 1).inbound();
    private final ByteBuffer own = ByteBuffer.allocate(1);

    /** Brings a byte. */
    @Actor
    public void io(II_Result r) {
        ByteBuffer offered = inbound.claim();
        if (offered == null) {
            boolean unused = inbound.feed(new byte[1]);
            r.r2 = 2;
        } else {
            offered.put((byte) 1);
            inbound.filled(offered, true);
            r.r2 = 1;
        }
    }

    /** Waits for no time at all. */
    @Actor
    public void task(II_Result r) {
        inbound.offer(own);
        inbound.takeBack(own);
        r.r1 = own.position();
    }

    /** Takes the buffer back without a look at whether it is in use. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 2", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class InboundOfferBroken {
        private final AtomicReference<@Nullable ByteBuffer> offer = new AtomicReference<>();
        private final ByteBuffer own = ByteBuffer.allocate(1);

        /** Brings a byte. */
        @Actor
        public void io(II_Result r) {
            ByteBuffer offered = offer.getAndSet(null);
            if (offered == null) {
                r.r2 = 2;
            } else {
                offered.put((byte) 1);
                r.r2 = 1;
            }
        }

        /** Waits for no time at all. */
        @Actor
        public void task(II_Result r) {
            offer.set(own);
            offer.set(null);
            r.r1 = own.position();
        }
    }
}
