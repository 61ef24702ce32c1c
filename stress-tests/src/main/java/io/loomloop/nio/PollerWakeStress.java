package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.function.Consumer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * The I/O thread returns from one wait and comes to the next while a task wakes it: it does not fall asleep while somebody is in
 * {@link Selector#wakeup}, so no second one can come to be there.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "awake while it is being woken")
@Outcome(id = "1", expect = FORBIDDEN, desc = "asleep while somebody is still waking it")
@State
public class PollerWakeStress {
    private static final EventLoop LOOP = EventLoop.open();
    private static final int A_MOMENT = 20;

    private final Sleeper selector = new Sleeper();
    private final Poller poller = selector.poller();
    private final FakeRegistration nothing = new FakeRegistration(new SocketEngine(LOOP, poller, false));

    /** Waits for sockets, twice. */
    @Actor
    public void io(I_Result r) {
        poller.poll(Long.MAX_VALUE);
        selector.round = 2;
        poller.poll(Long.MAX_VALUE);
        r.r1 = selector.sleptInWakeUp ? 1 : 0;
    }

    /** Submits. */
    @Actor
    public void task() {
        poller.submit(nothing);
    }

    private static void linger() {
        for (int i = 0; i < A_MOMENT; i++) {
            Thread.onSpinWait();
        }
    }

    private static final class Sleeper extends FakeSelector {
        // the I/O actor writes it before it can fall asleep, the submitting one reads it
        volatile int round = 1;
        // the submitting actor writes, the I/O actor reads: the wake-up is one of the first round; one of the second
        // may meet its sleep
        private volatile boolean inFirstWakeUp;
        // the I/O actor only
        boolean sleptInWakeUp;

        @Override
        public int select(Consumer<SelectionKey> action, long timeout) {
            if (round == 2) {
                sleptInWakeUp = inFirstWakeUp;
            }
            linger();
            return 0;
        }

        @Override
        public Selector wakeup() {
            inFirstWakeUp = round == 1;
            linger();
            linger();
            inFirstWakeUp = false;
            return this;
        }
    }

    /** Says that the poller is awake before it wakes it. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class PollerWakeBroken {
        private volatile boolean asleep;
        private volatile int round = 1;
        private volatile boolean inFirstWakeUp;

        /** Waits for sockets, twice. */
        @Actor
        public void io(I_Result r) {
            asleep = true;
            linger();
            asleep = false;
            round = 2;
            asleep = true;
            r.r1 = inFirstWakeUp ? 1 : 0;
            asleep = false;
        }

        /** Submits. */
        @Actor
        public void task() {
            if (asleep) {
                asleep = false;
                inFirstWakeUp = round == 1;
                linger();
                linger();
                inFirstWakeUp = false;
            }
        }
    }
}
