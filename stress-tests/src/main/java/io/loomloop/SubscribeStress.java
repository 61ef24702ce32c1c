package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

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
public class SubscribeStress {
    private static final EventLoop LOOP = EventLoop.open();

    private final Source source = new Source();
    private final PublishedItems<Integer> items = PublishedItems.of(LOOP, source, 8);

    /** Hands in the subscription. */
    @Actor
    public void publisher() {
        Objects.requireNonNull(source.subscriber).onSubscribe(source);
    }

    /** Closes. */
    @Actor
    public void reader() {
        items.close();
    }

    /** Looks whether it was cancelled. */
    @Arbiter
    public void end(I_Result r) {
        r.r1 = source.cancelled ? 1 : 0;
    }

    /** A publisher that does not begin by itself, and its subscription. */
    private static final class Source implements Flow.Publisher<Integer>, Flow.Subscription {
        // set by of
        Flow.@Nullable Subscriber<? super Integer> subscriber;
        volatile boolean cancelled;

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
    }

    /** Looks whether this was closed before it takes the subscription, and not afterwards. */
    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE)
    @Outcome(expect = FORBIDDEN)
    @State
    public static class SubscribeBroken {
        private volatile @Nullable Object subscription;
        private volatile boolean closed;
        private volatile boolean cancelled;

        /** Hands in the subscription. */
        @Actor
        public void publisher() {
            if (closed) {
                cancelled = true;
            }
            Moment.pass();
            Moment.pass();
            subscription = this;
        }

        /** Closes. */
        @Actor
        public void reader() {
            Moment.pass();
            closed = true;
            if (subscription != null) {
                cancelled = true;
            }
            Moment.pass();
        }

        /** Looks whether it was cancelled. */
        @Arbiter
        public void end(I_Result r) {
            r.r1 = cancelled ? 1 : 0;
        }
    }
}
