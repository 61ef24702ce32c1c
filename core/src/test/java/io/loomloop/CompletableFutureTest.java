package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Between our futures and those of java.util.concurrent, both ways. */
class CompletableFutureTest {
    @RegisterExtension
    final Loops loops = new Loops();

    // ---- ours for them

    @Test
    @DisplayName("row 18: a result, a failure and a cancellation arrive at the CompletableFuture")
    void outcomesArrive() {
        EventLoop loop = loops.start();
        LoopFuture<String> result = loop.createFuture();
        LoopFuture<String> failure = loop.createFuture();
        LoopFuture<String> cancelled = loop.createFuture();
        CompletableFuture<String> resultTwin = result.toCompletableFuture();
        CompletableFuture<String> failureTwin = failure.toCompletableFuture();
        CompletableFuture<String> cancelledTwin = cancelled.toCompletableFuture();
        result.setResult("result");
        failure.setException(new IOException("failure"));
        cancelled.cancel();
        assertThat(resultTwin.join()).isEqualTo("result");
        assertThatThrownBy(failureTwin::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
        assertThatThrownBy(cancelledTwin::join).isInstanceOf(CancellationException.class);
        assertThat(cancelledTwin.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("row 18: cancelling the CompletableFuture cancels ours, and a task behind it")
    void cancelGoesBack() {
        EventLoop loop = loops.start();
        LoopFuture<String> future = loop.createFuture();
        future.toCompletableFuture().cancel(true);
        assertThat(future.isCancelled()).isTrue();
        Task<String> task = loop.createTask(() -> Async.sleep(Duration.ofDays(1), ""));
        task.toCompletableFuture().cancel(true);
        assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
    }

    @Test
    @DisplayName(
            "row 18: completing the CompletableFuture by hand does nothing to ours, and each keeps its own outcome")
    void completingTheTwin() {
        EventLoop loop = loops.start();
        LoopFuture<String> future = loop.createFuture();
        CompletableFuture<String> twin = future.toCompletableFuture();
        twin.complete("by hand");
        assertThat(future.isDone()).isFalse();
        future.setResult("ours");
        loop.createTask(() -> {}).await();
        assertThat(twin.join()).isEqualTo("by hand");
        assertThat(future.result()).isEqualTo("ours");
    }

    @Test
    @DisplayName("row 18: cancelling the CompletableFuture of a future that is done changes neither")
    void cancelAfterDone() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        CompletableFuture<String> twin = future.toCompletableFuture();
        future.setResult("ours");
        twin.cancel(true);
        assertThat(future.result()).isEqualTo("ours");
        loop.runUntilComplete(Async::yieldNow);
        assertThat(twin.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("row 18: a future that is done when its loop is closed still becomes a CompletableFuture")
    void afterClose() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        future.setResult("result");
        loop.close();
        assertThat(future.toCompletableFuture().join()).isEqualTo("result");
    }

    @Test
    @DisplayName("row 18: a future that is completed after its loop was closed completes its CompletableFuture")
    void completedAfterClose() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        CompletableFuture<String> twin = future.toCompletableFuture();
        loop.close();
        future.setResult("late");
        assertThat(twin.isDone()).isTrue();
        assertThat(twin.join()).isEqualTo("late");
    }

    @Test
    @DisplayName("row 18: a future that is done when its loop closes completes its CompletableFuture")
    void completedBeforeClose() throws Exception {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        CompletableFuture<String> twin = future.toCompletableFuture();
        future.setResult("in time");
        loop.close();
        assertThat(twin.get(10, TimeUnit.SECONDS)).isEqualTo("in time");
    }

    @Test
    @DisplayName("row 18: work that the close interrupts completes its CompletableFuture")
    void interruptedByClose() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch working = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        CompletableFuture<?> twin = loop.runInExecutor(() -> {
                    working.countDown();
                    never.await();
                })
                .toCompletableFuture();
        working.await();
        loop.close();
        assertThatThrownBy(() -> twin.get(10, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
    }

    // ---- theirs for us

    @Test
    @DisplayName("a task may await a CompletableFuture: its result, its failure unwrapped, its cancellation")
    void awaitACompletableFuture() {
        loops.run(() -> {
            CompletableFuture<String> result = new CompletableFuture<>();
            EventLoop.current().callSoon(() -> result.complete("result"));
            assertThat(Async.await(result)).isEqualTo("result");

            IllegalArgumentException unchecked = new IllegalArgumentException("unchecked");
            CompletableFuture<String> dependent = CompletableFuture.<String>failedFuture(unchecked)
                    .thenApply(value -> value)
                    .thenApply(value -> value);
            assertThat(catchThrowable(() -> Async.await(dependent))).isSameAs(unchecked);

            IOException checked = new IOException("checked");
            assertThatThrownBy(() -> Async.await(CompletableFuture.failedFuture(checked)))
                    .isInstanceOf(CompletionException.class)
                    .hasCause(checked);

            CompletableFuture<String> cancelled = new CompletableFuture<>();
            cancelled.cancel(true);
            assertThatThrownBy(() -> Async.await(cancelled))
                    .isInstanceOf(CancelledException.class)
                    .hasCauseInstanceOf(CancellationException.class);
            CompletionStage<String> stage = CompletableFuture.completedStage("stage");
            assertThat(Async.await(stage)).isEqualTo("stage");
        });
    }

    @Test
    @DisplayName("cancelling a task that awaits a CompletableFuture cancels that")
    void cancelReachesTheCompletableFuture() {
        loops.run(() -> {
            CompletableFuture<String> theirs = new CompletableFuture<>();
            Task<String> task = Async.createTask(() -> Async.await(theirs));
            Async.yieldNow();
            task.cancel("enough");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(theirs.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("a task may await any other Future, and cancelling the task cancels it")
    void awaitAFuture() {
        loops.run(() -> {
            FutureTask<String> result = new FutureTask<>(() -> "result");
            EventLoop.current().callSoon(result);
            assertThat(Async.await(result)).isEqualTo("result");

            IOException checked = new IOException("checked");
            FutureTask<String> failure = new FutureTask<>(() -> {
                throw checked;
            });
            failure.run();
            assertThatThrownBy(() -> Async.await(failure))
                    .isInstanceOf(CompletionException.class)
                    .hasCause(checked);

            FutureTask<String> never = new FutureTask<>(() -> "never run");
            Task<String> task = Async.createTask(() -> Async.await(never));
            Async.yieldNow();
            task.cancel("enough");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(never.isCancelled()).isTrue();
            assertThatThrownBy(() -> Async.await(never)).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("await finds out that a Future is one of ours, and does not block in its get")
    void awaitOfOurs() {
        loops.run(() -> {
            LoopFuture<String> ours = EventLoop.current().createFuture();
            Future<String> disguised = ours;
            Task<String> task = Async.createTask(() -> Async.await(disguised));
            Async.yieldNow();
            assertThat(((TaskThread<?>) task).awaiting).isSameAs(ours);
            ours.setResult("ours");
            assertThat(task.await()).isEqualTo("ours");
        });
    }

    @Test
    @DisplayName("a thread that is on no loop may await all of them, and an interrupt ends that")
    void outsideOfLoops() {
        assertThat(Async.await(CompletableFuture.completedFuture("result"))).isEqualTo("result");
        assertThat(Async.await(CompletableFuture.completedStage("stage"))).isEqualTo("stage");
        IllegalArgumentException failure = new IllegalArgumentException("failure");
        assertThat(catchThrowable(() -> Async.await(CompletableFuture.failedFuture(failure))))
                .isSameAs(failure);
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> Async.await(new CompletableFuture<>())).isInstanceOf(CancelledException.class);
        assertThat(Thread.interrupted()).isTrue();
    }
}
