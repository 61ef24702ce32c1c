package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A connect is given up while it is connected: it is closed, once. */
@JCStressTest
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "closed")
@Outcome(expect = FORBIDDEN, desc = "it lives on, or was closed twice")
@State
public class ConnectStress {
    private final Meeting start = new Meeting();
    private final FakeConnection channel = new FakeConnection();
    private final CompletionSocket socket =
            new CompletionSocket(FakeCompletions.engine(), channel, StreamOptions.DEFAULT);

    /** It connects. */
    public ConnectStress() {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1), () -> {});
    }

    /** Is connected. */
    @Actor
    public void io() {
        start.meet();
        channel.completeConnect();
    }

    /** Gives it up. */
    @Actor
    public void task() {
        start.meet();
        socket.abort();
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = socket.isClosed() ? 1 : 0;
        r.r2 = channel.closes.get();
    }

    /** Looks whether it still connects, and opens then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class ConnectBroken {
        private final Meeting moment = new Meeting();
        private static final int OPEN = 1;
        private static final int CLOSED = 3;

        private volatile int state;

        /** Is connected. */
        @Actor
        public void io() {
            if (state == 0) {
                moment.pass();
                state = OPEN;
            }
        }

        /** Gives it up. */
        @Actor
        public void task() {
            moment.meet();
            state = CLOSED;
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = state == CLOSED ? 1 : 0;
        }
    }
}
