package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Futures in the order in which they are done. */
class AsCompletedTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private static Task<String> sleeper(int seconds) {
        return Async.createTask(() -> Async.sleep(Duration.ofSeconds(seconds), "after " + seconds));
    }

    @Test
    @DisplayName("row 41: the very futures that were given, in the order of completion, however they end")
    void sameInAsOut() {
        loops.run(() -> {
            Task<String> slow = sleeper(3);
            Task<String> quick = sleeper(1);
            Task<String> bad = Async.createTask(() -> {
                Async.sleep(Duration.ofSeconds(2));
                throw new IOException("bad");
            });
            Task<String> gone = sleeper(9);
            EventLoop.current().callLater(Duration.ofSeconds(4), gone::cancel);
            List<Task<String>> order = new ArrayList<>();
            for (Task<String> task : Async.asCompleted(List.of(slow, gone, bad, quick, slow))) {
                assertThat(task.isDone()).isTrue();
                order.add(task);
            }
            assertThat(order).containsExactly(quick, bad, slow, gone);
            assertThat(bad.exception()).hasMessage("bad");
        });
    }

    @Test
    @DisplayName("row 41: those that are done come first, in the order given")
    void doneBefore() {
        loops.run(() -> {
            Task<String> first = sleeper(2);
            Task<String> second = sleeper(1);
            first.await();
            Task<String> third = sleeper(1);
            assertThat(Async.asCompleted(List.of(third, first, second))).containsExactly(first, second, third);
        });
    }

    @Test
    @DisplayName("row 41: a step that is cancelled loses no future, with a limit of time or without")
    void cancelledStep() {
        for (Duration timeout : new Duration[] {null, Duration.ofDays(1)}) {
            loops.run(() -> {
                LoopFuture<String> a = EventLoop.current().createFuture();
                LoopFuture<String> b = EventLoop.current().createFuture();
                Iterator<LoopFuture<String>> futures =
                        Async.asCompleted(List.of(a, b), timeout).iterator();
                Task<?> impatient = Async.createTask(() -> futures.next().label());
                Async.sleep(Duration.ofSeconds(1));
                impatient.cancel();
                assertThatThrownBy(impatient::await).isInstanceOf(CancelledException.class);
                assertThat(a.isDone() || b.isDone()).isFalse();
                // Cancelled after the next one is done, and before the step goes on:
                Task<?> unlucky = Async.createTask(() -> futures.next().label());
                Async.yieldNow();
                a.setResult("a");
                unlucky.cancel();
                assertThatThrownBy(unlucky::await).isInstanceOf(CancelledException.class);
                assertThat(futures.next()).isSameAs(a);
                b.setResult("b");
                assertThat(futures.next()).isSameAs(b);
                assertThat(futures.hasNext()).isFalse();
            });
        }
    }

    @Test
    @DisplayName("row 41: when the time is over each step that is left throws; the futures go on")
    void timeout() {
        loops.run(() -> {
            Task<String> a = sleeper(1);
            Task<String> b = sleeper(5);
            Task<String> c = sleeper(6);
            Iterator<Task<String>> futures =
                    Async.asCompleted(List.of(a, b, c), Duration.ofSeconds(3)).iterator();
            assertThat(futures.next()).isSameAs(a);
            long begun = EventLoop.current().time();
            for (int i = 0; i < 2; i++) {
                assertThat(futures.hasNext()).isTrue();
                assertThatThrownBy(futures::next)
                        .isInstanceOf(CompletionException.class)
                        .hasCauseInstanceOf(TimeoutException.class);
                assertThat(EventLoop.current().time() - begun)
                        .isEqualTo(Duration.ofSeconds(2).toNanos());
                assertThat(b.waiters()).isEmpty();
            }
            assertThat(futures.hasNext()).isFalse();
            assertThatThrownBy(futures::next).isInstanceOf(NoSuchElementException.class);
            assertThat(b.await()).isEqualTo("after 5");
        });
    }

    @Test
    @DisplayName("row 41: what was done in time is handed out after the time as well; no time at all means no waiting")
    void doneInTime() {
        loops.run(() -> {
            Task<String> a = sleeper(1);
            Task<String> b = sleeper(9);
            Iterator<Task<String>> futures =
                    Async.asCompleted(List.of(a, b), Duration.ofSeconds(3)).iterator();
            Async.sleep(Duration.ofSeconds(5));
            assertThat(futures.next()).isSameAs(a);
            assertThatThrownBy(futures::next).hasCauseInstanceOf(TimeoutException.class);
            Iterator<Task<String>> none =
                    Async.asCompleted(List.of(b, a), Duration.ZERO).iterator();
            assertThat(none.next()).isSameAs(a);
            assertThatThrownBy(none::next).hasCauseInstanceOf(TimeoutException.class);
        });
    }

    @Test
    @DisplayName("row 41: there is one iteration: a second loop goes on where the first one stopped")
    void oneIteration() {
        loops.run(() -> {
            Task<String> a = sleeper(1);
            Task<String> b = sleeper(2);
            Iterable<Task<String>> futures = Async.asCompleted(List.of(a, b));
            for (Task<String> task : futures) {
                assertThat(task).isSameAs(a);
                break;
            }
            assertThat(futures).containsExactly(b);
            assertThat(futures).isEmpty();
            assertThat(Async.asCompleted(List.of())).isEmpty();
        });
    }

    @Test
    @DisplayName("two tasks in the same iteration: the second is told so")
    void twoTasks() {
        loops.run(() -> {
            Iterator<Task<String>> futures =
                    Async.asCompleted(List.of(sleeper(1), sleeper(2))).iterator();
            Task<?> first = Async.createTask(() -> futures.next().label());
            Async.yieldNow();
            assertThatThrownBy(futures::next)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("one task");
            first.await();
            futures.next();
        });
    }

    @Test
    @DisplayName("each step is a cancellation point, even when there is no need to wait")
    void cancellationPoint() {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            done.setResult("");
            Iterator<LoopFuture<String>> futures =
                    Async.asCompleted(List.of(done)).iterator();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                futures.next();
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(futures.next()).isSameAs(done);
        });
    }

    @Test
    @DisplayName("a hundred thousand futures are completed by another thread, and none is lost")
    void manyFromOutside() {
        EventLoop loop = loops.start();
        List<LoopFuture<Integer>> futures = new ArrayList<>();
        for (int i = 0; i < 100_000; i++) {
            futures.add(loop.createFuture());
        }
        Task<Long> sum = loop.createTask(() -> {
            long total = 0;
            for (LoopFuture<Integer> future : Async.asCompleted(futures)) {
                total += future.result();
            }
            return total;
        });
        for (int i = 0; i < futures.size(); i++) {
            futures.get(i).setResult(i);
        }
        assertThat(sum.await()).isEqualTo(99_999L * 100_000 / 2);
    }

    @Test
    @DisplayName("while a step waits, the futures lead to the task that waits; between steps they lead nowhere")
    void edges() {
        loops.run(() -> {
            LoopFuture<String> a = EventLoop.current().createFuture();
            Iterator<LoopFuture<String>> futures = Async.asCompleted(List.of(a)).iterator();
            LoopFuture.Hook hook = (LoopFuture.Hook) a.waiters().get(0);
            assertThat(hook.awaitedBy()).isNull();
            Task<?> waiter = Async.createTask(() -> futures.next().label());
            Async.yieldNow();
            LoopFuture<?> step = hook.awaitedBy();
            assertThat(step).isNotNull();
            assertThat(step.waiters()).containsExactly(waiter);
            a.setResult("");
            waiter.await();
            assertThat(hook.awaitedBy()).isNull();
        });
    }
}
