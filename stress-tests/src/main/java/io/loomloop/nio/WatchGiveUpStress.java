package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import io.loomloop.Moment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A task gives a wait up while the I/O thread registers the channel for it: the channel is the task's when it has given up. */
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
    public void task(I_Result r) {
        start.meet();
        watch.input.disarm();
        SelectionKey key = channel.keyFor(selector);
        r.r1 = key != null && key.isValid() ? 1 : 0;
    }

    /** Looks whether somebody still waits only when the channel is registered. */
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
                Moment.pass();
                if (!armed) {
                    registered = false;
                }
            }
        }

        /** Gives up. */
        @Actor
        public void task(I_Result r) {
            moment.meet();
            armed = false;
            registered = false;
            Moment.pass();
            r.r1 = registered ? 1 : 0;
        }
    }
}
