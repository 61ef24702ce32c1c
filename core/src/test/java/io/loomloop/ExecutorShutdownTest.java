package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The executor of a loop: shutdown, shutdownNow, awaitTermination, close, and the end of the loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what was scheduled is let go, as users do
class ExecutorShutdownTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void start() {
        loop = loops.start();
        executor = loop.executor();
    }

    private Future<String> submitBlocked() throws InterruptedException {
        Future<String> future = executor.submit(() -> {
            begun.countDown();
            gate.await();
            return "done";
        });
        begun.await();
        return future;
    }

    /** Keeps the loop from running anything until it is let go. */
    private AtomicBoolean holdTheLoop() throws InterruptedException {
        AtomicBoolean free = new AtomicBoolean();
        CountDownLatch held = new CountDownLatch(1);
        loop.callSoon(() -> {
            held.countDown();
            while (!free.get()) {
                Thread.onSpinWait();
            }
        });
        held.await();
        return free;
    }

    private void assertRejected() {
        Callable<String> callable = () -> "";
        Runnable runnable = () -> {};
        List<VoidBody<Exception>> ways = List.of(
                () -> executor.execute(runnable),
                () -> executor.submit(runnable),
                () -> executor.submit(runnable, ""),
                () -> executor.submit(callable),
                () -> executor.schedule(runnable, 1, TimeUnit.SECONDS),
                () -> executor.schedule(callable, 1, TimeUnit.SECONDS),
                () -> executor.scheduleAtFixedRate(runnable, 1, 1, TimeUnit.SECONDS),
                () -> executor.scheduleWithFixedDelay(runnable, 1, 1, TimeUnit.SECONDS),
                () -> executor.invokeAll(List.of(callable)),
                () -> executor.invokeAny(List.of(callable)));
        for (VoidBody<Exception> way : ways) {
            assertThatThrownBy(way::run).isInstanceOf(RejectedExecutionException.class);
        }
    }

    @Test
    @DisplayName("a new executor is neither shut down nor terminated")
    void fresh() throws Exception {
        assertThat(executor.isShutdown()).isFalse();
        assertThat(executor.isTerminated()).isFalse();
        assertThat(executor.awaitTermination(1, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(executor.awaitTermination(0, TimeUnit.MILLISECONDS)).isFalse();
        assertThat(executor.awaitTermination(-1, TimeUnit.DAYS)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("shutdown of an idle executor terminates it at once, and may be repeated")
    void shutdownIdle(Places place) throws Exception {
        place.run(loop, () -> {
            executor.shutdown();
            executor.shutdown();
            assertThat(executor.isShutdown()).isTrue();
            assertThat(executor.isTerminated()).isTrue();
            assertThat(executor.awaitTermination(1, TimeUnit.DAYS)).isTrue();
            assertThat(executor.shutdownNow()).isEmpty();
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "after shutdown everything is rejected, even while work runs; the work goes on, and its end is awaited")
    void shutdownBusy(Places place) throws Exception {
        place.run(loop, () -> {
            Future<String> future = submitBlocked();
            executor.shutdown();
            assertRejected();
            assertThat(executor.isShutdown()).isTrue();
            assertThat(executor.isTerminated()).isFalse();
            assertThat(executor.awaitTermination(2, TimeUnit.MILLISECONDS)).isFalse();
            assertThat(executor.toString()).contains("shut down", "submissions=1");
            gate.countDown();
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThat(executor.isTerminated()).isTrue();
            assertThat(executor.toString()).contains("terminated");
            assertThat(future.resultNow()).isEqualTo("done");
            assertRejected();
        });
    }

    @Test
    @DisplayName("what was accepted and has not begun still runs after shutdown")
    void queuedWorkRuns() throws Exception {
        AtomicBoolean free = holdTheLoop();
        AtomicInteger runs = new AtomicInteger();
        for (int i = 0; i < 10; i++) {
            executor.execute(runs::incrementAndGet);
        }
        executor.shutdown();
        free.set(true);
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(runs).hasValue(10);
    }

    @Test
    @DisplayName("a rejection names the executor, and says that it was shut down")
    void rejectionsSayWhy() {
        executor.shutdown();
        assertThatThrownBy(() -> executor.execute(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("shut down")
                .hasMessageContaining(loop.name());
    }

    // ---- shutdownNow

    @Test
    @DisplayName("shutdownNow returns what never began, as it was given, in order, and it does not run")
    void shutdownNowReturns() throws Exception {
        AtomicBoolean free = holdTheLoop();
        AtomicInteger runs = new AtomicInteger();
        Runnable command = runs::incrementAndGet;
        executor.execute(command);
        Future<?> submitted = executor.submit(command);
        Future<?> delayed = executor.schedule(command, 1, TimeUnit.DAYS);
        Future<?> periodic = executor.scheduleAtFixedRate(command, 1, 1, TimeUnit.DAYS);
        List<Runnable> never = executor.shutdownNow();
        assertThat(never).hasSize(4);
        assertThat(never.get(0)).isSameAs(command);
        assertThat(never.get(1)).isSameAs(submitted);
        assertThat(never.get(2)).isSameAs(delayed);
        assertThat(never.get(3)).isSameAs(periodic);
        assertThat(executor.isTerminated()).isTrue();
        assertThat(List.of(submitted, delayed, periodic)).noneMatch(Future::isDone);
        free.set(true);
        loop.createTask(() -> {}).await();
        assertThat(runs).hasValue(0);
        assertThat(loop.statistics().timers()).isZero();
        never.forEach(Runnable::run);
        assertThat(runs).hasValue(4);
        assertThat(submitted.isDone()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("shutdownNow interrupts what runs, in waits of the JDK and in ours")
    void shutdownNowInterrupts(Places place) throws Exception {
        place.run(loop, () -> {
            Future<String> blocked = submitBlocked();
            CountDownLatch sleeping = new CountDownLatch(1);
            Future<String> sleeps = executor.submit(() -> {
                sleeping.countDown();
                return Async.sleep(Duration.ofDays(1), "");
            });
            sleeping.await();
            assertThat(executor.shutdownNow()).isEmpty();
            assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(blocked::get)
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(InterruptedException.class);
            assertThat(sleeps.isCancelled()).isTrue();
            assertThatThrownBy(sleeps::get).isInstanceOf(CancellationException.class);
        });
    }

    @Test
    @DisplayName("a command given to execute that is interrupted by shutdownNow is no failure")
    void shutdownNowOfCommands() throws Exception {
        executor.execute(() -> {
            begun.countDown();
            Async.sleep(Duration.ofDays(1));
        });
        begun.await();
        executor.shutdownNow();
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(loops.takeFailures()).isEmpty();
    }

    @Test
    @DisplayName("a submission may shut its executor down, with shutdownNow as well, and is told in its next wait")
    void shutdownFromInside() throws Exception {
        Future<List<Runnable>> gentle = loop.executor().submit(() -> executor.shutdownNow());
        assertThat(gentle.get()).isEmpty();
        ScheduledExecutorService other = loop.executor();
        Future<String> future = other.submit(() -> {
            other.shutdownNow();
            assertThat(other.isShutdown()).isTrue();
            assertThat(other.isTerminated()).isFalse();
            return Async.sleep(Duration.ofDays(1), "never");
        });
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        assertThat(other.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    // ---- delays

    @Test
    @DisplayName("after shutdown what was delayed still runs once, what repeats is cancelled")
    void shutdownWithDelays() throws Exception {
        AtomicBoolean free = holdTheLoop();
        ScheduledFuture<String> delayed = executor.schedule(() -> "delayed", 20, TimeUnit.MILLISECONDS);
        ScheduledFuture<?> rate = executor.scheduleAtFixedRate(() -> {}, 1, 1, TimeUnit.DAYS);
        ScheduledFuture<?> delay = executor.scheduleWithFixedDelay(() -> {}, 1, 1, TimeUnit.DAYS);
        executor.shutdown();
        assertThat(rate.isCancelled()).isTrue();
        assertThat(delay.isCancelled()).isTrue();
        assertThat(executor.isTerminated()).isFalse();
        free.set(true);
        assertThat(delayed.get()).isEqualTo("delayed");
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName("a periodic command that runs while its executor is shut down ends its run, and there is no other")
    void shutdownDuringAPeriodicRun() throws Exception {
        AtomicInteger ends = new AtomicInteger();
        executor.scheduleWithFixedDelay(
                () -> {
                    begun.countDown();
                    Sneaky.call(() -> {
                        gate.await();
                        return null;
                    });
                    ends.incrementAndGet();
                },
                0,
                1,
                TimeUnit.NANOSECONDS);
        begun.await();
        executor.shutdown();
        assertThat(executor.isTerminated()).isFalse();
        gate.countDown();
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThat(ends).hasValue(1);
    }

    @Test
    @DisplayName("cancelling the last delayed command terminates an executor that was shut down")
    void cancelTerminates() throws Exception {
        Future<?> delayed = executor.schedule(() -> {}, 1, TimeUnit.DAYS);
        executor.shutdown();
        assertThat(executor.isTerminated()).isFalse();
        delayed.cancel(false);
        assertThat(executor.isTerminated()).isTrue();
    }

    // ---- waiting for the end

    @Test
    @DisplayName("awaitTermination is interruptible, and refuses a null unit")
    void awaitTerminationInterrupted() throws Exception {
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> executor.awaitTermination(1, TimeUnit.DAYS)).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        assertThatThrownBy(() -> executor.awaitTermination(1, null)).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("close waits for what was accepted")
    void close(Places place) throws Exception {
        place.run(loop, () -> {
            Future<String> future;
            try (ScheduledExecutorService closing = executor) {
                future = closing.submit(() -> Async.sleep(Duration.ofMillis(5), "done"));
            }
            assertThat(future.resultNow()).isEqualTo("done");
            assertThat(executor.isTerminated()).isTrue();
            executor.close();
        });
    }

    @Test
    @DisplayName("close that is interrupted interrupts the work, waits for its end, and keeps the flag")
    void closeInterrupted() throws Exception {
        Future<String> future = submitBlocked();
        Thread.currentThread().interrupt();
        executor.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertThat(future.exceptionNow()).isInstanceOf(InterruptedException.class);
    }

    @Test
    @DisplayName("a task that is cancelled in close interrupts the work, waits for its end, and is cancelled")
    void closeCancelled() throws Exception {
        Future<String> future = submitBlocked();
        CountDownLatch closing = new CountDownLatch(1);
        Task<?> closer = loop.createTask(() -> {
            closing.countDown();
            executor.close();
            Async.yieldNow();
        });
        closing.await();
        closer.cancel("enough");
        assertThatThrownBy(closer::await).isInstanceOf(CancelledException.class).hasMessage("enough");
        assertThat(executor.isTerminated()).isTrue();
        assertThat(future.exceptionNow()).isInstanceOf(InterruptedException.class);
    }

    @Test
    @DisplayName("a submission that closes its own executor is told so instead of waiting for itself")
    void closeFromInside() {
        Future<?> future = executor.submit(executor::close);
        assertThatThrownBy(future::get)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shutdown()");
        assertThat(executor.isShutdown()).isFalse();
    }

    // ---- independence, and the loop's end

    @Test
    @DisplayName("executors of one loop are independent of each other and of the loop")
    void independence() throws Exception {
        ScheduledExecutorService other = loop.executor();
        assertThat(other).isNotSameAs(executor);
        Future<?> waits = other.schedule(() -> {}, 1, TimeUnit.DAYS);
        executor.shutdownNow();
        assertThat(other.isShutdown()).isFalse();
        assertThat(other.submit(() -> "runs").get()).isEqualTo("runs");
        assertThat(loop.isRunning()).isTrue();
        assertThat(waits.isDone()).isFalse();
    }

    @Test
    @DisplayName("closing the loop rejects everything from then on, and the rejection says so")
    void loopClosed() {
        loop.close();
        assertThat(executor.isShutdown()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
        assertRejected();
        assertThatThrownBy(() -> executor.execute(() -> {})).hasMessageContaining("the event loop is closed");
        assertThatThrownBy(() -> loop.executor()).isInstanceOf(LoopClosedException.class);
        assertThatThrownBy(() -> loop.executor("name")).isInstanceOf(LoopClosedException.class);
        executor.close();
    }

    @Test
    @DisplayName("closing the loop ends what runs and what waits, and nobody waits for ever")
    void loopCloses() throws Exception {
        Future<String> blocked = submitBlocked();
        Future<?> delayed = executor.schedule(() -> {}, 1, TimeUnit.DAYS);
        Future<?> periodic = executor.scheduleAtFixedRate(() -> {}, 0, 1, TimeUnit.DAYS);
        List<Object> ended = java.util.Collections.synchronizedList(new ArrayList<>());
        Thread waiter = Thread.ofPlatform().start(() -> {
            assertThatThrownBy(delayed::get).isInstanceOf(CancellationException.class);
            ended.add("delayed");
        });
        ScheduledExecutorService idle = loop.executor();
        Thread idler =
                Thread.ofPlatform().start(() -> ended.add(Sneaky.call(() -> idle.awaitTermination(1, TimeUnit.DAYS))));
        Loops.Waiting.until(
                "both wait",
                () -> waiter.getState() == Thread.State.WAITING && idler.getState() == Thread.State.TIMED_WAITING);
        loop.close();
        waiter.join();
        idler.join();
        assertThat(ended).containsExactlyInAnyOrder("delayed", true);
        assertThat(blocked.exceptionNow()).isInstanceOf(InterruptedException.class);
        assertThat(periodic.isCancelled()).isTrue();
        assertThat(executor.isTerminated()).isTrue();
    }

    @Test
    @DisplayName("what was given to a loop that never runs is cancelled when it closes")
    void loopNeverRuns() {
        EventLoop never = loops.open();
        Future<String> submitted = never.executor().submit(() -> "");
        Future<String> delayed = never.executor().schedule(() -> "", 1, TimeUnit.SECONDS);
        never.close();
        assertThat(submitted.isCancelled()).isTrue();
        assertThat(delayed.isCancelled()).isTrue();
    }
}
