package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The watchdog is about to rest while the loop wakes up: the watchdog sees that the loop is awake, or the loop sees that the
 * watchdog rests and wakes it.
 *
 * <p>An actor cannot block, so the watchdog only looks whether it would park.
 */
@JCStressTest
@Outcome(
        id = {"0, 0", "0, 1"},
        expect = ACCEPTABLE,
        desc = "the watchdog saw that the loop is awake")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the watchdog parked and was woken")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the watchdog parks and nobody wakes it")
@State
public class WatchdogStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final Sleeper driver = new Sleeper();
    private final LoopThread loop = new LoopThread(LOOP, "stress", driver, 0);
    private final Watchdog watchdog = new Watchdog(loop, 1);

    /** The loop sleeps. */
    public WatchdogStress() {
        try {
            loop.ready.sleep(Long.MAX_VALUE);
        } catch (Asleep asleep) {
            driver.awake = true;
        }
    }

    /** Wakes up. */
    @Actor
    public void loop() {
        loop.ready.sleep(Long.MAX_VALUE);
        watchdog.loopWokeUp();
    }

    /** Is about to rest. */
    @Actor
    public void watchdog(II_Result r) {
        watchdog.beginRest();
        r.r1 = watchdog.mayPark() ? 1 : 0;
    }

    /** Looks whether the watchdog was woken. */
    @Arbiter
    public void woken(II_Result r) {
        r.r2 = watchdog.isResting() ? 0 : 1;
    }

    private static final class Asleep extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Asleep() {
            super(null, null, false, false);
        }
    }

    /** Leaves the first sleep with an exception, which keeps the queue asleep, and the second one at once. */
    private static final class Sleeper implements LoopDriver {
        // loop only
        boolean awake;

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void await(long nanos) {
            if (!awake) {
                throw new Asleep();
            }
        }

        @Override
        public void wakeup() {}

        @Override
        public void close() {}
    }

    /** Looks at the loop before it says that it rests, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE)
    @Outcome(id = "1, 0", expect = FORBIDDEN)
    @State
    public static class WatchdogBroken {
        private volatile boolean asleep = true;
        private volatile boolean resting;

        /** Wakes up. */
        @Actor
        public void loop() {
            Moment.pass();
            asleep = false;
            if (resting) {
                resting = false;
            }
            Moment.pass();
        }

        /** Is about to rest. */
        @Actor
        public void watchdog(II_Result r) {
            r.r1 = asleep ? 1 : 0;
            Moment.pass();
            Moment.pass();
            resting = true;
        }

        /** Looks whether the watchdog was woken. */
        @Arbiter
        public void woken(II_Result r) {
            r.r2 = resting ? 0 : 1;
        }
    }
}
