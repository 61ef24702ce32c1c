package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A pipe is closed by somebody else while a task sends the last byte: it ends, by either. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "closed")
@Outcome(id = "1", expect = FORBIDDEN, desc = "it stays open for ever")
@State
public class PipeSinkEndStress {
    private final Meeting start = new Meeting();
    private static final EventLoop LOOP = EventLoop.open();

    private final FakeSink channel = new FakeSink();
    private final Poller poller = new FakeSelector().poller();
    private final PipeSink sink = new PipeSink(new SocketEngine(LOOP, poller, false), channel, 10, 20);

    /** The I/O thread looks after it. */
    public PipeSinkEndStress() {
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sink.request(PipeSink.START);
        poller.poll(0);
    }

    /** Writes. */
    @Actor
    public void task() {
        start.meet();
        sink.outbound().write(1, ByteBuffer.wrap(new byte[] {1}));
    }

    /** Closes, and attends to that. */
    @Actor
    public void io() {
        start.meet();
        sink.close();
        poller.poll(0);
    }

    /** Attends to what is asked for later. */
    @Arbiter
    public void look(I_Result r) {
        poller.poll(0);
        r.r1 = channel.isOpen() ? 1 : 0;
    }

    /** A pipe without a system behind it, which takes whatever comes. */
    private static final class FakeSink extends Pipe.SinkChannel {
        FakeSink() {
            super(SelectorProvider.provider());
        }

        @Override
        public int write(ByteBuffer data) {
            int count = data.remaining();
            data.position(data.limit());
            return count;
        }

        @Override
        public long write(ByteBuffer[] pieces) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long write(ByteBuffer[] pieces, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        protected void implCloseSelectableChannel() throws IOException {}

        @Override
        protected void implConfigureBlocking(boolean block) throws IOException {}
    }

    /** Who closes looks whether all is sent, and says that it is closing then. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class PipeSinkEndBroken {
        private final Meeting moment = new Meeting();
        private final AtomicInteger unsent = new AtomicInteger(1);
        private volatile boolean closing;
        private volatile boolean closed;

        /** Has written. */
        @Actor
        public void task() {
            moment.meet();
            if (unsent.decrementAndGet() == 0 && closing) {
                closed = true;
            }
        }

        /** Closes. */
        @Actor
        public void io() {
            if (unsent.get() == 0) {
                closed = true;
            }
            moment.pass();
            closing = true;
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = closed ? 0 : 1;
        }
    }
}
