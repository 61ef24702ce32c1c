package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A connection is closed by somebody else while a task sends the last byte: its output ends, by either. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "closed")
@Outcome(id = "1", expect = FORBIDDEN, desc = "it stays open for ever")
@State
public class SocketEndStress {
    private final Meeting start = new Meeting();
    private final FakeSocket channel = new FakeSocket();
    private final StreamSocket socket = OutboundStress.socketOf(channel);
    private final Poller poller = socket.engine().poller();

    /** The I/O thread looks after it. */
    public SocketEndStress() {
        socket.startSoon();
        poller.poll(0);
    }

    /** Writes. */
    @Actor
    public void task() {
        start.meet();
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
    }

    /** Closes, and attends to that. */
    @Actor
    public void io() {
        start.meet();
        socket.close();
        poller.poll(0);
    }

    /** Attends to what is asked for later. */
    @Arbiter
    public void look(I_Result r) {
        poller.poll(0);
        r.r1 = channel.isOpen() ? 1 : 0;
    }

    /** Looks whether it is closing before the byte is counted as sent. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class SocketEndBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger(1);
        private volatile boolean closing;
        private volatile boolean closed;

        /** Has written. */
        @Actor
        public void task() {
            boolean asked = closing;
            moment.pass();
            if (unsent.decrementAndGet() == 0 && asked) {
                closed = true;
            }
        }

        /** Closes. */
        @Actor
        public void io() {
            moment.meet();
            closing = true;
            if (unsent.get() == 0) {
                closed = true;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = closed ? 0 : 1;
        }
    }
}
