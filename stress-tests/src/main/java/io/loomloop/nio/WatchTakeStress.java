package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.nio.channels.SelectionKey;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/** A channel becomes ready while one task gives up and another begins to wait for something else: that one goes on waiting. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "it waits")
@Outcome(expect = FORBIDDEN, desc = "it was woken for the other, or forgotten")
@State
public class WatchTakeStress {
    private final Meeting start = new Meeting();
    private static final EventLoop LOOP = EventLoop.open();

    private final ChannelWatch watch =
            new ChannelWatch(new SocketEngine(LOOP, new FakeSelector().poller(), false), new FakeServerSocket());
    private final WatchedSide side = watch.input;
    // the I/O actor sets
    private boolean woken;

    /** A task waits. */
    public WatchTakeStress() {
        side.arm(SelectionKey.OP_READ, () -> {});
    }

    /** It is ready. */
    @Actor
    public void io() {
        start.meet();
        Runnable who = side.take(SelectionKey.OP_READ);
        if (who != null) {
            who.run();
        }
    }

    /** Gives up; another one begins to wait. */
    @Actor
    public void task() {
        start.meet();
        side.disarm();
        side.arm(SelectionKey.OP_ACCEPT, () -> woken = true);
    }

    /** Looks. */
    @Arbiter
    public void look(II_Result r) {
        r.r1 = woken ? 1 : 0;
        r.r2 = side.wanted() == SelectionKey.OP_ACCEPT ? 1 : 0;
    }

    /** Takes out whoever is there by then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class WatchTakeBroken {
        private final Meeting moment = new Meeting();
        private final AtomicReference<@Nullable String> armed = new AtomicReference<>("read");

        /** It is ready. */
        @Actor
        public void io() {
            if ("read".equals(armed.get())) {
                moment.pass();
                armed.set(null);
            }
        }

        /** Gives up; another one begins to wait. */
        @Actor
        public void task() {
            moment.meet();
            armed.set(null);
            armed.set("accept");
        }

        /** Looks. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = armed.get() == null ? 0 : 1;
        }
    }
}
