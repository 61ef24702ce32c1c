package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * Something that others wait for happens while somebody begins to wait: he sees it, or is woken.
 *
 * <p>He really waits, as a thread outside of the loop does; one that waits in vain is released after seconds.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "he goes on")
@Outcome(id = "1", expect = FORBIDDEN, desc = "he waits in vain")
@State
public class WaitersStress {
    private final Meeting start = new Meeting();
    private static final EventLoop LOOP = EventLoop.open();
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final Waiters waiters = new Waiters();
    // the other actor sets
    private volatile boolean happened;
    // the waiting actor sets
    private volatile boolean over;

    /** Waits. */
    @Actor
    public void task() {
        start.meet();
        waiters.await(LOOP, () -> happened);
        over = true;
    }

    /** Has it happen. */
    @Actor
    public void io(I_Result r) {
        start.meet();
        happened = true;
        waiters.wakeAll();
        long start = System.nanoTime();
        while (!over && r.r1 == 0) {
            Thread.onSpinWait();
            if (System.nanoTime() - start > PATIENCE) {
                r.r1 = 1;
                waiters.wakeAll();
            }
        }
    }

    /** Looks before he says that he waits, and not after. */
    @JCStressTest
    @Outcome(id = "0", expect = ACCEPTABLE)
    @Outcome(id = "1", expect = FORBIDDEN)
    @State
    public static class WaitersBroken {
        private final Meeting moment = new Meeting();
        private final Queue<String> queue = new ConcurrentLinkedQueue<>();
        private volatile boolean happened;

        /** Waits. */
        @Actor
        public void task() {
            if (!happened) {
                moment.pass();
                queue.add("waits");
            }
        }

        /** Has it happen. */
        @Actor
        public void io() {
            moment.meet();
            happened = true;
            queue.clear();
        }

        /** Looks who waits. */
        @Arbiter
        public void look(I_Result r) {
            r.r1 = queue.isEmpty() ? 0 : 1;
        }
    }
}
