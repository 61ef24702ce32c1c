package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * A task wants the output for a file while the I/O thread sends what was written before: that is sent, and the task gets the output.
 *
 * <p>The task really waits, as a thread outside of the loop does; one that waits in vain is released after seconds.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "the task gets it")
@Outcome(id = "1", expect = FORBIDDEN, desc = "the task waits, and nobody sends")
@State
public class LendWaitStress {
    private final Meeting start = new Meeting();
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final FakeSelector selector = new FakeSelector();
    private final FakeSocket channel = new FakeSocket();
    private final StreamSocket socket = OutboundStress.socketOf(channel, selector);
    private final Poller poller = socket.engine().poller();
    private final SelectionKey key;
    // the task's actor sets
    private volatile boolean over;

    /** One byte is left to the I/O thread. */
    public LendWaitStress() {
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        channel.room = 0;
        socket.startSoon();
        socket.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
        channel.room = 10;
        poller.poll(0);
        key = Objects.requireNonNull(channel.keyFor(selector));
    }

    /** Takes the output. */
    @Actor
    public void task() {
        start.meet();
        boolean unused = socket.outbound().lend(1);
        over = true;
    }

    /** Sends, as long as it is asked to. */
    @Actor
    public void io(I_Result r) {
        start.meet();
        long start = System.nanoTime();
        while (!over && r.r1 == 0) {
            poller.poll(0);
            if ((key.interestOps() & SelectionKey.OP_WRITE) != 0) {
                send();
            }
            if (System.nanoTime() - start > PATIENCE) {
                r.r1 = 1;
                socket.outbound().discard();
            }
        }
    }

    private void send() {
        try {
            ((Registration) key.attachment()).ready(key, SelectionKey.OP_WRITE);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Does not ask the I/O thread again, which may have seen that the output was about to be lent. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class LendWaitBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger(1);
        private volatile boolean lent;

        /** Takes the output. */
        @Actor
        public void task() {
            lent = true;
            moment.pass();
            if (!unsent.compareAndSet(0, 1)) {
                lent = false;
            }
        }

        /** Sends, and stops when the output is lent. */
        @Actor
        public void io() {
            moment.meet();
            if (!lent) {
                unsent.compareAndSet(1, 0);
            }
        }

        /** Looks whether the task waits for what nobody sends. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = !lent && unsent.get() == 1 ? 1 : 0;
        }
    }
}
