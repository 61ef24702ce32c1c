package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads strike out and sweep the same chain while one of them comes anew: those who stay are told once, the others never. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "those who stay are told, once")
@Outcome(expect = FORBIDDEN, desc = "somebody who stays is lost, or one who gave up was told")
@State
public class SweepStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final AtomicInteger stays = new AtomicInteger();
    private final AtomicInteger comes = new AtomicInteger();
    private final AtomicInteger goes = new AtomicInteger();
    private final LoopFuture<Integer> future = LOOP.createFuture();
    private final Waiter first = place(goes);
    private final Waiter second = place(stays);
    private final Waiter third = place(goes);
    private final Waiter fourth = place(goes);

    private Waiter place(AtomicInteger told) {
        return Objects.requireNonNull(future.addHook(told::incrementAndGet));
    }

    /** Gives up the newest place, then comes anew. */
    @Actor
    public void comer() {
        future.removeHook(fourth);
        place(comes);
    }

    /** Gives up two places. */
    @Actor
    public void goer() {
        future.removeHook(third);
        future.removeHook(first);
    }

    /** Completes and counts. */
    @Arbiter
    public void complete(III_Result r) {
        future.trySetResult(1);
        r.r1 = stays.get() + (second.who() == null ? 0 : 100);
        r.r2 = comes.get();
        r.r3 = goes.get();
    }

    /** Sweeps by a store that does not look whether somebody came meanwhile. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SweepBroken {
        private record Place(int who, @Nullable Place earlier) {}

        private final AtomicReference<@Nullable Place> newest = new AtomicReference<>(new Place(0, new Place(1, null)));

        /** Comes anew. */
        @Actor
        public void comer() {
            newest.updateAndGet(before -> new Place(2, before));
        }

        /** Leaves out what is struck out. */
        @Actor
        public void goer() {
            Place place = newest.get();
            if (place != null && place.who == 0) {
                newest.set(place.earlier);
            } else if (place != null && place.earlier != null) {
                newest.set(new Place(place.who, place.earlier.earlier));
            }
        }

        /** Counts. */
        @Arbiter
        public void complete(III_Result r) {
            for (Place place = newest.get(); place != null; place = place.earlier) {
                r.r1 += place.who == 1 ? 1 : 0;
                r.r2 += place.who == 2 ? 1 : 0;
                r.r3 += place.who == 0 ? 1 : 0;
            }
        }
    }
}
