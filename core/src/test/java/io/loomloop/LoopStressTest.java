package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Four platform threads against one loop: nothing is lost, nothing happens twice. */
class LoopStressTest {
    private static final int THREADS = 4;
    private static final int ROUNDS = 5_000;

    @RegisterExtension
    final Loops loops = new Loops();

    private final AtomicInteger ran = new AtomicInteger();

    @Test
    @DisplayName("callbacks and timers from four threads, some cancelled: each runs once or is cancelled")
    void callbacks() throws Exception {
        EventLoop loop = loops.start();
        int cancelled = inParallel(random -> {
            int mine = 0;
            for (int i = 0; i < ROUNDS; i++) {
                Handle handle = random.nextBoolean()
                        ? loop.callSoon(ran::incrementAndGet)
                        : loop.callLater(Duration.ofNanos(random.nextInt(200_000)), ran::incrementAndGet);
                if (random.nextInt(3) == 0 && handle.cancel()) {
                    mine++;
                }
            }
            return mine;
        });
        Loops.Waiting.until("all have run", () -> ran.get() == THREADS * ROUNDS - cancelled);
        Loops.Waiting.until("no timer is left", () -> loop.statistics().timers() == 0);
        loop.close();
        assertThat(ran.get()).isEqualTo(THREADS * ROUNDS - cancelled);
    }

    @Test
    @DisplayName("tasks created and cancelled by four threads: each ends, with its value or cancelled")
    void tasks() throws Exception {
        EventLoop loop = loops.start();
        List<Task<Integer>> tasks = new ArrayList<>();
        int cancelled = inParallel(random -> {
            List<Task<Integer>> mine = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                int number = i;
                boolean waits = random.nextBoolean();
                Task<Integer> task = loop.createTask(() -> {
                    if (waits) {
                        Async.yieldNow();
                        Async.sleep(Duration.ofNanos(number));
                    }
                    ran.incrementAndGet();
                    return number;
                });
                mine.add(task);
                if (random.nextInt(3) == 0) {
                    mine.get(random.nextInt(mine.size())).cancel();
                }
            }
            int count = 0;
            for (int i = 0; i < ROUNDS; i++) {
                Throwable thrown = catchThrowable(mine.get(i)::await);
                if (thrown == null) {
                    assertThat(mine.get(i).result()).isEqualTo(i);
                } else {
                    assertThat(thrown).isInstanceOf(CancelledException.class);
                    count++;
                }
            }
            synchronized (tasks) {
                tasks.addAll(mine);
            }
            return count;
        });
        assertThat(tasks).hasSize(THREADS * ROUNDS).allMatch(Task::isDone);
        // A task may be cancelled after its last wait, when it has counted itself already.
        assertThat(ran.get() + cancelled).isGreaterThanOrEqualTo(THREADS * ROUNDS);
        assertThat(loop.tasks()).isEmpty();
        assertThat(loop.statistics().tasksAlive()).isZero();
    }

    @Test
    @DisplayName("futures completed by four threads that race: one wins, and every waiter sees the same outcome")
    void completions() throws Exception {
        EventLoop loop = loops.start();
        int rounds = 2_000;
        List<LoopFuture<Integer>> futures = new ArrayList<>();
        List<Task<Integer>> waiters = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            LoopFuture<Integer> future = loop.createFuture();
            futures.add(future);
            waiters.add(loop.createTask(future::await));
            future.addDoneCallback(done -> ran.incrementAndGet());
        }
        int won = inParallel(random -> {
            int mine = 0;
            for (int i = 0; i < rounds; i++) {
                boolean cancels = random.nextInt(4) == 0;
                if (cancels ? futures.get(i).cancel() : futures.get(i).trySetResult(i)) {
                    mine++;
                }
            }
            return mine;
        });
        assertThat(won).isEqualTo(rounds);
        for (int i = 0; i < rounds; i++) {
            Throwable thrown = catchThrowable(waiters.get(i)::await);
            assertThat(thrown != null).isEqualTo(futures.get(i).isCancelled());
            assertThat(waiters.get(i).isCancelled()).isEqualTo(futures.get(i).isCancelled());
        }
        Loops.Waiting.until("all callbacks have run", () -> ran.get() == rounds);
    }

    @Test
    @DisplayName("work given to a loop that closes meanwhile is refused, cancelled or done: nothing stays pending")
    void closeUnderLoad() throws Exception {
        for (int round = 0; round < 20; round++) {
            EventLoop loop = loops.start();
            Thread closer = Thread.ofPlatform().start(() -> {
                Loops.Waiting.until("there is load", () -> loop.statistics().tasksStarted() > 50);
                loop.close();
            });
            inParallel(random -> {
                List<Task<?>> tasks = new ArrayList<>();
                List<Handle> handles = new ArrayList<>();
                AtomicInteger mine = new AtomicInteger();
                try {
                    for (int i = 0; i < 500; i++) {
                        tasks.add(loop.createTask(() -> Async.sleep(Duration.ofHours(1))));
                        handles.add(loop.callSoon(mine::incrementAndGet));
                        handles.add(loop.callLater(Duration.ofHours(1), mine::incrementAndGet));
                    }
                } catch (LoopClosedException expected) {
                    assertThat(loop.isClosing()).isTrue();
                }
                Loops.Waiting.until("all tasks are done", () -> tasks.stream().allMatch(Task::isDone));
                assertThat(tasks).allMatch(Task::isCancelled);
                Loops.Waiting.until(
                        "all callbacks have run or are cancelled",
                        () -> handles.stream().filter(Handle::isCancelled).count() + mine.get() == handles.size());
                return 0;
            });
            closer.join();
            assertThat(loop.isClosed()).isTrue();
        }
    }

    /** Something to do with a source of chance. */
    @FunctionalInterface
    private interface Work {
        int with(Random random) throws Exception;
    }

    /** Runs the work on each thread, with a seed of its own, and adds up the results. */
    private static int inParallel(Work work) throws Exception {
        List<FutureTask<Integer>> results = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(i);
            Callable<Integer> call = () -> work.with(random);
            FutureTask<Integer> result = new FutureTask<>(call);
            results.add(result);
            Thread.ofPlatform().daemon().start(result);
        }
        int sum = 0;
        for (FutureTask<Integer> result : results) {
            sum += result.get();
        }
        return sum;
    }
}
