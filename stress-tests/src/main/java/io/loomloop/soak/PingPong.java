package io.loomloop.soak;

import io.loomloop.EventLoop;
import io.loomloop.LoopFuture;
import io.loomloop.Task;
import io.loomloop.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;

/**
 * Pairs of tasks, on one loop or on two, that wait for futures the other one completes: by itself, through a thread of no loop, or through several
 * that race for it. Each sees what was sent, in the order in which it was sent.
 */
final class PingPong implements Program {
    private static final int PAIRS = 20;
    private static final int EXCHANGES = 50;

    /** One way of a pair: a future for each exchange. */
    private record Way(List<LoopFuture<Long>> futures) {
        static Way to(EventLoop loop) {
            List<LoopFuture<Long>> futures = new ArrayList<>();
            for (int i = 0; i < EXCHANGES; i++) {
                futures.add(loop.createFuture());
            }
            return new Way(futures);
        }
    }

    @Override
    public long round(Field field, Random random) throws Exception {
        List<Task<Integer>> tasks = new ArrayList<>();
        for (int i = 0; i < PAIRS; i++) {
            EventLoop left = field.loop(random);
            EventLoop right = random.nextBoolean() ? left : field.loop(random);
            Way there = Way.to(right);
            Way back = Way.to(left);
            long token = random.nextInt();
            int racers = random.nextInt(3);
            tasks.add(left.createTask("ping", () -> {
                for (int n = 0; n < EXCHANGES; n++) {
                    complete(there.futures.get(n), token + n, racers, field.foreign());
                    Check.equal("the answer", token - n, back.futures.get(n).await());
                }
                return EXCHANGES;
            }));
            tasks.add(right.createTask("pong", () -> {
                for (int n = 0; n < EXCHANGES; n++) {
                    Check.equal("what came", token + n, there.futures.get(n).await());
                    complete(back.futures.get(n), token - n, racers, field.foreign());
                }
                return EXCHANGES;
            }));
        }
        long sum = 0;
        for (Task<Integer> task : tasks) {
            sum += Check.join(task);
        }
        Check.equal("exchanges", 2L * PAIRS * EXCHANGES, sum);
        return sum;
    }

    private static void complete(LoopFuture<Long> future, long token, int racers, Executor foreign) {
        switch (racers) {
            case 0 -> future.setResult(token);
            case 1 -> foreign.execute(() -> future.setResult(token));
            default -> {
                foreign.execute(() -> future.trySetResult(token));
                foreign.execute(() -> future.trySetResult(token));
                future.trySetResult(token);
            }
        }
    }
}
