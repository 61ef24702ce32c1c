package io.loomloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Futures in the order in which they are done: {@link Async#asCompleted}. Each step waits in a future of its own, and takes its
 * item afterwards, so that a step that is cancelled takes none.
 */
final class CompletionOrder<F extends LoopFuture<?>> implements Iterator<F> {
    private record Hooked(LoopFuture<?> future, Waiter place) {}

    // any thread adds, the thread that iterates takes
    private final Queue<F> done = new ConcurrentLinkedQueue<>();
    private final EventLoop loop;
    private final @Nullable Duration timeout;
    private final long deadline;

    // the thread that iterates
    private final List<Hooked> hooked = new ArrayList<>();
    private int left;
    private boolean timedOut;
    // the thread that iterates writes, any thread reads
    private volatile @Nullable LoopFuture<@Nullable Void> step;

    static <F extends LoopFuture<?>> Iterable<F> of(Collection<? extends F> futures, @Nullable Duration timeout) {
        Set<F> unique = Watch.unique(futures);
        if (unique.isEmpty()) {
            return List.of();
        }
        CompletionOrder<F> order = new CompletionOrder<>(unique, timeout);
        order.watch(unique);
        return () -> order; // the same one each time: whoever asks anew goes on where the last one stopped
    }

    private CompletionOrder(Set<F> futures, @Nullable Duration timeout) {
        this.loop = futures.iterator().next().loop();
        this.timeout = timeout;
        this.deadline = timeout == null ? 0 : loop.time() + EventLoop.nanos(timeout);
        this.left = futures.size();
    }

    private void watch(Set<F> futures) {
        for (F future : futures) {
            Arrival arrival = new Arrival(future);
            Waiter place = future.addHook(arrival);
            if (place == null) {
                done.add(future);
            } else if (timeout != null) {
                hooked.add(new Hooked(future, place));
            }
        }
    }

    /** Tells that one more is done. */
    private final class Arrival implements LoopFuture.Hook {
        private final F future;

        Arrival(F future) {
            this.future = future;
        }

        @Override
        public void completed() {
            done.add(future);
            LoopFuture<@Nullable Void> waiting = step; // set before the look at the queue that precedes each wait
            if (waiting != null) {
                waiting.completeWith(null);
            }
        }

        @Override
        public @Nullable LoopFuture<?> awaitedBy() {
            return step;
        }
    }

    @Override
    public boolean hasNext() {
        return left > 0;
    }

    @Override
    public F next() {
        if (left == 0) {
            throw new NoSuchElementException("each of the futures was handed out");
        }
        if (step != null) {
            throw new IllegalStateException("another task waits for the next future already: iterate in one task");
        }
        awaitArrival();
        F next = timedOut ? null : done.poll();
        left--;
        if (next == null) {
            timedOut = true;
            hooked.forEach(each -> each.future.removeHook(each.place));
            hooked.clear();
            throw new CompletionException(new TimeoutException("not all futures were done after " + timeout));
        }
        return next;
    }

    private void awaitArrival() {
        LoopFuture<@Nullable Void> waiting = expectArrival();
        try {
            Parking.awaitFor(waiting, timeout == null ? null : Duration.ofNanos(deadline - loop.time()));
        } finally {
            step = null;
        }
    }

    /** What the next step waits in, which is shown before the last look at the queue; done when there is no need to wait. */
    LoopFuture<@Nullable Void> expectArrival() {
        LoopFuture<@Nullable Void> waiting = new LoopFuture<>(loop);
        step = waiting;
        if (timedOut || !done.isEmpty()) {
            waiting.completeWith(null);
        }
        return waiting;
    }
}
