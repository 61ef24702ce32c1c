package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A task writes while the I/O thread sends what was written before: both are sent, in that order, by one thread at a time. */
@JCStressTest
@Outcome(id = "12, 0, 0", expect = ACCEPTABLE, desc = "all is sent, in order")
@Outcome(expect = FORBIDDEN, desc = "left behind, out of order, or two wrote at a time")
@State
public class OutboundStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final FakeSocket channel = new FakeSocket();
    private final StreamSocket socket;
    // the I/O actor, then the arbiter
    private boolean more;

    /** One byte is left to the I/O thread. */
    public OutboundStress() {
        socket = socketOf(channel);
        channel.room = 0;
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
        channel.room = 10;
        int unused = socket.takeRequests();
    }

    static StreamSocket socketOf(FakeSocket channel) {
        return socketOf(channel, new FakeSelector());
    }

    static StreamSocket socketOf(FakeSocket channel, FakeSelector selector) {
        try {
            return new StreamSocket(new SocketEngine(LOOP, selector.poller(), false), channel, StreamOptions.DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes one more. */
    @Actor
    public void task() {
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {2}));
    }

    /** Sends. */
    @Actor
    public void io() {
        try {
            more = !socket.outbound().flush(channel, ByteBuffer.allocate(8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends the rest if the I/O thread is to. */
    @Arbiter
    public void rest(III_Result r) {
        if (more || (socket.takeRequests() & StreamSocket.FLUSH) != 0) {
            io();
        }
        r.r1 = channel.written;
        r.r2 = (int) socket.outbound().unsent();
        r.r3 = channel.misused ? 1 : 0;
    }

    /** Looks first whether somebody sends, and queues then. */
    @JCStressTest
    @Outcome(id = "12, 0, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class OutboundBroken {
        private final Queue<Integer> queue = new ConcurrentLinkedQueue<>();
        private final AtomicInteger unsent = new AtomicInteger();
        private volatile int written;

        /** One byte is left to the I/O thread. */
        public OutboundBroken() {
            queue.add(1);
            unsent.set(1);
        }

        /** Writes one more. */
        @Actor
        public void task() {
            if (unsent.get() == 0) {
                written = written * 10 + 2;
            } else {
                queue.add(2);
                unsent.incrementAndGet();
            }
        }

        /** Sends. */
        @Actor
        public void io() {
            while (unsent.get() > 0) {
                Integer next = queue.poll();
                written = written * 10 + (next == null ? 0 : next);
                unsent.decrementAndGet();
            }
        }

        /** Looks. */
        @Arbiter
        public void rest(III_Result r) {
            r.r1 = written;
            r.r2 = unsent.get();
        }
    }
}
