package io.loomloop.soak;

import io.loomloop.Async;
import io.loomloop.EventLoop;
import io.loomloop.Handle;
import io.loomloop.Task;
import io.loomloop.TimerHandle;
import io.loomloop.check.Check;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/** Timers, set and cancelled on the loop and elsewhere: each fires once, not too early and in its order, or was cancelled. */
final class Sleep implements Program {
    private static final int TIMERS = 200;
    private static final long LONGEST = 20_000_000;

    @Override
    public long round(Field field, Random random) throws Exception {
        EventLoop loop = field.loop(random);
        return switch (random.nextInt(4)) {
            case 0 -> sleepers(loop, random);
            case 1 -> inOrder(loop, random.nextLong());
            case 2 -> cancelled(field, loop, random);
            default -> scheduled(loop, random);
        };
    }

    private static long sleepers(EventLoop loop, Random random) throws Exception {
        List<Task<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < TIMERS; i++) {
            long nanos = (long) (random.nextDouble() * LONGEST);
            tasks.add(loop.createTask(() -> {
                long due = loop.time() + nanos;
                Async.sleep(Duration.ofNanos(nanos));
                return loop.time() - due;
            }));
        }
        for (Task<Long> task : tasks) {
            Check.that(Check.join(task) >= 0, "a sleep that was too short");
        }
        return TIMERS;
    }

    /** What is set in one step fires in the order of the times, and what has one time in the order in which it was set. */
    private static long inOrder(EventLoop loop, long seed) throws Exception {
        List<Integer> fired = Check.call(loop, () -> {
            Random random = new Random(seed);
            long[] dues = new long[TIMERS];
            List<Integer> order = new ArrayList<>();
            var all = loop.<List<Integer>>createFuture();
            long now = loop.time();
            for (int i = 0; i < TIMERS; i++) {
                int number = i;
                // Few times, so that many have the same; none has passed by the time that all are set.
                dues[i] = now + LONGEST + random.nextInt(10) * 500_000L;
                loop.callAt(dues[i], () -> {
                    order.add(number);
                    if (order.size() == TIMERS) {
                        all.setResult(order);
                    }
                });
            }
            if (loop.time() - now > LONGEST) {
                return List.of(); // the machine was too busy for this
            }
            List<Integer> result = all.await();
            for (int i = 1; i < TIMERS; i++) {
                int before = result.get(i - 1);
                int after = result.get(i);
                Check.that(
                        dues[before] < dues[after] || (dues[before] == dues[after] && before < after),
                        "fired in the wrong order:",
                        before,
                        after);
            }
            return result;
        });
        Check.soon("all have fired", () -> fired.isEmpty() || fired.size() == TIMERS);
        return TIMERS;
    }

    private static long cancelled(Field field, EventLoop loop, Random random) throws Exception {
        AtomicIntegerArray fired = new AtomicIntegerArray(TIMERS);
        List<TimerHandle> handles = new ArrayList<>();
        List<@Nullable Future<Boolean>> cancels = new ArrayList<>();
        for (int i = 0; i < TIMERS; i++) {
            int number = i;
            Duration delay = Duration.ofNanos((long) (random.nextDouble() * LONGEST));
            Runnable callback = () -> fired.incrementAndGet(number);
            handles.add(
                    random.nextBoolean()
                            ? loop.callLater(delay, callback)
                            : Check.join(field.foreign().submit(() -> loop.callLater(delay, callback))));
        }
        for (Handle handle : handles) {
            cancels.add(
                    switch (random.nextInt(4)) {
                        case 0 -> field.foreign().submit(() -> handle.cancel());
                        case 1 -> loop.createTask(() -> handle.cancel());
                        default -> null;
                    });
        }
        for (int i = 0; i < TIMERS; i++) {
            int number = i;
            Future<Boolean> cancel = cancels.get(i);
            boolean wasCancelled = cancel != null && Check.join(cancel);
            if (wasCancelled) {
                Check.equal("firings of a cancelled timer", 0, fired.get(i));
            } else {
                Check.soon("a timer fires", () -> fired.get(number) > 0);
            }
        }
        for (int i = 0; i < TIMERS; i++) {
            boolean wasCancelled = handles.get(i).isCancelled();
            Check.equal("firings of a timer", wasCancelled ? 0 : 1, fired.get(i));
        }
        return TIMERS;
    }

    private static long scheduled(EventLoop loop, Random random) throws Exception {
        ScheduledExecutorService executor = loop.executor("scheduled");
        List<ScheduledFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < TIMERS; i++) {
            int number = i;
            futures.add(executor.schedule(() -> number, (long) (random.nextDouble() * LONGEST), TimeUnit.NANOSECONDS));
        }
        boolean[] taken = new boolean[TIMERS];
        for (int i = 0; i < TIMERS; i += 3) {
            taken[i] = futures.get(i).cancel(random.nextBoolean());
        }
        for (int i = 0; i < TIMERS; i++) {
            if (!taken[i]) {
                Check.equal("a result", i, Check.join(futures.get(i)));
            }
        }
        executor.shutdown();
        Check.that(executor.awaitTermination(60, TimeUnit.SECONDS), "the executor does not end");
        return TIMERS;
    }
}
