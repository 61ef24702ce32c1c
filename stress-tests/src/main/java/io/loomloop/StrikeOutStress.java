package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * Two of three places are struck out, which sweeps the chain, while the future completes: each of the two gave up or was told, and
 * the one between them is told once.
 */
@JCStressTest
@Outcome(
        id = {"1, 1, 1", "1, 10, 1", "10, 1, 1", "10, 10, 1"},
        expect = ACCEPTABLE,
        desc = "gave up (1) or was told (10), and the one that stays was told once")
@Outcome(expect = FORBIDDEN, desc = "both or neither, or the one that stays is lost or told twice")
@State
public class StrikeOutStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final AtomicInteger oldest = new AtomicInteger();
    private final AtomicInteger stays = new AtomicInteger();
    private final AtomicInteger newest = new AtomicInteger();
    private final LoopFuture<Integer> future = LOOP.createFuture();
    private final Waiter oldestPlace = place(oldest);
    private final Waiter stayingPlace = place(stays);
    private final Waiter newestPlace = place(newest);

    private Waiter place(AtomicInteger told) {
        return Objects.requireNonNull(future.addHook(told::incrementAndGet));
    }

    /** Gives up the places at both ends. */
    @Actor
    public void striker(III_Result r) {
        r.r1 = future.removeHook(oldestPlace) ? 1 : 0;
        r.r2 = future.removeHook(newestPlace) ? 1 : 0;
    }

    /** Completes. */
    @Actor
    public void producer() {
        future.trySetResult(1);
    }

    /** Counts. */
    @Arbiter
    public void count(III_Result r) {
        r.r1 += 10 * oldest.get();
        r.r2 += 10 * newest.get();
        r.r3 = stays.get() + (stayingPlace.who() == null ? 0 : 100);
    }

    /** Looks who is not struck out, and tells those then. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 1", "1, 10, 1", "10, 1, 1", "10, 10, 1"},
            expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class StrikeOutBroken {
        private final AtomicInteger oldest = new AtomicInteger();
        private final AtomicInteger newest = new AtomicInteger();
        private volatile @Nullable AtomicInteger oldestPlace = oldest;
        private volatile @Nullable AtomicInteger newestPlace = newest;

        /** Gives up. */
        @Actor
        public void striker(III_Result r) {
            if (oldestPlace != null) {
                oldestPlace = null;
                r.r1 = 1;
            }
            if (newestPlace != null) {
                newestPlace = null;
                r.r2 = 1;
            }
        }

        /** Completes. */
        @Actor
        public void producer() {
            AtomicInteger first = oldestPlace;
            AtomicInteger last = newestPlace;
            if (first != null) {
                first.incrementAndGet();
            }
            if (last != null) {
                last.incrementAndGet();
            }
        }

        /** Counts. */
        @Arbiter
        public void count(III_Result r) {
            r.r1 += 10 * oldest.get();
            r.r2 += 10 * newest.get();
            r.r3 = 1;
        }
    }
}
