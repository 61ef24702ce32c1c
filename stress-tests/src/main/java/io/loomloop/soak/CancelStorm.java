package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.CancelledException;
import io.loomloop.EventLoop;
import io.loomloop.ExceptionGroup;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.sync.LoopLock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Trees of groups, timeouts, shields and waits that are cancelled in the middle, from the loop and from elsewhere: whoever has begun ends, a group
 * outlives its children, what was taken is given back, and a task that is not cancelled sees only failures of its own making.
 */
final class CancelStorm implements Program {
    private static final int TREES = 20;
    private static final int DEPTH = 4;

    @Override
    public long round(Field field, Random random) throws Exception {
        EventLoop loop = field.loop(random);
        Tree tree = Check.call(loop, () -> new Tree(random.nextLong()));
        List<Task<?>> roots = new ArrayList<>();
        for (int i = 0; i < TREES; i++) {
            roots.add(loop.createTask("root", () -> tree.grow(DEPTH)));
        }
        List<Task<?>> cancelled = new ArrayList<>();
        for (Task<?> root : roots) {
            switch (random.nextInt(4)) {
                case 0 -> cancelled.add(root);
                case 1 -> {
                    cancelled.add(root);
                    Duration delay = Duration.ofNanos(random.nextInt(3_000_000));
                    loop.callLater(delay, root::cancel);
                }
                case 2 -> {
                    cancelled.add(root);
                    field.foreign().execute(root::cancel);
                }
                default -> {}
            }
        }
        for (Task<?> root : cancelled) {
            if (random.nextBoolean()) {
                root.cancel("chance");
            }
        }
        for (Task<?> root : roots) {
            Throwable failure = Check.failure(root);
            Check.that(
                    !(failure instanceof CancelledException) || cancelled.contains(root),
                    "a root that nobody has cancelled is cancelled",
                    root);
            if (failure != null) {
                requireExpected(failure);
            }
        }
        return Check.call(loop, tree::judge);
    }

    private static void requireExpected(Throwable failure) {
        if (failure instanceof ExceptionGroup group) {
            group.exceptions().forEach(CancelStorm::requireExpected);
        } else if (!(failure instanceof Broke || failure instanceof CancelledException)) {
            throw new AssertionError("a failure that nobody has made", failure);
        }
    }

    /** What bodies fail with on purpose. */
    private static final class Broke extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Broke() {
            super("broken on purpose", null, false, false);
        }
    }

    /** What the tasks of a round share; loop thread only. */
    private static final class Tree {
        private final Random random;
        private final LoopLock lock = new LoopLock();
        private final List<Task<?>> shielded = new ArrayList<>();
        private long entered;
        private long left;
        private @Nullable Task<?> holder;

        Tree(long seed) {
            random = new Random(seed);
        }

        void grow(int depth) {
            entered++;
            try {
                if (depth == 0) {
                    leaf();
                    return;
                }
                switch (random.nextInt(4)) {
                    case 0 -> group(depth);
                    case 1 -> timeout(depth);
                    case 2 -> gather(depth);
                    default -> shield(depth);
                }
            } finally {
                left++;
            }
        }

        private void group(int depth) {
            List<Task<?>> children = new ArrayList<>();
            try {
                Async.taskGroup(group -> {
                    for (int i = random.nextInt(3); i >= 0; i--) {
                        children.add(group.createTask(() -> grow(depth - 1)));
                    }
                    if (random.nextInt(8) == 0) {
                        group.cancel();
                    }
                });
            } finally {
                Check.that(children.stream().allMatch(Task::isDone), "a group ends before its children", children);
            }
        }

        private void timeout(int depth) {
            try {
                Async.timeout(Duration.ofNanos(random.nextInt(2_000_000)), () -> grow(depth - 1));
            } catch (TimeoutException e) {
                Async.yieldNow();
            }
        }

        private void gather(int depth) {
            List<Task<?>> children = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                children.add(Async.createTask(() -> grow(depth - 1)));
            }
            Async.gatherSettled(children).await();
            Check.that(children.stream().allMatch(Task::isDone), "settled before its children", children);
        }

        private void shield(int depth) {
            Task<?> inner = Async.createTask("shielded", () -> grow(depth - 1));
            shielded.add(inner);
            inner.addDoneCallback(Tree::see);
            LoopFuture<?> shield = Async.shield(inner);
            // One that fails just before the task that waits for it is cancelled is seen by nobody else, as in asyncio.
            shield.addDoneCallback(Tree::see);
            shield.await();
        }

        private static void see(LoopFuture<?> done) {
            if (!done.isCancelled()) {
                done.exception();
            }
        }

        private void leaf() {
            switch (random.nextInt(5)) {
                case 0 -> Async.sleep(Duration.ofNanos(random.nextInt(1_000_000)));
                case 1 -> Async.yieldNow();
                case 2 -> lock();
                case 3 -> {
                    if (random.nextInt(4) == 0) {
                        throw new Broke();
                    }
                }
                default -> sleepElsewhere();
            }
        }

        private void lock() {
            lock.lock();
            try {
                Check.that(holder == null, "two hold one lock");
                holder = Async.currentTask();
                Async.sleep(Duration.ofNanos(random.nextInt(100_000)));
            } finally {
                holder = null;
                lock.unlock();
            }
        }

        /** A wait of the JDK's, which a cancellation interrupts. */
        private void sleepElsewhere() {
            try {
                Thread.sleep(Duration.ofNanos(random.nextInt(500_000))); // reason: this is the wait to cancel
            } catch (InterruptedException e) {
                throw new CancelledException("interrupted");
            }
        }

        /** How many have begun; all of them have to have ended. */
        long judge() {
            // What was shielded goes on by itself, and may shield more.
            for (int i = 0; i < shielded.size(); i++) {
                Async.gatherSettled(List.<Task<?>>of(shielded.get(i))).await();
            }
            while (left < entered) {
                Async.sleep(Duration.ofMillis(1));
            }
            Check.equal("who left the tree", entered, left);
            Check.that(!lock.isLocked(), "the lock was not given back");
            return entered;
        }
    }
}
