package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.check.Check;
import io.loomloop.sync.LoopQueue;
import io.loomloop.sync.LoopSemaphore;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** Many tasks that wait in one place, woken from the loop and by others: each goes on once, and whatever is handed out arrives once. */
final class Park implements Program {
    private static final int TASKS = 200;

    @Override
    public long round(Field field, Random random) throws Exception {
        EventLoop loop = field.loop(random);
        return switch (random.nextInt(5)) {
            case 0 -> gate(field, loop, random);
            case 1 -> queue(loop);
            case 2 -> permits(loop, 1 + random.nextInt(4));
            case 3 -> foreignQueue(field, loop);
            default -> parked(field, loop);
        };
    }

    /** All wait for one future, some of them for a while only. */
    private static long gate(Field field, EventLoop loop, Random random) throws Exception {
        LoopFuture<Integer> gate = loop.createFuture();
        List<Task<Integer>> tasks = new ArrayList<>();
        int value = random.nextInt();
        for (int i = 0; i < TASKS; i++) {
            tasks.add(loop.createTask(gate::await));
        }
        int gone = random.nextInt(TASKS);
        tasks.get(gone).cancel();
        Check.soon("it is cancelled", tasks.get(gone)::isDone);
        // The cancelled task takes the future with it, as asyncio's do.
        Check.that(gate.isCancelled() != gate.trySetResult(value), "a gate is cancelled or opens");
        field.foreign().submit(() -> gate.trySetResult(value)).get();
        for (Task<Integer> task : tasks) {
            Check.soon("all go on", task::isDone);
            Check.that(
                    gate.isCancelled() ? task.isCancelled() : task.isCancelled() || task.resultNow() == value,
                    "a task that saw something else",
                    task);
        }
        return TASKS;
    }

    /** Producers outside, consumers on the loop: each number arrives once. */
    private static long queue(EventLoop loop) throws Exception {
        LoopQueue<Integer> queue = Check.call(loop, () -> new LoopQueue<Integer>(7));
        BitSet seen = new BitSet();
        List<Task<?>> consumers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            consumers.add(loop.createTask(() -> {
                for (int n = 0; n < TASKS / 5; n++) {
                    note(seen, queue.get());
                }
            }));
        }
        List<LoopFuture<?>> producers = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            if (i % 2 == 0) {
                producers.add(loop.createTask(() -> queue.put(number)));
            } else {
                producers.add(queue.offer(number));
            }
        }
        for (LoopFuture<?> task : producers) {
            Check.join(task);
        }
        for (Task<?> task : consumers) {
            Check.join(task);
        }
        Check.equal("numbers that arrived", TASKS, Check.call(loop, seen::cardinality));
        return TASKS;
    }

    /** Never more inside than there are permits, and all of them are back in the end. */
    private static long permits(EventLoop loop, int permits) throws Exception {
        LoopSemaphore semaphore = Check.call(loop, () -> new LoopSemaphore(permits));
        int[] inside = new int[1];
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            tasks.add(loop.createTask(() -> {
                semaphore.acquire();
                try {
                    Check.that(++inside[0] <= permits, "more inside than there are permits");
                    if (number % 3 == 0) {
                        Async.yieldNow();
                    }
                } finally {
                    inside[0]--;
                    semaphore.release();
                }
            }));
        }
        for (Task<?> task : tasks) {
            Check.join(task);
        }
        Check.run(loop, () -> {
            for (int i = 0; i < permits; i++) {
                semaphore.acquire();
            }
            Check.that(semaphore.isLocked(), "there are more permits than before");
        });
        return TASKS;
    }

    /** Tasks that wait in the JDK's queue and for its lock. */
    private static long foreignQueue(Field field, EventLoop loop) throws Exception {
        BlockingQueue<Integer> queue = new LinkedBlockingQueue<>();
        ReentrantLock lock = new ReentrantLock();
        BitSet seen = new BitSet();
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            tasks.add(loop.createTask(() -> {
                int number = queue.take();
                lock.lock();
                try {
                    note(seen, number);
                    if (number % 5 == 0) {
                        Async.yieldNow();
                    }
                } finally {
                    lock.unlock();
                }
            }));
        }
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            field.foreign().execute(() -> queue.add(number));
        }
        for (Task<?> task : tasks) {
            Check.join(task);
        }
        Check.equal("numbers that arrived", TASKS, seen.cardinality());
        return TASKS;
    }

    /** Threads that park and are unparked by whoever has the turn: a permit is never lost. */
    private static long parked(Field field, EventLoop loop) throws Exception {
        List<Task<?>> tasks = new ArrayList<>();
        AtomicIntegerArray goOn = new AtomicIntegerArray(TASKS);
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            tasks.add(loop.createTask(() -> {
                while (goOn.get(number) == 0) {
                    LockSupport.park();
                }
            }));
        }
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            Runnable wake = () -> {
                goOn.set(number, 1);
                LockSupport.unpark(tasks.get(number).thread());
            };
            if (i % 2 == 0) {
                loop.callSoon(wake);
            } else {
                field.foreign().execute(wake);
            }
        }
        for (Task<?> task : tasks) {
            Check.join(task);
        }
        return TASKS;
    }

    private static void note(BitSet seen, int number) {
        Check.that(!seen.get(number), "arrived twice:", number);
        seen.set(number);
    }
}
