package io.loomloop;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Flow.Publisher} publishes, one item after the other, for code that waits for the next. Made with
 * {@link Async#iterate(Flow.Publisher)}.
 *
 * <p>The publisher is never asked for more than the prefetch allows, so a reader that is slow slows it down. A failure of the
 * publisher is thrown to the reader, after the items that came before: the same instance, a checked one in a
 * {@link java.util.concurrent.CompletionException}.
 *
 * <p>The subscription is cancelled by {@link #close}, and when the task ends that made it, whichever is first. There is one
 * sequence: a second loop over it goes on where the first one stopped. It is for one reader at a time, on the loop it was made on.
 *
 * @param <T> the items
 */
public final class PublishedItems<T> implements Iterable<T>, AutoCloseable {
    static final int DEFAULT_PREFETCH = 32;

    /** How the publisher has ended: well, or with a failure. */
    private record End(@Nullable Throwable failure) {}

    private final EventLoop loop;
    private final int prefetch;
    private final Inbox inbox = new Inbox();
    // publisher's thread adds, reader takes
    private final Queue<T> items = new ConcurrentLinkedQueue<>();
    // publisher's thread sets, once, after the last item; the reader when the publisher breaks its promises
    private volatile @Nullable End end;
    // reader sets and clears, publisher's thread completes
    private volatile @Nullable LoopFuture<@Nullable Void> arrival;
    // publisher's thread sets, once
    private volatile Flow.@Nullable Subscription subscription;
    // any thread sets
    private final AtomicBoolean closed = new AtomicBoolean();
    // publisher's thread takes, reader adds: how many items the publisher has been asked for and not sent
    private final AtomicLong demand = new AtomicLong();
    // whoever makes this sets, reader and who closes it take; running it twice does no harm
    private volatile @Nullable Runnable leaveTask;
    // reader only: items taken that the publisher has not been asked to replace
    private int taken;

    private PublishedItems(EventLoop loop, int prefetch) {
        this.loop = loop;
        this.prefetch = prefetch;
    }

    static <T> PublishedItems<T> of(Flow.Publisher<? extends T> publisher, int prefetch) {
        Objects.requireNonNull(publisher, "publisher");
        if (prefetch < 1) {
            throw new IllegalArgumentException("the prefetch must be at least 1: " + prefetch);
        }
        return of(EventLoop.current(), publisher, prefetch);
    }

    /** Of a loop that need not be the caller's. */
    static <T> PublishedItems<T> of(EventLoop loop, Flow.Publisher<? extends T> publisher, int prefetch) {
        PublishedItems<T> items = new PublishedItems<>(loop, prefetch);
        TaskThread<?> task = LoopThread.currentTask();
        if (task != null) {
            items.closeWith(task);
        }
        boolean subscribed = false;
        try {
            publisher.subscribe(items.inbox);
            subscribed = true;
        } finally {
            if (!subscribed) {
                items.close();
            }
        }
        return items;
    }

    /** In a callback, because cancelling a subscription runs code of the publisher's. */
    private void closeWith(TaskThread<?> task) {
        LoopFuture.Hook abandoned = () -> {
            if (!closed.get()) {
                loop.scheduleOrRun(this::close, null);
            }
        };
        Waiter place = Objects.requireNonNull(task.addHook(abandoned), "a task that runs is not done");
        leaveTask = () -> task.removeHook(place);
    }

    /** Nothing is left to be cancelled: a task that reads many publishers does not remember them all. */
    private void leaveTask() {
        Runnable leave = leaveTask;
        if (leave != null) {
            leaveTask = null;
            leave.run();
        }
    }

    // ---- the publisher's side

    /** The subscriber. A class of its own, because nobody but the publisher is to call it. */
    private final class Inbox implements Flow.Subscriber<T> {
        @Override
        public void onSubscribe(Flow.Subscription given) {
            Objects.requireNonNull(given, "subscription");
            if (subscription != null) {
                given.cancel();
                return;
            }
            subscription = given;
            if (closed.get()) {
                given.cancel();
            } else {
                demand.set(prefetch);
                given.request(prefetch);
            }
        }

        @Override
        public void onNext(T item) {
            Objects.requireNonNull(item, "item");
            if (closed.get() || end != null) {
                return;
            }
            if (demand.getAndDecrement() > 0) {
                items.add(item);
                signal();
            } else {
                finish(new IllegalStateException(
                        "the publisher sends more than it was asked for: " + prefetch + " items at a time"));
                Flow.Subscription given = subscription;
                if (given != null) {
                    given.cancel();
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            finish(Objects.requireNonNull(failure, "failure"));
        }

        @Override
        public void onComplete() {
            finish(null);
        }

        private void finish(@Nullable Throwable failure) {
            if (end == null) {
                end = new End(failure);
                signal();
            }
        }
    }

    /** After a change that the reader looks for: the reader shows what it waits in before it looks, so one of the two sees it. */
    private void signal() {
        LoopFuture<@Nullable Void> waiting = arrival;
        if (waiting != null) {
            waiting.completeWith(null);
        }
    }

    // ---- the reader's side

    /**
     * True when there is another item, which is waited for; false at the end, and once this was closed. A cancellation point if it has to
     * wait.
     *
     * @throws CancelledException when the calling task is cancelled; nothing is lost, and nothing is closed before the task ends
     */
    public boolean hasNext() {
        while (items.isEmpty() || closed.get()) {
            if (closed.get()) {
                return false;
            }
            End over = end;
            if (over == null) {
                awaitArrival();
            } else if (items.isEmpty()) { // an item may have come before the end, and after the look above
                leaveTask();
                if (over.failure() != null) {
                    throw LoopFuture.unchecked(over.failure());
                }
                return false;
            }
        }
        return true;
    }

    private void awaitArrival() {
        if (arrival != null) {
            throw new IllegalStateException("somebody else is waiting for the next item: let one task at a time read");
        }
        LoopFuture<@Nullable Void> waiting = expectArrival();
        try {
            if (hasNothing()) {
                waiting.await();
            }
        } finally {
            arrival = null;
        }
    }

    /** Shows what the reader is going to wait in, which comes before it looks for the last time. */
    LoopFuture<@Nullable Void> expectArrival() {
        LoopFuture<@Nullable Void> waiting = new LoopFuture<>(loop);
        arrival = waiting;
        return waiting;
    }

    /** True when there is nothing to tell the reader, who has to wait then. */
    boolean hasNothing() {
        return items.isEmpty() && end == null && !closed.get();
    }

    /**
     * The next item, which is waited for.
     *
     * @throws NoSuchElementException at the end
     * @throws CancelledException when the calling task is cancelled
     */
    public T next() {
        T item = hasNext() ? items.poll() : null;
        if (item == null) {
            throw new NoSuchElementException("the publisher has no more items, or this was closed");
        }
        // In portions, so that a publisher far away is not asked for each item.
        if (++taken * 2 >= prefetch && end == null) {
            int portion = taken;
            taken = 0;
            demand.addAndGet(portion);
            Objects.requireNonNull(subscription).request(portion);
        }
        return item;
    }

    /** The remaining items: {@link #hasNext} and {@link #next}. */
    @Override
    public Iterator<T> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return PublishedItems.this.hasNext();
            }

            @Override
            public T next() {
                return PublishedItems.this.next();
            }
        };
    }

    /** Cancels the subscription, and drops what was not read. Does nothing the second time. Safe from any thread. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Flow.Subscription given = subscription;
        if (given != null && end == null) {
            given.cancel();
        }
        items.clear();
        leaveTask();
        signal();
    }

    @Override
    public String toString() {
        End over = end;
        String shown = closed.get()
                ? "closed"
                : over == null ? "open" : over.failure() == null ? "complete" : "failed: " + over.failure();
        return "PublishedItems[" + shown + ", unread=" + items.size() + "]";
    }
}
