package io.loomloop.fuzz;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionGroup;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.TaskOptions;
import io.loomloop.WaitResult;
import io.loomloop.sync.LoopBarrier;
import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopEvent;
import io.loomloop.sync.LoopLock;
import io.loomloop.sync.LoopSemaphore;
import io.loomloop.testing.LoopOracle;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;

/**
 * A program of tasks, groups, timeouts, locks, queues and cancellations that a seed decides, and what has to hold of each.
 *
 * <p>Time is virtual and the loop is deterministic, so a seed always makes the same program. Tasks that wait for something which
 * never comes are cancelled in the end; before that, half a millisecond after whatever happens in whole ones, nobody may wait for
 * what is there.
 */
final class RandomProgram {
    private static final int PERMITS = 2;
    private static final int PARTIES = 2;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(1);
    private static final Duration HALF_MILLI = Duration.ofNanos(500_000);

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
    private final LoopEvent event = new LoopEvent();
    private final LoopCondition condition = new LoopCondition();
    private final LoopBarrier barrier = new LoopBarrier(PARTIES);
    private final LoopCondition tokenAdded = new LoopCondition();
    private final CheckedQueue queue;
    private final FairLine lockLine = new FairLine();
    private final FairLine permitLine = new FairLine();
    private final IdentityHashMap<Task<?>, Integer> cancelsAsked = new IdentityHashMap<>();
    private final Deque<Integer> eventWaiters = new ArrayDeque<>();
    private int timesSet;
    private int tokens;
    private int lockHolders;
    private int permitHolders;

    RandomProgram(long seed) {
        this.random = new Random(seed);
        this.cancels = random.nextBoolean();
        this.queue = new CheckedQueue(random.nextInt(3), this::expect);
    }

