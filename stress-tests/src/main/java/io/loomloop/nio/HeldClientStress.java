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
import org.openjdk.jcstress.infra.results.I_Result;

/** The last place is given back while a client is held, because there is none: it is served. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "served")
@Outcome(expect = FORBIDDEN, desc = "there is room and the client is held")
@State
public class HeldClientStress {
    private final Meeting start = new Meeting();
    private final FakeListening channel = new FakeListening();
    private final FakeConnection client = new FakeConnection();
    private final Server server = channel.serve(1);

    /** An accept is under way when the last place is taken. */
    public HeldClientStress() {
        boolean unused = server.takePlace();
    }

    /** One more client has come. */
    @Actor
    public void io() {
        start.meet();
        channel.complete(client);
    }

    /** The other one leaves. */
    @Actor
    public void leave() {
        start.meet();
        server.leavePlace();
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        r.r1 = client.isReading() ? 1 : 0;
    }

    /** Looks for room before it says that it holds a client, and not after. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class HeldClientBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger places = new AtomicInteger();
        private final AtomicBoolean holding = new AtomicBoolean();
        private volatile boolean served;

        /** One more client has come. */
        @Actor
        public void io() {
            if (places.get() > 0) {
                served = true;
            } else {
                moment.pass();
                holding.set(true);
            }
        }

        /** The other one leaves. */
        @Actor
        public void leave() {
            moment.meet();
            places.incrementAndGet();
            if (holding.compareAndSet(true, false)) {
                served = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = served ? 1 : 0;
        }
    }
}
