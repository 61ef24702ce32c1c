package io.loomloop.fuzz;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionGroup;
import io.loomloop.Task;
import io.loomloop.sync.LoopBarrier;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.testing.LoopOracle;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.TimeoutException;

/**
 * A program of tasks, groups, timeouts, locks, queues and cancellations that a seed decides, and what has to hold of each.
 *
 * <p>Time is virtual and the loop is deterministic, so a seed always makes the same program. Tasks that wait for something which
 * never comes are cancelled in the end.
 */
final class RandomProgram {
    private static final int PERMITS = 2;
    private static final int PARTIES = 2;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(1);

    /** A failure that a program throws on purpose. */
    private static final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1;

        Failure(String message) {
            super(message, null, false, false);
        }
    }

    private final Random random;
    private final boolean cancels;
    private final StringBuilder trace = new StringBuilder();
    private final List<String> violations = new ArrayList<>();
    private final List<Task<?>> tasks = new ArrayList<>();
    private final List<Task<?>> roots = new ArrayList<>();

    private final LoopLock lock = new LoopLock();
    private final LoopSemaphore semaphore = LoopSemaphore.bounded(PERMITS);
    private final LoopQueue<Integer> queue = new LoopQueue<>(2);
    private final LoopEvent event = new LoopEvent();
    private final LoopCondition condition = new LoopCondition();
    private final LoopBarrier barrier = new LoopBarrier(PARTIES);
    private int lockHolders;
    private int permitHolders;
    private int items;
    private final Set<Integer> put = new HashSet<>();
    private final Set<Integer> got = new HashSet<>();
    private final Set<Integer> left = new HashSet<>();

    RandomProgram(long seed) {
        this.random = new Random(seed);
        this.cancels = random.nextBoolean();
    }

    /** Runs the program; returns what it did, step by step. */
    String run() {
        VirtualTimeDriver clock = VirtualTimeDriver.jumping();
        EventLoop loop = EventLoop.builder()
                .driver(clock)
                .slowStepThreshold(Duration.ZERO)
                .exceptionHandler((l, failure) -> reported(failure))
                .open();
        try (loop) {
            loop.runUntilComplete(this::main);
        }
        LoopOracle.assertNothingLeft(loop);
        check();
        if (!violations.isEmpty()) {
            throw new AssertionError(violations + "\n" + trace);
        }
        return trace.toString();
    }

    private void main() {
        for (int i = random.nextInt(4); i >= 0; i--) {
            roots.add(spawn(3));
        }
        Async.sleep(LONG_ENOUGH);
        for (int round = 0; round < 50 && tasks.stream().anyMatch(task -> !task.isDone()); round++) {
            step("end");
            List.copyOf(tasks).forEach(Task::cancel);
            Async.sleep(LONG_ENOUGH);
        }
        for (Integer item = queue.tryGet(); item != null; item = queue.tryGet()) {
            expect(left.add(item), "no item is doubled");
        }
    }

    private void reported(ErrorContext context) {
        Throwable failure = context.exception();
        if (!isExpected(failure)) {
            violations.add("reported: " + context);
        }
    }

    private static boolean isExpected(Throwable failure) {
        return failure instanceof Failure
                || failure instanceof TimeoutException
                || (failure instanceof ExceptionGroup group
                        && group.leaves().stream().allMatch(RandomProgram::isExpected));
    }

    // ---- what has to hold

    private void check() {
        expect(tasks.stream().allMatch(Task::isDone), "every task has ended");
        for (Task<?> task : tasks) {
            Throwable failure = task.isCancelled() ? null : task.exception();
            expect(failure == null || isExpected(failure), "no task fails by itself: " + failure);
        }
        // Without anybody who cancels, groups and timeouts take back what they asked for.
        expect(cancels || ended || roots.stream().allMatch(task -> task.cancelling() == 0), "counts are balanced");
        expect(!lock.isLocked() && lock.statistics().waiters() == 0, "the lock is free: " + lock);
        expect(semaphore.availablePermits() == PERMITS, "no permit is lost or doubled: " + semaphore);
        expect(semaphore.statistics().waiters() == 0, "nobody waits for a permit");
        expect(event.statistics().waiters() == 0, "nobody waits for the event");
        expect(condition.statistics().waiters() == 0 && !condition.isLocked(), "nobody waits for the condition");
        expect(barrier.waiting() == 0, "nobody waits at the barrier");
        expect(queue.statistics().getters() == 0 && queue.statistics().putters() == 0, "nobody waits at the queue");
        expect(left.stream().noneMatch(got::contains), "no item is doubled: " + left + " and " + got);
        left.addAll(got);
        expect(left.equals(put), "no item is lost: " + left + " of " + put);
    }

    private void expect(boolean holds, String what) {
        if (!holds) {
            violations.add(what);
        }
    }

    private boolean ended;

    private void step(String what) {
        ended |= what.equals("end");
        trace.append(EventLoop.current().time() / 1_000_000)
                .append(' ')
                .append(what)
                .append('\n');
    }

    // ---- what a program does

    private Task<?> spawn(int depth) {
        Task<?> task = Async.createTask(() -> actions(depth));
        tasks.add(task);
        return task;
    }

    private void actions(int depth) throws TimeoutException {
        for (int i = random.nextInt(3); i >= 0; i--) {
            action(depth);
        }
    }

    private void action(int depth) throws TimeoutException {
        int kind = random.nextInt(depth == 0 ? 9 : 20);
        step(depth + "/" + kind);
        switch (kind) {
            case 0 -> Async.yieldNow();
            case 1 -> Async.sleep(aWhile());
            case 2 -> orTimeout(this::putItem);
            case 3 -> orTimeout(this::getItem);
            case 4 -> setOrClear();
            case 5 -> orTimeout(event::await);
            case 6 -> orTimeout(this::meet);
            case 7 -> condition.hold(this::signal);
            case 8 -> orTimeout(() -> condition.hold(condition::await));
            case 9, 10 -> holdLock(depth - 1);
            case 11 -> holdPermit(depth - 1);
            case 12, 13 -> orTimeout(() -> actions(depth - 1));
            case 14, 15 -> group(depth - 1);
            case 16 -> combine(depth - 1);
            case 17 -> cancelSomebody();
            case 18 -> swallow(depth - 1);
            default -> fail();
        }
    }

    private Duration aWhile() {
        return Duration.ofMillis(random.nextInt(5));
    }

    private interface Wait {
        void run() throws TimeoutException;
    }

    private void orTimeout(Wait wait) {
        try {
            Async.timeout(aWhile(), wait::run);
        } catch (TimeoutException e) {
            step("timeout");
        }
    }

    private void putItem() {
        int item = items++;
        queue.put(item);
        expect(put.add(item), "put once");
    }

    private void getItem() {
        expect(got.add(queue.get()), "got once");
    }

    private void setOrClear() {
        if (random.nextBoolean()) {
            event.set();
        } else {
            event.clear();
        }
    }

    private void meet() {
        try {
            barrier.await();
        } catch (BrokenBarrierException e) {
            violations.add("nobody breaks the barrier");
        }
    }

    private void signal() {
        if (random.nextBoolean()) {
            condition.signal();
        } else {
            condition.signalAll();
        }
    }

    private void holdLock(int depth) throws TimeoutException {
        lock.lock();
        try {
            expect(++lockHolders == 1, "one holder of the lock");
            if (random.nextBoolean()) {
                Async.sleep(aWhile());
            } else {
                orTimeout(() -> Async.sleep(LONG_ENOUGH));
            }
        } finally {
            lockHolders--;
            lock.unlock();
        }
        actions(depth);
    }

    private void holdPermit(int depth) throws TimeoutException {
        semaphore.acquire();
        try {
            expect(++permitHolders <= PERMITS, "no more holders than permits");
            actions(depth);
        } finally {
            permitHolders--;
            semaphore.release();
        }
    }

    private void group(int depth) {
        try {
            Async.taskGroup(group -> {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    Task<?> child = group.createTask(() -> actions(depth));
                    tasks.add(child);
                }
                if (random.nextInt(4) == 0) {
                    Async.yieldNow();
                    group.cancel();
                }
                actions(depth);
            });
        } catch (ExceptionGroup e) {
            step("group of " + e.leaves().size());
            if (random.nextBoolean()) {
                throw e;
            }
        }
    }

    private void combine(int depth) {
        Task<?> a = spawn(depth);
        Task<?> b = spawn(depth);
        try {
            switch (random.nextInt(4)) {
                case 0 -> Async.gather(List.of(a, b)).await();
                case 1 -> Async.gatherSettled(List.of(a, b)).await();
                case 2 -> Async.waitAll(List.of(a, b), aWhile());
                default -> Async.shield(a).await();
            }
        } catch (CancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            step("failed: " + e.getClass().getSimpleName());
        }
    }

    private void cancelSomebody() {
        if (cancels && !tasks.isEmpty()) {
            step("cancel " + tasks.get(random.nextInt(tasks.size())).cancel("somebody"));
        }
    }

    private void swallow(int depth) throws TimeoutException {
        try {
            actions(depth);
        } catch (CancelledException e) {
            step("swallowed");
        }
    }

    private void fail() {
        if (random.nextInt(3) == 0) {
            throw new Failure("on purpose");
        }
    }
}
