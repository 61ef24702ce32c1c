package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** More than enough arrives, and is read at the same time: the I/O thread does not pause, or is told to go on. */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "it saw that all was read")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "paused and told to go on")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "paused for ever")
@Outcome(id = "0, 1", expect = FORBIDDEN, desc = "told to go on without a pause")
@State
public class InboundPauseStress {
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);

    private final FakeSource source = new FakeSource(ENGINE, 1);
    private final Inbound inbound = source.inbound();

    /** Brings more than the limit. */
    @Actor
    public void io(II_Result r) {
        r.r1 = inbound.feed(ReadBuffer.EMPTY) ? 0 : 1;
    }

    /** Reads it. */
    @Actor
    public void task(II_Result r) {
        while (inbound.poll() == null) {
            Thread.onSpinWait();
        }
        r.r2 = source.resumed;
    }

    /** Pauses without a second look at what is left. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE)
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class InboundPauseBroken {
        private final AtomicInteger ahead = new AtomicInteger();
        private volatile boolean paused;

        /** Brings more than the limit. */
        @Actor
        public void io(II_Result r) {
            if (ahead.addAndGet(3) > 2) {
                paused = true;
                r.r1 = 1;
            }
        }

        /** Reads it. */
        @Actor
        public void task(II_Result r) {
            while (ahead.get() == 0) {
                Thread.onSpinWait();
            }
            if (ahead.addAndGet(-3) <= 1 && paused) {
                r.r2 = 1;
            }
        }
    }
}
