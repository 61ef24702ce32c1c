package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.spi.LoopDriver;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The futures of a loop's executor: single assignment, cancelling with and without interrupt, and waits that cannot be. */
class ExecutorFutureTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = java.util.Collections.synchronizedList(new ArrayList<>());
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(1);
    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void start() {
        loop = loops.start();
        executor = loop.executor();
    }

    private Callable<String> blocks() {
        return () -> {
            begun.countDown();
            try {
                gate.await();
                seen.add("went on");
                return "result";
            } catch (InterruptedException e) {
                seen.add("interrupted");
                throw e;
            }
        };
    }

    private Callable<String> sleeps() {
        return () -> {
            begun.countDown();
            try {
                Async.sleep(Duration.ofDays(1));
                return "never";
            } catch (CancelledException e) {
                seen.add("cancelled");
                throw e;
            }
        };
    }

    private void awaitEnd() throws InterruptedException {
        executor.shutdown();
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }

    // ---- what a future tells

    @Test
    @DisplayName("a future that runs has no result and no exception yet, and says so")
    void running() throws Exception {
        Future<String> future = executor.submit(blocks());
        begun.await();
        assertThat(future.state()).isEqualTo(Future.State.RUNNING);
        assertThat(future.isDone()).isFalse();
        assertThat(future.isCancelled()).isFalse();
        assertThatThrownBy(future::resultNow).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(future::exceptionNow).isInstanceOf(IllegalStateException.class);
        gate.countDown();
        assertThat(future.get()).isEqualTo("result");
    }

    @Test
    @DisplayName("a future with a result: its state, resultNow, and a cancel that comes too late")
    void success() throws Exception {
        Future<String> future = executor.submit(() -> "result");
        future.get();
        assertThat(future.state()).isEqualTo(Future.State.SUCCESS);
        assertThat(future.resultNow()).isEqualTo("result");
        assertThatThrownBy(future::exceptionNow).isInstanceOf(IllegalStateException.class);
        assertThat(future.cancel(true)).isFalse();
        assertThat(future.cancel(false)).isFalse();
        assertThat(future.isCancelled()).isFalse();
        assertThat(future.get()).isEqualTo("result");
    }

    @Test
    @DisplayName("a future that failed: its state, exceptionNow, and a cancel that comes too late")
    void failed() {
        IllegalStateException failure = new IllegalStateException("failed");
        Future<?> future = executor.submit(() -> {
            throw failure;
        });
        assertThatThrownBy(future::get).isInstanceOf(ExecutionException.class).hasCause(failure);
        assertThat(future.state()).isEqualTo(Future.State.FAILED);
        assertThat(future.exceptionNow()).isSameAs(failure);
        assertThatThrownBy(future::resultNow).isInstanceOf(IllegalStateException.class);
        assertThat(future.cancel(true)).isFalse();
        assertThat(future.isDone()).isTrue();
    }

    @Test
    @DisplayName("a cancelled future: its state, and get throws CancellationException, timed too")
    void cancelled() throws Exception {
        Future<?> future = executor.submit(sleeps());
        begun.await();
        assertThat(future.cancel(true)).isTrue();
        assertThat(future.state()).isEqualTo(Future.State.CANCELLED);
        assertThat(future.isDone()).isTrue();
        assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        assertThatThrownBy(() -> future.get(1, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThatThrownBy(future::resultNow).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(future::exceptionNow).isInstanceOf(IllegalStateException.class);
        assertThat(future.cancel(true)).isFalse();
    }

    // ---- cancelling

    @ParameterizedTest
    @EnumSource
    @DisplayName("cancel with interrupt: a wait of the JDK gets InterruptedException, one of ours CancelledException")
    void cancelWithInterrupt(Places place) throws Exception {
        for (Callable<String> work : List.of(blocks(), sleeps())) {
            CountDownLatch running = new CountDownLatch(1);
            Future<String> future = executor.submit(() -> {
                running.countDown();
                return work.call();
            });
            running.await();
            place.run(loop, () -> {
                assertThat(future.cancel(true)).isTrue();
                assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
            });
        }
        awaitEnd();
        assertThat(seen).containsExactlyInAnyOrder("interrupted", "cancelled");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("cancel without interrupt: the future is cancelled at once, the work goes on")
    void cancelWithoutInterrupt(Places place) throws Exception {
        Future<String> future = executor.submit(blocks());
        begun.await();
        place.run(loop, () -> {
            assertThat(future.cancel(false)).isTrue();
            assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
        });
        executor.shutdown();
        assertThat(executor.isTerminated()).isFalse();
        gate.countDown();
        awaitEnd();
        assertThat(seen).containsExactly("went on");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("cancelled before it begins, the work never does")
    void cancelBeforeBegin(boolean interrupt) throws Exception {
        loop.createTask(() -> {
                    Future<?> future = executor.submit(() -> seen.add("ran"));
                    assertThat(future.cancel(interrupt)).isTrue();
                    assertThat(future.isCancelled()).isTrue();
                })
                .await();
        awaitEnd();
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("work may cancel its own future, with interrupt, and is told in its next wait")
    void cancelsItself() throws Exception {
        Future<?>[] own = new Future<?>[1];
        loop.createTask(() -> {
                    own[0] = executor.submit(() -> {
                        own[0].cancel(true);
                        seen.add("goes on");
                        return sleeps().call();
                    });
                })
                .await();
        assertThatThrownBy(() -> own[0].get()).isInstanceOf(CancellationException.class);
        awaitEnd();
        assertThat(seen).containsExactly("goes on", "cancelled");
    }

    @Test
    @DisplayName("a CancellationException of the work's own is its failure")
    void ownCancellation() {
        LoopFuture<String> other = loop.createFuture();
        other.cancel("somebody else's");
        Future<String> future = executor.submit(() -> Async.await(other));
        assertThatThrownBy(future::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CancelledException.class);
        assertThat(future.isCancelled()).isFalse();
    }

    @Test
    @DisplayName("who is interrupted in get gets InterruptedException, and the work goes on")
    void interruptedInGet() throws Exception {
        Future<String> future = executor.submit(blocks());
        Thread waiter = Thread.ofPlatform().start(() -> {
            assertThatThrownBy(future::get).isInstanceOf(InterruptedException.class);
            seen.add("waiter interrupted");
        });
        Loops.Waiting.until("it waits", () -> waiter.getState() == Thread.State.WAITING);
        waiter.interrupt();
        waiter.join();
        assertThat(seen).containsExactly("waiter interrupted");
        gate.countDown();
        assertThat(future.get()).isEqualTo("result");
    }

    @Test
    @DisplayName("a task that is cancelled in get is cancelled, and leaves the work alone")
    void cancelledInGet() throws Exception {
        Future<String> future = executor.submit(blocks());
        CountDownLatch waiting = new CountDownLatch(1);
        Task<String> task = loop.createTask(() -> {
            waiting.countDown();
            return future.get();
        });
        waiting.await();
        task.cancel("enough");
        assertThatThrownBy(task::await).isInstanceOf(CancelledException.class).hasMessage("enough");
        assertThat(future.isDone()).isFalse();
        gate.countDown();
        assertThat(future.get()).isEqualTo("result");
    }

    @Test
    @DisplayName("Async.await of such a future cancels it with the task that waits")
    void awaited() throws Exception {
        Future<String> future = executor.submit(sleeps());
        begun.await();
        Task<String> task = loop.createTask(() -> Async.await(future));
        loop.createTask(Async::yieldNow).await();
        task.cancel();
        assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
        assertThat(future.isCancelled()).isTrue();
        awaitEnd();
        assertThat(seen).containsExactly("cancelled");
    }

    @Test
    @DisplayName("any number of threads may wait for one future")
    void manyWaiters() throws Exception {
        Future<String> future = executor.submit(blocks());
        List<Thread> waiters = new ArrayList<>();
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waiters.add(Thread.ofPlatform().start(() -> seen.add(Sneaky.call(future::get))));
            waiters.add(Thread.ofVirtual().start(() -> seen.add(Sneaky.call(future::get))));
            tasks.add(loop.createTask(() -> seen.add(future.get())));
        }
        gate.countDown();
        for (Thread waiter : waiters) {
            waiter.join();
        }
        tasks.forEach(Task::await);
        assertThat(seen).hasSize(16);
        assertThat(seen).containsOnly("result", "went on");
    }

    @Test
    @DisplayName("cancel against the end: one of them wins, and get agrees with the state")
    void cancelAgainstEnd() throws Exception {
        for (int i = 0; i < 2000; i++) {
            Future<String> future = executor.submit(() -> "result");
            if (future.cancel(true)) {
                assertThatThrownBy(future::get).isInstanceOf(CancellationException.class);
            } else {
                assertThat(future.get()).isEqualTo("result");
            }
        }
        awaitEnd();
    }

    // ---- waits that cannot be

    /** Waits for a future on the raw loop thread, as no driver should. */
    private static final class WaitingDriver implements LoopDriver {
        private final LoopDriver real = VirtualTimeDriver.standing();
        final AtomicReference<Callable<?>> wait = new AtomicReference<>();
        volatile Throwable thrown;

        @Override
        public long nanoTime() {
            return real.nanoTime();
        }

        @Override
        public void await(long nanos) {
            Callable<?> now = wait.getAndSet(null);
            if (now != null) {
                thrown = catchThrowable(now::call);
            }
            real.await(nanos);
        }

        @Override
        public void wakeup() {
            real.wakeup();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @Test
    @DisplayName("waits on the raw loop thread fail at once instead of stopping the loop")
    void rawThread() {
        WaitingDriver driver = new WaitingDriver();
        EventLoop driven = loops.start(builder -> builder.driver(driver));
        ScheduledExecutorService mine = driven.executor();
        LoopFuture<String> ours = driven.createFuture();
        Future<String> never = mine.submit(() -> ours.await());
        List<Callable<?>> waits = List.of(
                never::get,
                () -> never.get(1, TimeUnit.DAYS),
                () -> mine.awaitTermination(1, TimeUnit.DAYS),
                ours::get,
                () -> ours.get(1, TimeUnit.DAYS),
                ours::await);
        for (Callable<?> wait : waits) {
            driver.thrown = null;
            driver.wait.set(wait);
            driver.wakeup();
            driven.callSoon(() -> {});
            Loops.Waiting.until("the driver has tried", () -> driver.thrown != null);
            assertThat(driver.thrown).isInstanceOf(IllegalStateException.class).hasMessageContaining("driver");
        }
        ours.setResult("now");
        Loops.Waiting.until("the loop goes on", never::isDone);
        driver.thrown = null;
        driver.wait.set(never::get);
        driven.callSoon(() -> {});
        assertThat(never.resultNow()).isEqualTo("now");
    }

    @Test
    @DisplayName("get in a callback waits, and the loop goes on meanwhile")
    void inCallbacks() throws Exception {
        CountDownLatch got = new CountDownLatch(1);
        loop.callSoon(() -> {
            seen.add(Sneaky.call(() -> executor.submit(() -> Async.sleep(Duration.ofMillis(5), "got"))
                    .get()));
            got.countDown();
        });
        assertThat(got.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(seen).containsExactly("got");
    }

    private static final Object MONITOR = new Object();

    @Test
    @DisplayName("get inside of synchronized: a JDK that pins there throws PinnedException, others wait")
    void pinned() throws Exception {
        Future<String> result = executor.submit(() -> {
            synchronized (MONITOR) {
                return executor.submit(() -> "inner").get();
            }
        });
        if (Runtime.version().feature() < 24) {
            assertThatThrownBy(result::get).hasCauseInstanceOf(PinnedException.class);
        } else {
            assertThat(result.get()).isEqualTo("inner");
        }
    }

    @Test
    @DisplayName("what the JDK calls back is no executor: agents instrument those")
    void tasksAreNoExecutorServices() {
        assertThat(Executor.class).isAssignableFrom(TaskThread.class);
        assertThat(ExecutorService.class.isAssignableFrom(TaskThread.class)).isFalse();
        assertThat(ExecutorService.class.isAssignableFrom(FactoryThread.class)).isFalse();
        assertThat(ExecutorService.class.isAssignableFrom(CallbackRunner.class)).isFalse();
    }
}
