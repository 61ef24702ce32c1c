package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Something is requested while the I/O thread takes an earlier request: it is attended to, together with that or in its own turn. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both are attended to, once")
@Outcome(expect = FORBIDDEN, desc = "a request is forgotten, or attended to twice")
@State
public class RequestStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final Poller poller = new FakeSelector().poller();
    private final FakeRegistration asked = new FakeRegistration(new SocketEngine(LOOP, poller, false));

    /** One thing is requested already. */
    public RequestStress() {
        asked.request(1);
    }

    /** Requests another. */
    @Actor
    public void task() {
        asked.request(2);
    }

    /** Attends. */
    @Actor
    public void io() {
        poller.poll(0);
    }

    /** Attends once more, and counts. */
    @Arbiter
    public void count(II_Result r) {
        poller.poll(0);
        r.r1 = asked.first;
        r.r2 = asked.second;
    }

    /** Takes by a look and a store. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class RequestBroken {
        private final Queue<String> inbox = new ConcurrentLinkedQueue<>();
        private volatile int requests = 1;
        // the I/O actor, then the arbiter
        private int first;
        private int second;

        /** One thing is requested already. */
        public RequestBroken() {
            inbox.add("asked");
        }

        /** Requests another. */
        @Actor
        public void task() {
            int before = requests;
            requests = before | 2;
            if (before == 0) {
                inbox.add("asked");
            }
        }

        /** Attends. */
        @Actor
        public void io() {
            if (inbox.poll() != null) {
                int bits = requests;
                requests = 0;
                first += bits & 1;
                second += bits >> 1;
            }
        }

        /** Attends once more, and counts. */
        @Arbiter
        public void count(II_Result r) {
            io();
            r.r1 = first;
            r.r2 = second;
        }
    }
}
