package io.loomloop;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The work of one {@code invokeAll} or {@code invokeAny}. The inherited methods would do but for one thing: a caller of theirs waits
 * for ever for work that {@code shutdownNow} or the end of the loop has kept from beginning.
 */
final class Batch<T extends @Nullable Object> {
    private final LoopExecutor executor;
    private final List<Member<T>> members = new ArrayList<>();

    // how many are not done; any thread, atomic
    private final AtomicInteger left;
    private final CountDownLatch allDone;
    // the first result, or the failure of the last one; any thread
    private final CompletableFuture<T> winner = new CompletableFuture<>();

    Batch(LoopExecutor executor, Collection<? extends Callable<T>> tasks) {
        this.executor = executor;
        for (Callable<T> task : Objects.requireNonNull(tasks, "tasks")) {
            members.add(new Member<>(this, Objects.requireNonNull(task, "a task in tasks")));
        }
        this.left = new AtomicInteger(members.size());
        this.allDone = new CountDownLatch(members.size());
    }

    /** One of them. Its future is in the hands of whoever waits for all, and of nobody else until that is over. */
    private static final class Member<T extends @Nullable Object> extends ExecutorJob<T> {
        private final Batch<T> batch;

        Member(Batch<T> batch, Callable<T> work) {
            super(batch.executor.loop, work);
            this.batch = batch;
        }

        @Override
        protected void done() {
            batch.done(this);
        }
    }

    /** Those that never begin end here, because somebody waits for them. */
    static void cancelMembers(List<Runnable> neverBegan) {
        for (Runnable command : neverBegan) {
            if (command instanceof Member<?> member) {
                member.cancel(false);
            }
        }
    }

    private void done(Member<T> member) {
        if (member.state() == Future.State.SUCCESS) {
            winner.complete(member.resultNow());
        } else if (left.decrementAndGet() == 0) {
            Throwable failure = member.state() == Future.State.FAILED
                    ? member.exceptionNow()
                    : new CancelledException("it was cancelled: " + member);
            winner.completeExceptionally(new CompletionException(failure));
        }
        allDone.countDown();
    }

    private void start() {
        members.forEach(executor::execute);
    }

    private void cancel() {
        members.forEach(member -> member.cancel(true));
    }

    /** Waits until all are done, or the time is over: then the others are cancelled. */
    List<Future<T>> all(long timeout, @Nullable TimeUnit unit) throws InterruptedException {
        boolean over = false;
        try {
            if (unit == null || timeout > 0) {
                start();
                awaitAll(timeout, unit);
                over = allDone.getCount() == 0;
            }
        } finally {
            if (!over) {
                cancel();
            }
        }
        return new ArrayList<>(members);
    }

    private void awaitAll(long timeout, @Nullable TimeUnit unit) throws InterruptedException {
        if (allDone.getCount() == 0) {
            return;
        }
        Parking.beforeForeignWait(executor.loop.thread());
        if (unit == null) {
            allDone.await();
        } else {
            var unused = allDone.await(timeout, unit);
        }
    }

    /** Waits for the first result, and cancels the others. */
    T any() throws InterruptedException, ExecutionException {
        requireSome();
        try {
            start();
            beforeAny();
            return winner.get();
        } finally {
            cancel();
        }
    }

    T any(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        requireSome();
        try {
            start();
            beforeAny();
            return winner.get(timeout, unit);
        } finally {
            cancel();
        }
    }

    private void requireSome() {
        if (members.isEmpty()) {
            throw new IllegalArgumentException("invokeAny needs at least one task");
        }
    }

    private void beforeAny() {
        if (!winner.isDone()) {
            Parking.beforeForeignWait(executor.loop.thread());
        }
    }
}