    /** Runs the program; returns what it did, step by step. */
    String run() throws TimeoutException {
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

    private void main() throws TimeoutException {
        for (int i = random.nextInt(4); i >= 0; i--) {
            roots.add(spawn(3));
        }
        Async.sleep(HALF_MILLI);
        for (int i = 0; i < 10; i++) {
            checkAtRest();
            Async.sleep(Duration.ofMillis(1));
        }
        Async.sleep(LONG_ENOUGH);
        checkAtRest();
        for (int round = 0; round < 50 && tasks.stream().anyMatch(task -> !task.isDone()); round++) {
            step("end");
            List.copyOf(tasks).forEach(this::cancel);
            Async.sleep(LONG_ENOUGH);
        }
        while (queue.tryGet()) {
            queue.taskDone();
        }
        Async.timeout(LONG_ENOUGH, queue::join);
    }

    private boolean cancel(Task<?> task) {
        boolean asked = task.cancel("somebody");
        cancelsAsked.merge(task, asked ? 1 : 0, Integer::sum);
        return asked;
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

    /** When nothing can go on before time does. */
    private void checkAtRest() {
        queue.checkAtRest();
        expect(lock.isLocked() || lock.statistics().waiters() == 0, "nobody waits for a free lock: " + lock);
        expect(lock.isLocked() == (lockHolders > 0), "a lock is held by its holder");
        expect(semaphore.availablePermits() == PERMITS - permitHolders, "no permit is lost or doubled: " + semaphore);
        expect(!semaphore.isLocked() || permitHolders == PERMITS, "nobody waits for a permit that is there");
        expect(eventWaiters.stream().allMatch(seen -> seen == timesSet), "an event wakes all: " + event);
        expect(!event.isSet() || eventWaiters.isEmpty(), "nobody waits for an event that is set");
        expect(eventWaiters.size() == event.statistics().waiters(), "who waits for an event is counted: " + event);
        LoopBarrier.Statistics atBarrier = barrier.statistics();
        expect(atBarrier.leaving() == 0 && atBarrier.outside() == 0, "a barrier is left: " + barrier);
        boolean tokenLost =
                tokens > 0 && !tokenAdded.isLocked() && tokenAdded.statistics().waiters() > 0;
        expect(!tokenLost, "no signal is lost: " + tokenAdded);
    }

    private void check() {
        queue.checkAtEnd();
        expect(tasks.stream().allMatch(Task::isDone), "every task has ended");
        for (Task<?> task : tasks) {
            Throwable failure = task.isCancelled() ? null : task.exception();
            expect(failure == null || isExpected(failure), "no task fails by itself: " + failure);
        }
        for (Task<?> root : roots) { // groups and timeouts take back what they asked for
            expect(root.cancelling() == cancelsAsked.getOrDefault(root, 0), "counts are balanced");
        }
        expect(!lock.isLocked() && lock.statistics().waiters() == 0, "the lock is free: " + lock);
        expect(semaphore.availablePermits() == PERMITS, "no permit is lost or doubled: " + semaphore);
        expect(semaphore.statistics().waiters() == 0, "nobody waits for a permit");
        expect(event.statistics().waiters() == 0, "nobody waits for the event");
        for (LoopCondition each : List.of(condition, tokenAdded)) {
            expect(each.statistics().waiters() == 0 && !each.isLocked(), "nobody waits for the condition");
        }
        expect(barrier.waiting() == 0, "nobody waits at the barrier");
    }

    private void expect(boolean holds, String what) {
        if (!holds) {
            violations.add(what);
        }
    }

    private void step(String what) {
        trace.append(EventLoop.current().time() / 1_000_000)
                .append(' ')
                .append(what)
                .append('\n');
    }

    // ---- what a program does

    private Task<?> spawn(int depth) {
        TaskOptions options = TaskOptions.DEFAULT.withEagerStart(random.nextInt(4) == 0);
        Task<?> task = Async.createTask(options, () -> actions(depth));
        tasks.add(task);
        return task;
    }

    private void actions(int depth) throws TimeoutException {
        for (int i = random.nextInt(3); i >= 0; i--) {
            action(depth);
        }
    }

    private void action(int depth) throws TimeoutException {
        int kind = random.nextInt(depth == 0 ? 14 : 26);
        step(depth + "/" + kind);
        switch (kind) {
            case 0 -> Async.yieldNow();
            case 1 -> Async.sleep(aWhile());
            case 2 -> orTimeout(this::putItems);
            case 3, 4 -> orTimeout(this::getItem);
            case 5 -> offerItem();
            case 6 -> orTimeout(queue::join);
            case 7 -> setOrClear();
            case 8 -> orTimeout(this::awaitEvent);
            case 9 -> orTimeout(this::meet);
            case 10 -> condition.hold(this::signal);
            case 11 -> orTimeout(() -> condition.hold(condition::await));
            case 12 -> tokenAdded.hold(this::addToken);
            case 13 -> orTimeout(() -> tokenAdded.hold(this::takeToken));
            case 14, 15 -> holdLock(depth - 1);
            case 16 -> holdPermit(depth - 1);
            case 17, 18 -> orTimeout(() -> actions(depth - 1));
            case 19, 20 -> group(depth - 1);
            case 21, 22 -> combine(depth - 1);
            case 23 -> cancelSomebody();
            case 24 -> swallow(depth - 1);
            default -> fail();
        }
    }

    private Duration aWhile() {
        return Duration.ofMillis(random.nextInt(5));
    }

    /** A part of a program. */
    interface Part {
        void run() throws TimeoutException;
    }

    private void orTimeout(Part part) {
        Task<?> self = Async.currentTask();
        int requests = self.cancelling();
        try {
            Async.timeout(aWhile(), part::run);
        } catch (TimeoutException e) {
            step("timeout");
            expect(self.cancelling() <= requests, "a timeout leaves the cancellations of others alone");
        }
    }

    private void putItems() {
        for (int i = random.nextInt(3); i >= 0; i--) {
            if (random.nextInt(4) == 0) {
                queue.tryPut();
            } else {
                queue.put();
            }
        }
    }

    private void getItem() {
        queue.get();
        try {
            if (random.nextBoolean()) {
                Async.sleep(aWhile());
            }
        } finally {
            queue.taskDone();
        }
    }

    private void offerItem() {
        boolean takeBack = random.nextInt(3) == 0;
        Duration later = aWhile();
        EventLoop loop = EventLoop.current();
        loop.callLater(aWhile(), () -> {
            LoopFuture<?> accepted = queue.offer();
            if (accepted != null && takeBack && later.isZero()) {
                accepted.cancel(); // before it can arrive
            } else if (accepted != null && takeBack) {
                loop.callLater(later, () -> accepted.cancel());
            }
        });
    }

    private void awaitEvent() {
        Integer seen = timesSet;
        if (event.isSet()) {
            event.await();
            return;
        }
        eventWaiters.add(seen);
        try {
            event.await();
        } finally {
            eventWaiters.removeFirstOccurrence(seen);
        }
    }

    private void setOrClear() {
        if (random.nextBoolean()) {
            timesSet += event.isSet() ? 0 : 1;
            event.set();
        } else {
            event.clear();
        }
    }

    private void meet() {
        try {
            int index = barrier.await();
            expect(index >= 0 && index < PARTIES, "each party has its number");
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

    private void addToken() {
        tokens++;
        tokenAdded.signal();
        if (random.nextBoolean()) {
            Async.sleep(aWhile()); // who was woken waits for the lock, and may give up
        }
    }

    private void takeToken() {
        tokenAdded.waitFor(() -> tokens > 0);
        expect(tokens > 0 && tokenAdded.isLocked(), "what was waited for is so, and the lock is held");
        tokens--;
    }

    private void holdLock(int depth) throws TimeoutException {
        expect(lockLine.isFairTo(lock::lock), "who came first locks first");
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
        expect(permitLine.isFairTo(semaphore::acquire), "who came first acquires first");
        try {
            expect(++permitHolders <= PERMITS, "no more holders than permits");
            actions(depth);
        } finally {
            permitHolders--;
            semaphore.release();
        }
    }

    private void group(int depth) throws TimeoutException {
        CheckedGroup checked = new CheckedGroup(random, tasks, this::expect, () -> actions(depth));
        try {
            Async.taskGroup(checked.options(), group -> {
                boolean doomed = random.nextInt(4) == 0;
                if (doomed) {
                    checked.createSleeper(group);
                }
                for (int i = random.nextInt(3); i >= 0; i--) {
                    checked.create(group);
                }
                if (random.nextInt(4) == 0) {
                    checked.start(group, aWhile());
                }
                if (doomed) {
                    Async.yieldNow();
                    group.cancel();
                }
                actions(depth);
            });
        } catch (ExceptionGroup e) {
            checked.threw(e);
            step("group of " + e.leaves().size());
            if (random.nextBoolean()) {
                throw e;
            }
        } finally {
            checked.checkAtEnd();
        }
    }

    private void combine(int depth) {
        Task<?> a = spawn(depth);
        Task<?> b = spawn(depth);
        List<Task<?>> both = List.of(a, b);
        try {
            switch (random.nextInt(6)) {
                case 0 -> {
                    Async.gather(both).await();
                    expect(a.isDone() && b.isDone(), "a gather is done when all are");
                }
                case 1 -> {
                    Async.gatherSettled(both).await();
                    expect(a.isDone() && b.isDone(), "a gather is done when all are");
                }
                case 2 -> {
                    WaitResult<Task<?>> result = Async.waitAll(both, aWhile());
                    expect(result.done().stream().allMatch(Task::isDone), "what is called done is done");
                    expect(result.done().size() + result.pending().size() == 2, "each is done or pending");
                }
                case 3 -> eachOf(both);
                case 4 -> waitFor(a);
                default -> Async.shield(a).await();
            }
        } catch (CancelledException e) {
            throw e;
        } catch (RuntimeException e) {
            step("failed: " + e.getClass().getSimpleName());
        }
    }

    private void eachOf(List<Task<?>> both) {
        Set<Task<?>> seen = new HashSet<>();
        try {
            for (Task<?> task : Async.<Task<?>>asCompleted(both, aWhile())) {
                expect(task.isDone() && seen.add(task), "each comes once, when it is done");
            }
            expect(seen.size() == both.size(), "all come");
        } catch (CompletionException e) {
            expect(seen.size() < both.size(), "in time is in time");
        }
    }

    private void waitFor(Task<?> task) {
        try {
            Async.waitFor(task, aWhile());
        } catch (TimeoutException e) {
            expect(task.isDone(), "who was given up has ended");
        }
    }

    private void cancelSomebody() {
        if (cancels && !tasks.isEmpty()) {
            step("cancel " + cancel(tasks.get(random.nextInt(tasks.size()))));
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
