package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A reader begins to wait while bytes arrive: it sees them, or it is woken.
 *
 * <p>The reader really waits, as a thread outside of the loop does; one that waits in vain is released after seconds.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "the reader goes on")
@Outcome(id = "1", expect = FORBIDDEN, desc = "the reader waits in vain")
@State
public class InboundWaiterStress {
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final Inbound inbound = new FakeSource(ENGINE, 1000).inbound();
    // the reading actor sets
    private volatile boolean read;

    /** Waits for bytes. */
    @Actor
    public void task() {
        inbound.await();
        read = true;
    }

    /** Brings some. */
    @Actor
    public void io(I_Result r) {
        boolean unused = inbound.feed(ReadBuffer.EMPTY);
        long start = System.nanoTime();
        while (!read && r.r1 == 0) {
            Thread.onSpinWait();
            if (System.nanoTime() - start > PATIENCE) {
                r.r1 = 1;
                inbound.end();
            }
        }
    }

    /** Looks before it says that it waits, and not after. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class InboundWaiterBroken {
        private volatile @Nullable Object chunk;
        private volatile @Nullable Object waiter;
        private volatile boolean waits;
        private volatile boolean decided;

        /** Waits for bytes. */
        @Actor
        public void task() {
            if (chunk == null) {
                waiter = this;
                waits = true;
            }
            decided = true;
        }

        /** Brings some. */
        @Actor
        public void io(I_Result r) {
            chunk = this;
            Object reader = waiter;
            while (!decided) {
                Thread.onSpinWait();
            }
            r.r1 = waits && reader == null ? 1 : 0;
        }
    }
}
