package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task gives a wait up while the I/O thread registers the channel for it: the channel is not left with the selector. */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "the selector has let go")
@Outcome(id = "1", expect = FORBIDDEN, desc = "the channel is still registered, and its user cannot tell")
@State
public class WatchGiveUpStress {
    private final Meeting start = new Meeting();
    private static final EventLoop LOOP = EventLoop.open();

    private final FakeSelector selector = new FakeSelector();
    private final Poller poller = selector.poller();
    private final FakeSocket channel = new FakeSocket();
    private final ChannelWatch watch = new ChannelWatch(new SocketEngine(LOOP, poller, false), channel);

    /** A task waits. */
    public WatchGiveUpStress() {
        try {
            channel.configureBlocking(false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        watch.input.arm(SelectionKey.OP_READ, () -> {});
    }

    /** Registers the channel. */
    @Actor
    public void io() {
        start.meet();
        poller.poll(0);
    }

    /** Gives up. */
    @Actor
    public void task() {
        start.meet();
        watch.input.disarm();
    }

    /** Looks. */
    @Arbiter
    public void look(I_Result r) {
        SelectionKey key = channel.keyFor(selector);
        r.r1 = key != null && key.isValid() ? 1 : 0;
    }

    /** Does not look again whether somebody waits when the channel is registered. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class WatchGiveUpBroken {
        private final Meeting moment = new Meeting();
        private volatile boolean armed = true;
        private volatile boolean registered;

        /** Registers the channel. */
        @Actor
        public void io() {
            if (armed) {
                moment.pass();
                registered = true;
            }
        }

        /** Gives up. */
        @Actor
        public void task() {
            moment.meet();
            armed = false;
            if (registered) {
                registered = false;
            }
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = registered ? 1 : 0;
        }
    }
}
