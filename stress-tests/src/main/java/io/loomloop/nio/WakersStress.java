package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.Selector;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** Two tasks submit while the I/O thread sleeps: one of them wakes it. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "woken once")
@Outcome(expect = FORBIDDEN, desc = "never, or two were in Selector.wakeup")
@State
public class WakersStress {
    private static final SocketEngine ENGINE = new SocketEngine(EventLoop.open(), new FakeSelector().poller(), false);
    private static final int ASLEEP = 1;
    private static final VarHandle SLEEP;

    static {
        try {
            SLEEP = MethodHandles.privateLookupIn(Poller.class, MethodHandles.lookup())
                    .findVarHandle(Poller.class, "sleep", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Sleeper selector = new Sleeper();
    private final Poller poller = selector.poller();

    /** The I/O thread sleeps. */
    public WakersStress() {
        SLEEP.setVolatile(poller, ASLEEP);
    }

    /** Submits. */
    @Actor
    public void first() {
        poller.submit(new FakeRegistration(ENGINE));
    }

    /** Submits. */
    @Actor
    public void second() {
        poller.submit(new FakeRegistration(ENGINE));
    }

    /** Counts. */
    @Arbiter
    public void count(I_Result r) {
        r.r1 = selector.wakeUps.get();
    }

    private static final class Sleeper extends FakeSelector {
        final AtomicInteger wakeUps = new AtomicInteger();

        @Override
        public Selector wakeup() {
            wakeUps.incrementAndGet();
            return this;
        }
    }

    /** Looks first and wakes then. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class WakersBroken {
        private final AtomicInteger wakeUps = new AtomicInteger();
        private volatile boolean asleep = true;

        /** Submits. */
        @Actor
        public void first() {
            if (asleep) {
                wakeUps.incrementAndGet();
                asleep = false;
            }
        }

        /** Submits. */
        @Actor
        public void second() {
            first();
        }

        /** Counts. */
        @Arbiter
        public void count(I_Result r) {
            r.r1 = wakeUps.get();
        }
    }
}
