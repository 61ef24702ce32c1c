package io.loomloop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The future of many: what {@link Async#gather} and {@link Async#gatherSettled} return.
 *
 * <p>A child that is done is counted in a step on the loop, not by the thread that completes it, so that futures of futures of
 * futures need no deep stack.
 *
 * @param <F> the children
 * @param <R> what becomes of them
 */
final class GatherFuture<F extends LoopFuture<?>, R extends @Nullable Object> extends LoopFuture<List<R>> {
    /** What becomes of the children once all are done. */
    @FunctionalInterface
    private interface Outcome<F, R extends @Nullable Object> {
        R of(F child);
    }

    private final boolean settled;
    private final Outcome<F, R> outcome;
    // any thread reads; forgotten by whoever completes this future
    private volatile @Nullable List<F> children;
    // any thread, atomic
    private final AtomicInteger missing;
    // any thread sets, once
    private volatile boolean cancelRequested;
    // the thread that is cancelling the children
    private volatile @Nullable Thread canceller;
    // any thread; the message of the latest request
    private volatile @Nullable String cancelMessage;
    // whoever counts writes and reads: the loop thread, until the loop is closed
    private volatile @Nullable Throwable failureWhileCancelling;

    private GatherFuture(EventLoop loop, boolean settled, List<F> children, Outcome<F, R> outcome) {
        super(loop);
        this.settled = settled;
        this.children = children;
        this.outcome = outcome;
        this.missing = new AtomicInteger(children.size());
    }

    static <T extends @Nullable Object> LoopFuture<List<T>> ofResults(
            Collection<? extends LoopFuture<? extends T>> futures) {
        return of(false, futures, LoopFuture::result);
    }

    static <F extends LoopFuture<?>> LoopFuture<List<F>> ofSettled(Collection<? extends F> futures) {
        return of(true, futures, future -> future);
    }

    /** Starts a task for each; none of them when one is null. */
    static <T extends @Nullable Object> List<Task<T>> tasks(List<? extends Body<? extends T, ?>> bodies) {
        EventLoop loop = EventLoop.current();
        bodies.forEach(body -> Objects.requireNonNull(body, "a body"));
        List<Task<T>> tasks = new ArrayList<>(bodies.size());
        for (Body<? extends T, ?> body : bodies) {
            tasks.add(loop.createTask(body));
        }
        return tasks;
    }

    static List<Task<@Nullable Void>> voidTasks(VoidBody<?>... bodies) {
        List<Body<@Nullable Void, ?>> all = new ArrayList<>();
        for (VoidBody<?> body : Objects.requireNonNull(bodies, "bodies")) {
            all.add(Objects.requireNonNull(body, "a body").asBody());
        }
        return tasks(all);
    }

    private static <F extends LoopFuture<?>, R extends @Nullable Object> LoopFuture<List<R>> of(
            boolean settled, Collection<? extends F> futures, Outcome<F, R> outcome) {
        List<F> children = Collections.unmodifiableList(new ArrayList<>(futures));
        if (children.isEmpty()) {
            LoopFuture<List<R>> done = EventLoop.current().createFuture();
            done.setResult(List.of());
            return done;
        }
        EventLoop loop = Objects.requireNonNull(children.get(0), "a future").loop();
        for (F child : children) {
            if (Objects.requireNonNull(child, "a future").loop() != loop) {
                throw new IllegalArgumentException(
                        "futures of different loops cannot be gathered, await them one by one: " + children.get(0)
                                + " of " + loop + ", " + child + " of " + child.loop());
            }
        }
        GatherFuture<F, R> all = new GatherFuture<>(loop, settled, children, outcome);
        for (F child : children) {
            Link link = new Link(all, child);
            if (!child.addWaiter(link)) {
                link.run();
            }
        }
        return all;
    }

    /** Tells the one of a child. A future that was given twice has two. */
    private record Link(GatherFuture<?, ?> all, LoopFuture<?> child) implements Hook, Runnable {
        @Override
        public void completed() {
            if (!all.loop().thread().schedule(this)) {
                run();
            }
        }

        @Override
        public void run() {
            all.count(child);
        }

        @Override
        public @Nullable LoopFuture<?> awaitedBy() {
            return all.isDone() ? null : all;
        }
    }

    private void count(LoopFuture<?> child) {
        Throwable failure = child.failure();
        if (failure != null && !settled) {
            if (!cancelRequested) {
                fail(failure);
            } else if (failureWhileCancelling == null && !(failure instanceof CancelledException)) {
                failureWhileCancelling = failure;
            }
        }
        if (missing.decrementAndGet() == 0) {
            finish();
        }
    }

    private void finish() {
        List<F> done = children;
        if (done == null || isDone()) {
            return;
        }
        if (cancelRequested) {
            Throwable failure = failureWhileCancelling;
            fail(failure == null ? new CancelledException(cancelMessage) : failure);
            return;
        }
        List<R> outcomes = new ArrayList<>(done.size());
        for (F child : done) {
            outcomes.add(outcome.of(child));
        }
        completeWith(Collections.unmodifiableList(outcomes));
        children = null;
    }

    private void fail(Throwable failure) {
        failWith(failure);
        if (failure instanceof CancelledException) {
            markRetrieved(); // somebody asked for it: nothing to report when nobody looks
        }
        children = null;
    }

    /**
     * Cancels the children that are not done; this future ends when they have. While some do not end, it may be asked again.
     *
     * @return false when all of them are done
     */
    @Override
    public boolean cancel(@Nullable String message) {
        List<F> targets = children;
        if (targets == null || isDone() || targets.stream().allMatch(LoopFuture::isDone)) {
            markRetrieved();
            return false;
        }
        if (canceller == Thread.currentThread()) {
            // A child waits for this future, so neither would ever end: it is this one that does.
            fail(new CancelledException(message));
            return true;
        }
        cancelMessage = message;
        cancelRequested = true;
        canceller = Thread.currentThread();
        try {
            Set<F> unique = Collections.newSetFromMap(new IdentityHashMap<>());
            for (F child : targets) {
                if (!child.isDone() && unique.add(child)) {
                    child.cancel(message);
                }
            }
        } finally {
            canceller = null;
        }
        return true;
    }

    @Override
    String label() {
        return "gather@" + Integer.toHexString(System.identityHashCode(this));
    }
}
