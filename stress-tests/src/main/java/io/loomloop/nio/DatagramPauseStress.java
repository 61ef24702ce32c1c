package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A datagram above the limit is taken while the I/O thread is about to pause: it goes on receiving. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "it receives")
@Outcome(expect = FORBIDDEN, desc = "it pauses for ever")
@State
public class DatagramPauseStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final FakeDatagrams channel = new FakeDatagrams();
    private final FakeSelector selector = new FakeSelector();
    private final Poller poller = selector.poller();
    private final DatagramPort port = new DatagramPort(new SocketEngine(LOOP, poller, false), channel, 1);
    private final SelectionKey key;

    /** It watches the channel. */
    public DatagramPauseStress() {
        try {
            channel.configureBlocking(false);
            port.request(DatagramPort.START);
            poller.poll(0);
            key = Objects.requireNonNull(channel.keyFor(selector));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Receives. */
    @Actor
    public void io() {
        port.ready(key, SelectionKey.OP_READ);
    }

    /** Takes it. */
    @Actor
    public void task() {
        try {
            while (port.poll() == null) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Goes on, if that was asked for. */
    @Arbiter
    public void look(I_Result r) {
        poller.poll(0);
        r.r1 = key.interestOps() & SelectionKey.OP_READ;
    }

    /** Pauses without a second look at what is left. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class DatagramPauseBroken {
        private final AtomicInteger queued = new AtomicInteger();
        private volatile boolean paused;

        /** Receives. */
        @Actor
        public void io() {
            if (queued.addAndGet(2) > 1) {
                paused = true;
            }
        }

        /** Takes it. */
        @Actor
        public void task() {
            while (queued.get() == 0) {
                Thread.onSpinWait();
            }
            if (queued.addAndGet(-2) <= 0 && paused) {
                paused = false;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = paused ? 0 : 1;
        }
    }
}
