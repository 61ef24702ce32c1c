package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A server is closed while one of its listeners begins to hold a client: the client is closed, once. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "closed")
@Outcome(expect = FORBIDDEN, desc = "left open, or closed twice")
@State
public class HeldCloseStress {
    private final Meeting start = new Meeting();
    private final FakeListening channel = new FakeListening();
    private final FakeConnection client = new FakeConnection();
    private final Server server = channel.serve(1);

    /** An accept is under way when the last place is taken. */
    public HeldCloseStress() {
        boolean unused = server.takePlace();
    }

    /** One more client has come. */
    @Actor
    public void io() {
        start.meet();
        channel.complete(client);
    }

    /** Closes. */
    @Actor
    public void task() {
        start.meet();
        server.close();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = client.closes.get();
    }

    /** Does not look again whether it is closed when it holds the client. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class HeldCloseBroken {
        private final Meeting moment = new Meeting();
        private final AtomicBoolean holding = new AtomicBoolean();
        private volatile boolean closed;
        private volatile boolean clientClosed;

        /** One more client has come. */
        @Actor
        public void io() {
            if (closed) {
                clientClosed = true;
            } else {
                moment.pass();
                holding.set(true);
            }
        }

        /** Closes. */
        @Actor
        public void task() {
            moment.meet();
            closed = true;
            if (holding.compareAndSet(true, false)) {
                clientClosed = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = clientClosed ? 1 : 0;
        }
    }
}
