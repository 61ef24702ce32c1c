package io.loomloop.nio;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.loomloop.EventLoop;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Bytes are dropped after a failure while a task is told of it: it is not reported as well. */
@JCStressTest
@org.openjdk.jcstress.annotations.Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "told, not reported")
@org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN, desc = "not told, or reported as well")
@State
public class OutcomeStress {
    private static final EventLoop LOOP = EventLoop.builder()
            .exceptionHandler((where, error) -> {
                if (error.exception() instanceof Counted counted) {
                    counted.reports++;
                }
            })
            .open();

    private final SocketEngine engine = new SocketEngine(LOOP, new FakeSelector().poller(), false);
    private final Outcome outcome = new Outcome(engine);
    private final Counted failure = new Counted();

    /** The connection is lost. */
    public OutcomeStress() {
        outcome.fail(failure);
    }

    /** Asks. */
    @Actor
    public void task(II_Result r) {
        try {
            outcome.throwIfFailed();
        } catch (IOException e) {
            r.r1 = 1;
        }
    }

    /** Drops. */
    @Actor
    public void io() {
        outcome.noteDropped(1, "test");
    }

    /** Has reported at the end what nobody was told of. */
    @Arbiter
    public void end(II_Result r) {
        engine.close();
        r.r2 = failure.reports;
    }

    private static final class Counted extends IOException {
        private static final long serialVersionUID = 1L;

        // the arbiter only
        int reports;

        Counted() {
            super("lost");
        }

        @Override
        public Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Notes the loss without a second look whether somebody was told. */
    @JCStressTest
    @org.openjdk.jcstress.annotations.Outcome(id = "1, 0", expect = ACCEPTABLE)
    @org.openjdk.jcstress.annotations.Outcome(expect = FORBIDDEN)
    @State
    public static class OutcomeBroken {
        private final AtomicReference<@Nullable Object> loss = new AtomicReference<>();
        private volatile boolean told;

        /** Asks. */
        @Actor
        public void task(II_Result r) {
            told = true;
            loss.set(null);
            r.r1 = 1;
        }

        /** Drops. */
        @Actor
        public void io() {
            if (!told) {
                for (int i = 0; i < 50; i++) {
                    Thread.onSpinWait(); // it takes a while to make a note
                }
                loss.set(this);
            }
        }

        /** Looks what is left to report. */
        @Arbiter
        public void end(II_Result r) {
            r.r2 = loss.get() == null ? 0 : 1;
        }
    }
}
