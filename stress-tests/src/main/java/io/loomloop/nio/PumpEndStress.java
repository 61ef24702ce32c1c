package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task writes into a program and ends the output while the pump looks for something to do: what was written is sent before. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "sent")
@Outcome(expect = FORBIDDEN, desc = "the pump has ended without it")
@State
public class PumpEndStress {
    private final Meeting start = new Meeting();
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);

    private final ByteArrayOutputStream pipe = new ByteArrayOutputStream();
    private final PipeOutput output = new PipeOutput(ENGINE, pipe, "stdin", 10, 20);

    /** Pumps to the end. */
    @Actor
    public void pump() {
        start.meet();
        try {
            do {
                LockSupport.unpark(Thread.currentThread()); // it only seems to wait
            } while (output.sendNext());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes, and ends. */
    @Actor
    public void task() {
        start.meet();
        output.write(1, ByteBuffer.wrap(new byte[] {1}));
        output.writeEof();
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = pipe.size();
    }

    /** Looks at the queue first, and whether it is the end then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class PumpEndBroken {
        private final Meeting moment = new Meeting();
        private final Queue<String> queue = new ConcurrentLinkedQueue<>();
        private volatile boolean ending;
        // the pump, then the arbiter
        private int sent;

        /** Pumps to the end. */
        @Actor
        public void pump() {
            boolean more = true;
            while (more) {
                if (queue.poll() != null) {
                    sent++;
                } else {
                    moment.pass();
                    more = !ending;
                }
            }
        }

        /** Writes, and ends. */
        @Actor
        public void task() {
            moment.meet();
            queue.add("byte");
            ending = true;
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = sent;
        }
    }
}
