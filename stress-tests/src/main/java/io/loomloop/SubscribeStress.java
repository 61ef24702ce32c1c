package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A publisher hands in the subscription while the reader closes: one of the two cancels it. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "the subscription is cancelled")
@Outcome(expect = FORBIDDEN, desc = "the publisher goes on for ever")
@State
public class SubscribeStress implements Flow.Publisher<Integer>, Flow.Subscription {
    private static final EventLoop LOOP = EventLoop.open();

    // set by of
    private Flow.@Nullable Subscriber<? super Integer> subscriber;
    private final PublishedItems<Integer> items = PublishedItems.of(LOOP, this, 8);
    private volatile boolean cancelled;

    @Override
    public void subscribe(Flow.Subscriber<? super Integer> given) {
        subscriber = given;
    }

    @Override
    public void request(long n) {}

    @Override
    public void cancel() {
        cancelled = true;
    }

    /** Hands in the subscription. */
    @Actor
    public void publisher() {
        Objects.requireNonNull(subscriber).onSubscribe(this);
    }

    /** Closes. */
    @Actor
    public void reader() {
        items.close();
    }

    /** Looks whether it was cancelled. */
    @Arbiter
    public void end(I_Result r) {
        r.r1 = cancelled ? 1 : 0;
    }

    /** Takes the subscription without a full fence before it looks whether this was closed. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SubscribeBroken {
        private static final VarHandle SUBSCRIPTION;

        static {
            try {
                SUBSCRIPTION =
                        MethodHandles.lookup().findVarHandle(SubscribeBroken.class, "subscription", Object.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private volatile @Nullable Object subscription;
        private volatile boolean closed;
        private volatile boolean cancelled;

        /** Hands in the subscription. */
        @Actor
        public void publisher() {
            SUBSCRIPTION.setRelease(this, this);
            if (closed) {
                cancelled = true;
            }
        }

        /** Closes. */
        @Actor
        public void reader() {
            closed = true;
            if (subscription != null) {
                cancelled = true;
            }
        }

        /** Looks whether it was cancelled. */
        @Arbiter
        public void end(I_Result r) {
            r.r1 = cancelled ? 1 : 0;
        }
    }
}
