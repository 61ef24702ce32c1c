package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.TaskOptions;
import io.loomloop.check.Check;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/** Storms of new tasks and threads, from the loop and from elsewhere, joined in any order: the sum of what they return is right. */
final class Spawn implements Program {
    private static final int TASKS = 500;
    private static final long SUM = (long) TASKS * (TASKS - 1) / 2;

    @Override
    public long round(Field field, Random random) throws Exception {
        EventLoop loop = field.loop(random);
        long seed = random.nextLong();
        long sum = switch (random.nextInt(7)) {
            case 0 -> fromOutside(field, loop, random);
            case 1 -> Check.call(loop, () -> joined(loop, new Random(seed)));
            case 2 -> Check.call(loop, () -> gathered(loop));
            case 3 -> Check.call(loop, Spawn::grouped);
            case 4 -> submitted(loop);
            case 5 -> threads(loop);
            default -> offLoop(loop);
        };
        Check.equal("the sum", SUM, sum);
        return TASKS;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // joined, all of them
    private static long fromOutside(Field field, EventLoop loop, Random random) throws Exception {
        List<Future<Task<Integer>>> makers = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            boolean waits = random.nextBoolean();
            makers.add(field.foreign()
                    .submit(() -> loop.<Integer>createTask(() -> {
                        if (waits) {
                            Async.yieldNow();
                        }
                        return number;
                    })));
        }
        Collections.shuffle(makers, random);
        long sum = 0;
        for (Future<Task<Integer>> maker : makers) {
            sum += Check.join(Check.join(maker));
        }
        return sum;
    }

    private static long joined(EventLoop loop, Random random) {
        List<Task<Integer>> tasks = tasks(loop, random.nextBoolean());
        Collections.shuffle(tasks, random);
        long sum = 0;
        for (Task<Integer> task : tasks) {
            sum += task.await();
        }
        return sum;
    }

    private static long gathered(EventLoop loop) {
        return Async.gather(tasks(loop, false)).await().stream()
                .mapToLong(Integer::longValue)
                .sum();
    }

    private static List<Task<Integer>> tasks(EventLoop loop, boolean eager) {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            tasks.add(loop.createTask(TaskOptions.DEFAULT.withEagerStart(eager), () -> {
                if (number % 2 == 0) {
                    Async.yieldNow();
                }
                return number;
            }));
        }
        return tasks;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the group waits for them
    private static long grouped() {
        long[] sum = new long[1];
        Async.taskGroup(group -> {
            for (int i = 0; i < TASKS; i++) {
                int number = i;
                group.createTask(() -> {
                    Async.yieldNow();
                    sum[0] += number;
                });
            }
        });
        return sum[0];
    }

    private static long submitted(EventLoop loop) throws Exception {
        try (ExecutorService executor = loop.executor()) {
            List<Future<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < TASKS; i++) {
                int number = i;
                futures.add(executor.submit(() -> number));
            }
            long sum = 0;
            for (Future<Integer> future : futures) {
                sum += Check.join(future);
            }
            return sum;
        }
    }

    private static long threads(EventLoop loop) throws InterruptedException {
        ThreadFactory factory = loop.threadFactory("spawned");
        AtomicLong sum = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            Thread thread = factory.newThread(() -> {
                if (number % 2 == 0) {
                    Async.yieldNow();
                }
                sum.addAndGet(number);
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return sum.get();
    }

    private static long offLoop(EventLoop loop) throws Exception {
        List<LoopFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < TASKS; i++) {
            int number = i;
            futures.add(loop.runInExecutor(() -> number));
        }
        long sum = 0;
        for (LoopFuture<Integer> future : futures) {
            sum += Check.join(future);
        }
        return sum;
    }
}
