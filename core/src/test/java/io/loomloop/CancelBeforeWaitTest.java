package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A cancellation that comes just before a wait reaches what is waited for, as one that comes during the wait does. */
class CancelBeforeWaitTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("row 21: a task that was cancelled before it awaits a future cancels the future, with the message")
    void future() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("too late");
                future.await();
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("too late");
            assertThatThrownBy(future::result)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("too late");
        });
    }

    @Test
    @DisplayName(
            "row 21: a task that was cancelled before it awaits another task cancels that, and waits until it has ended")
    void task() {
        loops.run(() -> {
            StringBuilder seen = new StringBuilder();
            Task<?> inner = Async.createTask(() -> {
                try {
                    EventLoop.current().createFuture().await();
                } finally {
                    Async.yieldNow();
                    seen.append("cleaned up");
                }
            });
            Task<?> outer = Async.createTask(() -> {
                Async.currentTask().cancel("too late");
                inner.await();
            });
            assertThatThrownBy(outer::await).isInstanceOf(CancelledException.class);
            assertThat(seen).hasToString("cleaned up");
            assertThat(inner.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("a task that was cancelled before it awaits somebody else's future cancels that")
    void foreignFutures() {
        loops.run(() -> {
            CompletableFuture<String> stage = new CompletableFuture<>();
            FutureTask<String> work = new FutureTask<>(() -> "never run");
            for (Runnable wait : List.<Runnable>of(() -> Async.await(stage), () -> Async.await(work))) {
                Task<?> task = Async.createTask(() -> {
                    Async.currentTask().cancel();
                    wait.run();
                });
                assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            }
            assertThat(stage).isCancelled();
            assertThat(work.isCancelled()).isTrue();
        });
    }
}
