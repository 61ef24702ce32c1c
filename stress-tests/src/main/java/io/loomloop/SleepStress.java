package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.spi.LoopDriver;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * The loop falls asleep while another thread pushes: the loop sees the item, or the other thread sees the sleeper and wakes it.
 *
 * <p>An actor cannot block, so the driver leaves {@code sleep} with an exception at the point where a loop would be asleep.
 */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "the loop saw the item")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the loop slept and was woken")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "both saw each other")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the loop sleeps and nobody wakes it")
@State
public class SleepStress {
    private final Sleeper driver = new Sleeper();
    private final ReadyQueue queue = new ReadyQueue(driver);

    /** Falls asleep. */
    @Actor
    public void loop(II_Result r) {
        try {
            queue.sleep(Long.MAX_VALUE);
        } catch (Asleep asleep) {
            r.r1 = 1;
        }
    }

    /** Pushes. */
    @Actor
    public void producer(II_Result r) {
        queue.push(this);
        r.r2 = driver.wakeUps;
    }

    private static final class Asleep extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Asleep() {
            super(null, null, false, false);
        }
    }

    private static final class Sleeper implements LoopDriver {
        // producer only
        int wakeUps;

        @Override
        public long nanoTime() {
            return 0;
        }

        @Override
        public void await(long nanos) {
            throw new Asleep();
        }

        @Override
        public void wakeup() {
            wakeUps++;
        }

        @Override
        public void close() {}
    }

    /** Says that it sleeps without a full fence before it looks at the inbox. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = ACCEPTABLE)
    @Outcome(id = "1, 1", expect = ACCEPTABLE)
    @Outcome(id = "0, 1", expect = ACCEPTABLE)
    @Outcome(id = "1, 0", expect = FORBIDDEN)
    @State
    public static class SleepBroken {
        private static final VarHandle ASLEEP;

        static {
            try {
                ASLEEP = MethodHandles.lookup().findVarHandle(SleepBroken.class, "asleep", boolean.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private volatile @Nullable Object inbox;
        private volatile boolean asleep;

        /** Falls asleep. */
        @Actor
        public void loop(II_Result r) {
            ASLEEP.setRelease(this, true);
            if (inbox == null) {
                r.r1 = 1;
            }
        }

        /** Pushes. */
        @Actor
        public void producer(II_Result r) {
            inbox = this;
            if (asleep) {
                r.r2 = 1;
            }
        }
    }
}
