package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A connection fails while it is aborted: it is closed once, and whoever counts on it is told once. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "closed once")
@Outcome(expect = FORBIDDEN, desc = "twice, or not at all")
@State
public class CloseOnceStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket = channel.open(FakeCompletions.engine());
    private final AtomicInteger releases = new AtomicInteger();
    private final IOException failure = new IOException("lost");

    /** Somebody counts. */
    public CloseOnceStress() {
        socket.onReleased(releases::incrementAndGet);
    }

    /** Fails. */
    @Actor
    public void io() {
        start.meet();
        socket.fail(failure);
    }

    /** Aborts. */
    @Actor
    public void task() {
        start.meet();
        socket.abort();
    }

    /** Counts. */
    @Arbiter
    public void count(II_Result r) {
        r.r1 = channel.closes.get();
        r.r2 = releases.get();
    }

    /** Looks first whether it is closed. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class CloseOnceBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger closes = new AtomicInteger();
        private volatile boolean closed;

        /** Fails. */
        @Actor
        public void io() {
            if (!closed) {
                moment.pass();
                closed = true;
                closes.incrementAndGet();
            }
        }

        /** Aborts. */
        @Actor
        public void task() {
            io();
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = closes.get();
        }
    }
}
