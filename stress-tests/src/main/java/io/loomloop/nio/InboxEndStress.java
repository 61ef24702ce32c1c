package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A socket comes to a poller that ends: it is shut down once, by either side. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "shut down once")
@Outcome(expect = FORBIDDEN, desc = "left behind, or shut down twice")
@State
public class InboxEndStress {
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);

    private final Poller poller = new FakeSelector().poller();
    private final FakeRegistration late = new FakeRegistration(ENGINE);

    /** Brings it. */
    @Actor
    public void task() {
        poller.submit(late);
    }

    /** Ends. */
    @Actor
    public void io() {
        poller.shutDown();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = late.shutDowns.get();
    }

    /** Brings it without a look whether there is an end. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class InboxEndBroken {
        private final Queue<Object> inbox = new ConcurrentLinkedQueue<>();
        private final AtomicInteger shutDowns = new AtomicInteger();
        private volatile boolean ended;

        /** Brings it. */
        @Actor
        public void task() {
            if (ended) {
                shutDowns.incrementAndGet();
            } else {
                inbox.add(this);
            }
        }

        /** Ends. */
        @Actor
        public void io() {
            ended = true;
            if (inbox.poll() != null) {
                shutDowns.incrementAndGet();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = shutDowns.get();
        }
    }
}
