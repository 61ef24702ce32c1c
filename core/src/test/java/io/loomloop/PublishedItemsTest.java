package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.SubmissionPublisher;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Flow.Publisher, read by a task. */
class PublishedItemsTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final Source source = new Source();

    /** A publisher that does what the test says. */
    private static final class Source implements Flow.Publisher<Integer>, Flow.Subscription {
        final AtomicLong requested = new AtomicLong();
        final AtomicInteger cancelled = new AtomicInteger();
        volatile Flow.Subscriber<? super Integer> subscriber;
        volatile EventLoop cancelledOn;

        @Override
        public void subscribe(Flow.Subscriber<? super Integer> given) {
            subscriber = given;
            given.onSubscribe(this);
        }

        @Override
        public void request(long n) {
            requested.addAndGet(n);
        }

        @Override
        public void cancel() {
            cancelled.incrementAndGet();
            cancelledOn = catchThrowable(EventLoop::current) == null ? EventLoop.current() : null;
        }
    }

    @Test
    @DisplayName("one task at a time reads: a second one is refused, and the first gets its item")
    void twoReaders() {
        loops.run(() -> {
            PublishedItems<Integer> items = Async.iterate(source);
            Task<Integer> first = Async.createTask(items::next);
            Task<Integer> second = Async.createTask(items::next);
            Async.yieldNow();
            assertThatThrownBy(second::await).isInstanceOf(IllegalStateException.class);
            source.subscriber.onNext(1);
            assertThat(first.await()).isEqualTo(1);
            items.close();
        });
    }

    /** Counts up to an end as it is asked to, in the asking thread. */
    private static Flow.Publisher<Integer> range(int end) {
        return subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
            private int next;

            @Override
            public void request(long n) {
                for (long i = 0; i < n && next < end; i++) {
                    subscriber.onNext(next++);
                    if (next == end) {
                        subscriber.onComplete();
                    }
                }
            }

            @Override
            public void cancel() {
                next = end;
            }
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 32, 1000})
    @DisplayName("all items come, in order, and then the end")
    void allItems(int prefetch) {
        loops.run(() -> {
            List<Integer> read = new ArrayList<>();
            try (PublishedItems<Integer> items = Async.iterate(range(100), prefetch)) {
                for (int item : items) {
                    read.add(item);
                }
                assertThat(items.hasNext()).isFalse();
                assertThatThrownBy(items::next).isInstanceOf(NoSuchElementException.class);
            }
            assertThat(read).hasSize(100).isSorted();
        });
    }

    @Test
    @DisplayName("a publisher on other threads: the task waits, others run, and nothing is lost")
    void otherThreads() {
        EventLoop loop = loops.start();
        Task<Long> sum;
        try (SubmissionPublisher<Integer> publisher = new SubmissionPublisher<>()) {
            sum = loop.createTask(() -> {
                long total = 0;
                try (PublishedItems<Integer> items = Async.iterate(publisher, 8)) {
                    for (int item : items) {
                        total += item;
                    }
                }
                return total;
            });
            Loops.Waiting.until("it has subscribed", publisher::hasSubscribers);
            for (int i = 1; i <= 20_000; i++) {
                publisher.submit(i);
            }
        }
        assertThat(sum.await()).isEqualTo(20_000L * 20_001 / 2);
    }

    @Test
    @DisplayName("the publisher is asked for the prefetch, and for more only as items are read")
    void backpressure() {
        loops.run(() -> {
            try (PublishedItems<Integer> items = Async.iterate(source, 4)) {
                assertThat(source.requested).hasValue(4);
                for (int i = 0; i < 4; i++) {
                    source.subscriber.onNext(i);
                }
                Async.yieldNow();
                assertThat(source.requested).hasValue(4);
                items.next();
                items.next();
                assertThat(source.requested).hasValue(6);
                assertThat(items).hasToString("PublishedItems[open, unread=2]");
            }
            try (PublishedItems<Integer> items = Async.iterate(source)) {
                assertThat(source.requested).hasValue(6 + 32);
                assertThat(items).isNotNull();
            }
        });
    }

    @Test
    @DisplayName("a failure is thrown to the reader, after the items before it, each time it asks")
    void failures() {
        loops.run(() -> {
            IllegalStateException unchecked = new IllegalStateException("unchecked");
            try (PublishedItems<Integer> items = Async.iterate(source)) {
                source.subscriber.onNext(1);
                source.subscriber.onError(unchecked);
                assertThat(items.next()).isEqualTo(1);
                assertThat(catchThrowable(items::hasNext)).isSameAs(unchecked);
                assertThat(catchThrowable(items::next)).isSameAs(unchecked);
            }
            try (PublishedItems<Integer> items = Async.iterate(source)) {
                source.subscriber.onError(new IOException("checked"));
                assertThatThrownBy(items::next)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(IOException.class);
            }
            assertThat(source.cancelled).hasValue(0);
        });
    }

    @Test
    @DisplayName("close cancels the subscription, once, and ends a wait for the next item")
    void close() {
        loops.run(() -> {
            PublishedItems<Integer> items = Async.iterate(source);
            Task<Boolean> reader = Async.createTask(items::hasNext);
            Async.yieldNow();
            items.close();
            items.close();
            assertThat(source.cancelled).hasValue(1);
            assertThat(reader.await()).isFalse();
            source.subscriber.onNext(1);
            assertThat(items.hasNext()).isFalse();
            assertThatThrownBy(items::next).isInstanceOf(NoSuchElementException.class);
            assertThat(items).hasToString("PublishedItems[closed, unread=0]");
        });
    }

    @Test
    @DisplayName("a loop that is left early closes with the try statement")
    void leftEarly() {
        loops.run(() -> {
            try (PublishedItems<Integer> items = Async.iterate(source)) {
                source.subscriber.onNext(1);
                for (int item : items) {
                    assertThat(item).isEqualTo(1);
                    break;
                }
            }
            assertThat(source.cancelled).hasValue(1);
        });
    }

    @Test
    @DisplayName("what nobody closes is cancelled when the task ends that made it, on the loop")
    void abandoned() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Async.createTask(() -> Async.iterate(source).hasNext()).cancel();
            Task<?> task = Async.createTask(() -> {
                Iterator<Integer> items = Async.iterate(source).iterator();
                source.subscriber.onNext(1);
                items.next();
            });
            task.await();
            Async.yieldNow();
            assertThat(source.cancelled).hasValue(1);
            assertThat(source.cancelledOn).isSameAs(loop);
        });
    }

    @Test
    @DisplayName("a task that is cancelled while it waits for an item may catch that and read on; nothing is lost")
    void cancelledReader() {
        loops.run(() -> {
            Task<Integer> task = Async.createTask(() -> {
                try (PublishedItems<Integer> items = Async.iterate(source)) {
                    assertThatThrownBy(items::next).isInstanceOf(CancelledException.class);
                    return items.next();
                }
            });
            Async.yieldNow();
            task.cancel();
            Async.yieldNow();
            source.subscriber.onNext(7);
            assertThat(task.await()).isEqualTo(7);
            Task<?> gone = Async.createTask(() -> {
                try (PublishedItems<Integer> items = Async.iterate(source)) {
                    items.next();
                }
            });
            Async.yieldNow();
            gone.cancel();
            assertThatThrownBy(gone::await).isInstanceOf(CancelledException.class);
            assertThat(source.cancelled).hasValue(2);
        });
    }

    @Test
    @DisplayName(
            "a publisher that breaks its promises: more than asked for, null, two subscriptions, items after the end")
    void brokenPublishers() {
        loops.run(() -> {
            PublishedItems<Integer> items = Async.iterate(source, 2);
            for (int i = 0; i < 3; i++) {
                source.subscriber.onNext(i);
            }
            assertThat(source.cancelled).hasValue(1);
            assertThat(items.next()).isZero();
            assertThat(items.next()).isEqualTo(1);
            assertThatThrownBy(items::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("more than");
            Async.iterate(source);
            assertThatThrownBy(() -> source.subscriber.onNext(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> source.subscriber.onError(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> source.subscriber.onSubscribe(null)).isInstanceOf(NullPointerException.class);
            source.subscriber.onSubscribe(source);
            assertThat(source.cancelled).hasValue(2);
            PublishedItems<Integer> ended = Async.iterate(source);
            source.subscriber.onComplete();
            source.subscriber.onNext(1);
            source.subscriber.onError(new IOException("late"));
            assertThat(ended.hasNext()).isFalse();
        });
    }

    @Test
    @DisplayName("a publisher that subscribes later, or whose subscribe throws")
    void oddSubscribing() {
        loops.run(() -> {
            List<Flow.Subscriber<? super Integer>> later = new ArrayList<>();
            PublishedItems<Integer> items = Async.iterate(later::add);
            items.close();
            later.get(0).onSubscribe(source);
            assertThat(source.cancelled).hasValue(1);
            assertThatThrownBy(() -> Async.iterate((Flow.Publisher<Integer>) subscriber -> {
                        throw new IllegalStateException("no subscribers");
                    }))
                    .hasMessage("no subscribers");
        });
    }

    @Test
    @DisplayName("a task that reads many publishers to their ends does not remember them")
    void manyPublishers() {
        loops.run(() -> {
            for (int i = 0; i < 1000; i++) {
                for (int item : Async.iterate(range(2))) {
                    assertThat(item).isLessThan(2);
                }
            }
            assertThat(((TaskThread<?>) Async.currentTask()).placeCount()).isLessThan(20);
        });
    }

    @Test
    @DisplayName("bad input is refused: a prefetch below 1, and callers that are on no loop")
    void badInput() {
        loops.run(() -> {
            for (int prefetch : new int[] {0, -1, Integer.MIN_VALUE}) {
                assertThatThrownBy(() -> Async.iterate(source, prefetch))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("" + prefetch);
            }
        });
        assertThatThrownBy(() -> Async.iterate(source)).isInstanceOf(IllegalStateException.class);
        assertThat(source.requested).hasValue(0);
    }
}
