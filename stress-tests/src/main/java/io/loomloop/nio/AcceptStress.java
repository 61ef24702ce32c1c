package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A place is given back while a client is admitted: one more is asked for, once. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "asked for")
@Outcome(expect = FORBIDDEN, desc = "nobody asks for it, or two do")
@State
public class AcceptStress {
    private final Meeting start = new Meeting();
    private final FakeListening channel = new FakeListening();
    private final FakeConnection client = new FakeConnection();
    private final Server server = channel.serve(2);

    /** There is one client, and an accept is under way. */
    public AcceptStress() {
        boolean unused = server.takePlace();
    }

    /** Another one has come. */
    @Actor
    public void io() {
        start.meet();
        channel.complete(client);
    }

    /** The first one leaves. */
    @Actor
    public void leave() {
        start.meet();
        server.leavePlace();
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = channel.isAccepting() ? 1 : 0;
        r.r2 = channel.misused ? 1 : 0;
    }

    /** Asks the server before it gives its turn away. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class AcceptBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger clients = new AtomicInteger(1);
        private final AtomicBoolean accepting = new AtomicBoolean(true);

        /** Another one has come. */
        @Actor
        public void io() {
            boolean wanted = clients.incrementAndGet() < 2;
            moment.pass();
            accepting.set(false);
            if (wanted) {
                accepting.set(true);
            }
        }

        /** The first one leaves. */
        @Actor
        public void leave() {
            moment.meet();
            clients.decrementAndGet();
            boolean unused = accepting.compareAndSet(false, true);
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = accepting.get() ? 1 : 0;
        }
    }
}
