package io.loomloop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * An item is published while the reader is about to wait: the reader sees the item, or the publisher sees what the reader waits in.
 *
 * <p>An actor cannot block, so the reader only looks whether it would wait.
 */
@JCStressTest
@Outcome(
        id = {"0, 0", "0, 1"},
        expect = ACCEPTABLE,
        desc = "the reader saw the item")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the reader waited and was told")
@Outcome(id = "1, 0", expect = FORBIDDEN, desc = "the reader waits and nobody tells it")
@State
public class PublishStress {
    private static final EventLoop LOOP = EventLoop.open();
    private static final Flow.Subscription SUBSCRIPTION = new Flow.Subscription() {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    };

    private final Source source = new Source();
    private final PublishedItems<Integer> items = PublishedItems.of(LOOP, source, 8);
    // reader, then arbiter
    private @Nullable LoopFuture<@Nullable Void> waiting;

    /** Is about to wait. */
    @Actor
    public void reader(II_Result r) {
        waiting = items.expectArrival();
        r.r1 = items.hasNothing() ? 1 : 0;
    }

    /** Publishes. */
    @Actor
    public void publisher() {
        Objects.requireNonNull(source.subscriber).onNext(1);
    }

    /** Looks whether the reader was told. */
    @Arbiter
    public void told(II_Result r) {
        r.r2 = Objects.requireNonNull(waiting).isDone() ? 1 : 0;
    }

    private static final class Source implements Flow.Publisher<Integer> {
        // set by of
        Flow.@Nullable Subscriber<? super Integer> subscriber;

        @Override
        public void subscribe(Flow.Subscriber<? super Integer> given) {
            subscriber = given;
            given.onSubscribe(SUBSCRIPTION);
        }
    }

    /** Looks for items before it shows what it waits in, and not afterwards. */
    @JCStressTest
    @Outcome(
            id = {"0, 0", "0, 1", "1, 1"},
            expect = ACCEPTABLE)
    @Outcome(id = "1, 0", expect = FORBIDDEN)
    @State
    public static class PublishBroken {
        private final AtomicInteger told = new AtomicInteger();
        private volatile @Nullable Object item;
        private volatile @Nullable AtomicInteger arrival;

        /** Is about to wait. */
        @Actor
        public void reader(II_Result r) {
            r.r1 = item == null ? 1 : 0;
            Moment.pass();
            Moment.pass();
            arrival = told;
        }

        /** Publishes. */
        @Actor
        public void publisher() {
            Moment.pass();
            item = this;
            AtomicInteger waiting = arrival;
            if (waiting != null) {
                waiting.set(1);
            }
            Moment.pass();
        }

        /** Looks whether the reader was told. */
        @Arbiter
        public void told(II_Result r) {
            r.r2 = told.get();
        }
    }
}
