package io.loomloop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A look at many futures until enough of them are done: {@link Async#waitAll}. It has no hold on them. */
final class Watch<F extends LoopFuture<?>> {
    private record Hooked(LoopFuture<?> future, Waiter place) {}

    private final Set<F> futures;
    private final ReturnWhen returnWhen;
    private final LoopFuture<@Nullable Void> enough;
    // any thread, atomic
    private final AtomicInteger missing;

    private Watch(Set<F> futures, ReturnWhen returnWhen) {
        this.futures = futures;
        this.returnWhen = returnWhen;
        this.enough = new LoopFuture<>(futures.iterator().next().loop());
        this.missing = new AtomicInteger(futures.size());
    }

    static <F extends LoopFuture<?>> WaitResult<F> waitAll(
            Collection<? extends F> futures, @Nullable Duration timeout, ReturnWhen returnWhen) {
        Objects.requireNonNull(returnWhen, "returnWhen");
        Set<F> unique = unique(futures);
        if (unique.isEmpty()) {
            throw new IllegalArgumentException("there is no future to wait for");
        }
        return new Watch<>(unique, returnWhen).await(timeout);
    }

    /** Each future once, in the order given. */
    static <F extends LoopFuture<?>> Set<F> unique(Collection<? extends F> futures) {
        Set<F> unique = new LinkedHashSet<>();
        for (F future : futures) {
            unique.add(Objects.requireNonNull(future, "a future"));
        }
        return unique;
    }

    private WaitResult<F> await(@Nullable Duration timeout) {
        List<Hooked> hooked = new ArrayList<>();
        try {
            for (F future : futures) {
                Arrival arrival = new Arrival(future);
                Waiter place = future.addHook(arrival);
                if (place == null) {
                    arrival.completed();
                } else {
                    hooked.add(new Hooked(future, place));
                }
                if (enough.isDone()) {
                    break;
                }
            }
            Parking.awaitFor(enough, timeout);
        } finally {
            hooked.forEach(each -> each.future.removeHook(each.place));
        }
        return result();
    }

    private WaitResult<F> result() {
        List<F> done = new ArrayList<>();
        List<F> pending = new ArrayList<>();
        for (F future : futures) {
            (future.isDone() ? done : pending).add(future);
        }
        return new WaitResult<>(done, pending);
    }

    /** Tells that one more is done. */
    private final class Arrival implements LoopFuture.Hook {
        private final F future;

        Arrival(F future) {
            this.future = future;
        }

        @Override
        public void completed() {
            boolean first = switch (returnWhen) {
                case FIRST_COMPLETED -> true;
                case FIRST_EXCEPTION -> future.state() == Future.State.FAILED;
                case ALL_COMPLETED -> false;
            };
            if (missing.decrementAndGet() == 0 || first) {
                enough.completeWith(null);
            }
        }

        @Override
        public LoopFuture<?> awaitedBy() {
            return enough;
        }
    }
}
