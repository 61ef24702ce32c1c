package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A transport is closed by another thread while its pump looks whether it goes on: one that is stopped is closing. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "it goes on, or is closed")
@Outcome(id = "1", expect = FORBIDDEN, desc = "stopped but open, which the pump takes for lost")
@State
public class PumpStopStress {
    private final Meeting start = new Meeting();
    private final StreamSocket socket = OutboundStress.socketOf(new FakeSocket());
    private final StreamWriter writer = new Connection(socket).writer();
    private final TransportPump pump = new TransportPump(socket, ReadBuffer.EMPTY, writer, new Protocol() {}, null);

    /** Closes. */
    @Actor
    public void closer() {
        start.meet();
        pump.close();
    }

    /** Looks. */
    @Actor
    public void task(I_Result r) {
        start.meet();
        r.r1 = pump.stopped && !socket.isClosing() ? 1 : 0;
    }

    /** Is stopped first, and closes the socket then. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class PumpStopBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean stopped;
        private volatile boolean closing;

        /** Closes. */
        @Actor
        public void closer() {
            stopped = true;
            moment.pass();
            closing = true;
        }

        /** Looks. */
        @Actor
        public void task(I_Result r) {
            moment.meet();
            r.r1 = stopped && !closing ? 1 : 0;
        }
    }
}
