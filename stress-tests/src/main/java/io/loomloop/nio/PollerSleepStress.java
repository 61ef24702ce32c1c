package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The I/O thread falls asleep while a task submits: it sees what was submitted, or the task sees the sleeper and wakes it.
 *
 * <p>The selector sleeps until the task has submitted, and not until it is woken: a lost wake-up is an outcome, not a hang.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "it saw what was submitted")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "it slept and was woken")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both saw each other")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "it sleeps and nobody wakes it")
@State
public class PollerSleepStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final Sleeper selector = new Sleeper();
    private final Poller poller = selector.poller();
    private final FakeRegistration asked = new FakeRegistration(new SocketEngine(LOOP, poller, false));
    // the submitting actor sets
    private volatile boolean submitted;

    /** Waits for sockets. */
    @Actor
    public void io(II_Result r) {
        poller.poll(Long.MAX_VALUE);
        r.r1 = selector.slept;
    }

    /** Submits. */
    @Actor
    public void task(II_Result r) {
        asked.request(1);
        r.r2 = selector.wakeUps;
        submitted = true;
    }

    private final class Sleeper extends FakeSelector {
        // the I/O actor only
        int slept;
        // the submitting actor only
        int wakeUps;

        @Override
        public int select(Consumer<SelectionKey> action, long timeout) {
            slept = asked.first == 0 ? 1 : 0; // else it had attended to that
            while (!submitted) {
                Thread.onSpinWait();
            }
            return 0;
        }

        @Override
        public Selector wakeup() {
            wakeUps++;
            return this;
        }
    }

    /** Looks at the inbox before it says that it sleeps, and not after. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE)
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1", expect = ACCEPTABLE)
    @Outcome(id = "1, 0", expect = FORBIDDEN)
    @State
    public static class PollerSleepBroken {
        private volatile @Nullable Object inbox;
        private volatile boolean asleep;

        /** Waits for sockets. */
        @Actor
        public void io(II_Result r) {
            if (inbox == null) {
                asleep = true;
                r.r1 = 1;
            }
        }

        /** Submits. */
        @Actor
        public void task(II_Result r) {
            inbox = this;
            if (asleep) {
                r.r2 = 1;
            }
        }
    }
}
