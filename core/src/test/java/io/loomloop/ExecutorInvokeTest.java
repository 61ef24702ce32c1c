package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The executor of a loop: invokeAll and invokeAny, timed and untimed. */
class ExecutorInvokeTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicInteger interrupted = new AtomicInteger();
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void start() {
        loop = loops.start();
        executor = loop.executor();
    }

    /** Waits in code of the JDK, until it is interrupted. */
    private String blocks() throws InterruptedException {
        waiting.incrementAndGet();
        try {
            new CountDownLatch(1).await();
            return "never";
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    /** Waits in code of ours, until it is cancelled. */
    private String sleeps() {
        waiting.incrementAndGet();
        try {
            return Async.sleep(Duration.ofDays(1), "never");
        } catch (CancelledException e) {
            interrupted.incrementAndGet();
            throw e;
        }
    }

    private static String fails() {
        throw new IllegalStateException("failed");
    }

    private <T> List<Future<T>> all(boolean timed, List<Callable<T>> tasks) throws InterruptedException {
        return timed ? executor.invokeAll(tasks, 20, TimeUnit.SECONDS) : executor.invokeAll(tasks);
    }

    private <T> T any(boolean timed, List<Callable<T>> tasks) throws Exception {
        return timed ? executor.invokeAny(tasks, 20, TimeUnit.SECONDS) : executor.invokeAny(tasks);
    }

    // ---- invokeAll

    @ParameterizedTest
    @EnumSource
    @DisplayName("invokeAll waits for all, and returns the futures in the order of the tasks")
    void invokeAll(Places place) throws Exception {
        place.run(loop, () -> {
            for (boolean timed : new boolean[] {false, true}) {
                List<Future<String>> futures = all(
                        timed, List.of(() -> Async.sleep(Duration.ofMillis(5), "slow"), () -> "fast", () -> fails()));
                assertThat(futures).allMatch(Future::isDone);
                assertThat(futures.get(0).resultNow()).isEqualTo("slow");
                assertThat(futures.get(1).resultNow()).isEqualTo("fast");
                assertThat(futures.get(2).exceptionNow()).hasMessage("failed");
            }
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAll of nothing is nothing")
    void invokeAllOfNothing(boolean timed) throws Exception {
        assertThat(all(timed, List.of())).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAll refuses null, and null among the tasks before any of them runs")
    void invokeAllNull(boolean timed) {
        assertThatThrownBy(() -> all(timed, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> all(timed, Arrays.asList(() -> "" + interrupted.incrementAndGet(), null)))
                .isInstanceOf(NullPointerException.class);
        assertThat(interrupted).hasValue(0);
    }

    @Test
    @DisplayName("invokeAll and invokeAny refuse a null unit")
    void nullUnits() {
        List<Callable<String>> tasks = List.of(() -> "");
        assertThatThrownBy(() -> executor.invokeAll(tasks, 1, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> executor.invokeAny(tasks, 1, null)).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("invokeAll whose time is over cancels what is not done, in waits of the JDK and in ours")
    void invokeAllTimesOut(Places place) throws Exception {
        place.run(loop, () -> {
            List<Callable<String>> tasks = List.of(() -> "done", this::blocks, this::sleeps);
            List<Future<String>> futures =
                    untilBothWait(millis -> executor.invokeAll(tasks, millis, TimeUnit.MILLISECONDS));
            assertThat(futures.get(0).resultNow()).isEqualTo("done");
            assertThat(futures.get(1).isCancelled()).isTrue();
            assertThat(futures.get(2).isCancelled()).isTrue();
        });
        Loops.Waiting.until("all have been told", () -> interrupted.get() == waiting.get());
    }

    private interface TimedCall<T> {
        T call(long millis) throws InterruptedException;
    }

    /** Calls with more and more time: a loop that gets no processor begins nothing in too little of it. */
    private <T> T untilBothWait(TimedCall<T> call) throws InterruptedException {
        for (long millis = 50; ; millis *= 4) {
            int before = waiting.get();
            T result = call.call(millis);
            if (waiting.get() == before + 2) {
                return result;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    @DisplayName("invokeAll without any time runs nothing and cancels everything")
    void invokeAllWithoutTime(long timeout) throws Exception {
        List<Callable<Integer>> tasks = List.of(interrupted::incrementAndGet, interrupted::incrementAndGet);
        assertThat(executor.invokeAll(tasks, timeout, TimeUnit.SECONDS))
                .hasSize(2)
                .allMatch(Future::isCancelled);
        executor.submit(() -> {}).get();
        assertThat(interrupted).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("who is interrupted in invokeAll gets InterruptedException, and the tasks are cancelled")
    void invokeAllInterrupted(boolean timed) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Thread caller = Thread.ofPlatform().start(() -> {
            assertThatThrownBy(() -> all(timed, List.of(() -> {
                        begun.countDown();
                        return blocks();
                    })))
                    .isInstanceOf(InterruptedException.class);
            interrupted.incrementAndGet();
        });
        begun.await();
        caller.interrupt();
        caller.join();
        Loops.Waiting.until("both have been told", () -> interrupted.get() == 2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("a task that is cancelled in invokeAll cancels what it waits for")
    void invokeAllCancelled(boolean timed) throws Exception {
        CountDownLatch begun = new CountDownLatch(2);
        Task<?> caller = loop.createTask(() -> all(
                timed,
                List.of(
                        () -> {
                            begun.countDown();
                            return blocks();
                        },
                        () -> {
                            begun.countDown();
                            return sleeps();
                        })));
        begun.await();
        caller.cancel();
        assertThatThrownBy(caller::await).isInstanceOf(CancelledException.class);
        Loops.Waiting.until("both have been told", () -> interrupted.get() == 2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAll after shutdown is rejected")
    void invokeAllAfterShutdown(boolean timed) {
        executor.shutdown();
        assertThatThrownBy(() -> all(timed, List.of(() -> ""))).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> any(timed, List.of(() -> ""))).isInstanceOf(RejectedExecutionException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("shutdownNow ends a wait in invokeAll and invokeAny, also for work that never begins")
    void shutdownNowDuringInvoke(boolean all) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        AtomicInteger free = new AtomicInteger();
        loop.callSoon(() -> {
            busy.countDown();
            while (free.get() == 0) {
                Thread.onSpinWait();
            }
        });
        busy.await();
        Thread caller = Thread.ofPlatform().start(() -> {
            if (all) {
                assertThat(Sneaky.call(() -> executor.invokeAll(List.of(() -> "never"))))
                        .allMatch(Future::isCancelled);
            } else {
                assertThatThrownBy(() -> executor.invokeAny(List.of(() -> "never")))
                        .isInstanceOf(ExecutionException.class);
            }
            interrupted.incrementAndGet();
        });
        Loops.Waiting.until(
                "it waits",
                () -> caller.getState() == Thread.State.WAITING
                        && executor.toString().contains("submissions=1"));
        assertThat(executor.shutdownNow()).hasSize(1);
        caller.join();
        free.set(1);
        assertThat(interrupted).hasValue(1);
    }

    // ---- invokeAny

    @ParameterizedTest
    @EnumSource
    @DisplayName("invokeAny returns a result, whatever else fails, and cancels the losers")
    void invokeAny(Places place) throws Exception {
        place.run(loop, () -> {
            for (boolean timed : new boolean[] {false, true}) {
                List<Callable<String>> tasks = List.of(
                        ExecutorInvokeTest::fails,
                        this::blocks,
                        this::sleeps,
                        () -> Async.sleep(Duration.ofMillis(2), "winner"));
                assertThat(any(timed, tasks)).isEqualTo("winner");
            }
        });
        Loops.Waiting.until("all losers have been told", () -> interrupted.get() == 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAny may return null as a result")
    void invokeAnyNullResult(boolean timed) throws Exception {
        assertThat(this.<Object>any(timed, List.of(() -> null))).isNull();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAny of nothing is refused")
    void invokeAnyOfNothing(boolean timed) {
        assertThatThrownBy(() -> any(timed, List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAny refuses null, and null among the tasks")
    void invokeAnyNull(boolean timed) {
        assertThatThrownBy(() -> any(timed, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> any(timed, Arrays.asList(() -> "", null))).isInstanceOf(NullPointerException.class);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("invokeAny fails when all fail, with the last failure as the cause")
    void invokeAnyAllFail(boolean timed) {
        assertThatThrownBy(() -> any(timed, List.of(ExecutorInvokeTest::fails, () -> {
                    Async.sleep(Duration.ofMillis(1));
                    throw new IllegalArgumentException("last");
                })))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("invokeAny whose time is over throws TimeoutException and cancels everything")
    void invokeAnyTimesOut(Places place) throws Exception {
        place.run(loop, () -> {
            List<Callable<String>> tasks = List.of(this::blocks, this::sleeps);
            var unused = untilBothWait(
                    millis -> assertThatThrownBy(() -> executor.invokeAny(tasks, millis, TimeUnit.MILLISECONDS))
                            .isInstanceOf(TimeoutException.class));
        });
        Loops.Waiting.until("all have been told", () -> interrupted.get() == waiting.get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName("who is interrupted in invokeAny gets InterruptedException, and the tasks are cancelled")
    void invokeAnyInterrupted(boolean timed) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Thread caller = Thread.ofPlatform().start(() -> {
            assertThatThrownBy(() -> any(timed, List.of(() -> {
                        begun.countDown();
                        return sleeps();
                    })))
                    .isInstanceOf(InterruptedException.class);
            interrupted.incrementAndGet();
        });
        begun.await();
        caller.interrupt();
        caller.join();
        Loops.Waiting.until("both have been told", () -> interrupted.get() == 2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("closing the loop ends a wait in invokeAll and invokeAny")
    void loopCloses(boolean all) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        List<Callable<String>> tasks = List.of(() -> {
            begun.countDown();
            return sleeps();
        });
        Thread caller = Thread.ofPlatform().start(() -> {
            if (all) {
                assertThat(Sneaky.call(() -> executor.invokeAll(tasks))).allMatch(Future::isCancelled);
            } else {
                assertThatThrownBy(() -> executor.invokeAny(tasks)).isInstanceOf(ExecutionException.class);
            }
            interrupted.incrementAndGet();
        });
        begun.await();
        loop.close();
        caller.join();
        assertThat(interrupted).hasValue(2);
    }
}
