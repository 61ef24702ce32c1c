package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting for some or all of many futures. */
class WaitAllTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private static Task<String> sleeper(int seconds) {
        return Async.createTask(() -> Async.sleep(Duration.ofSeconds(seconds), "after " + seconds));
    }

    private static long seconds(long since) {
        return Duration.ofNanos(EventLoop.current().time() - since).toSeconds();
    }

    @Test
    @DisplayName("row 40: until all are done; done ones come in the order given, each once")
    void all() {
        loops.run(() -> {
            long begun = EventLoop.current().time();
            Task<String> a = sleeper(3);
            Task<String> b = sleeper(1);
            WaitResult<Task<String>> result = Async.waitAll(List.of(a, b, a));
            assertThat(result.done()).containsExactly(a, b);
            assertThat(result.pending()).isEmpty();
            assertThat(seconds(begun)).isEqualTo(3);
        });
    }

    @Test
    @DisplayName("row 40: until the first is done; all that are done by the time the waiter goes on are in the result")
    void firstCompleted() {
        loops.run(() -> {
            LoopFuture<String> a = EventLoop.current().createFuture();
            LoopFuture<String> b = EventLoop.current().createFuture();
            LoopFuture<String> c = EventLoop.current().createFuture();
            EventLoop.current().callLater(Duration.ofSeconds(2), () -> {
                c.setResult("c");
                a.setResult("a");
            });
            WaitResult<LoopFuture<String>> result = Async.waitAll(List.of(a, b, c), ReturnWhen.FIRST_COMPLETED);
            assertThat(result.done()).containsExactly(a, c);
            assertThat(result.pending()).containsExactly(b);
            assertThat(b.waiters()).isEmpty();
        });
    }

    @Test
    @DisplayName("row 40: until the first failure; a cancellation is none, and no failure is thrown")
    void firstException() {
        loops.run(() -> {
            long begun = EventLoop.current().time();
            Task<String> value = sleeper(1);
            Task<String> gone = sleeper(9);
            Task<String> late = sleeper(9);
            Task<String> bad = Async.createTask(() -> {
                Async.sleep(Duration.ofSeconds(4));
                throw new IOException("bad");
            });
            EventLoop.current().callLater(Duration.ofSeconds(2), gone::cancel);
            WaitResult<Task<String>> result =
                    Async.waitAll(List.of(value, gone, late, bad), ReturnWhen.FIRST_EXCEPTION);
            assertThat(seconds(begun)).isEqualTo(4);
            assertThat(result.done()).containsExactly(value, gone, bad);
            assertThat(result.pending()).containsExactly(late);
            assertThat(bad.exception()).hasMessage("bad");
        });
    }

    @Test
    @DisplayName(
            "row 40: until the first failure, with one that failed before: at once; without any: when all are done")
    void firstExceptionThatWas() {
        loops.run(() -> {
            Task<String> bad = Async.createTask(() -> {
                throw new IOException("bad");
            });
            assertThatThrownBy(bad::await).hasRootCauseMessage("bad");
            Task<String> late = sleeper(9);
            long begun = EventLoop.current().time();
            WaitResult<Task<String>> result = Async.waitAll(List.of(late, bad), ReturnWhen.FIRST_EXCEPTION);
            assertThat(result.done()).containsExactly(bad);
            assertThat(late.waiters()).isEmpty();
            assertThat(seconds(begun)).isZero();
            assertThat(Async.waitAll(List.of(late), ReturnWhen.FIRST_EXCEPTION).done())
                    .containsExactly(late);
            assertThat(seconds(begun)).isEqualTo(9);
        });
    }

    @Test
    @DisplayName("row 40: when the time is over it returns what there is, and cancels nothing")
    void timeout() {
        loops.run(() -> {
            long begun = EventLoop.current().time();
            Task<String> a = sleeper(1);
            Task<String> b = sleeper(9);
            WaitResult<Task<String>> result = Async.waitAll(List.of(a, b), Duration.ofSeconds(4));
            assertThat(result.done()).containsExactly(a);
            assertThat(result.pending()).containsExactly(b);
            assertThat(b.waiters()).isEmpty();
            assertThat(seconds(begun)).isEqualTo(4);
            assertThat(Async.waitAll(List.of(b), Duration.ZERO).pending()).containsExactly(b);
            assertThat(Async.waitAll(List.of(b), Duration.ofSeconds(-1), ReturnWhen.FIRST_COMPLETED)
                            .pending())
                    .containsExactly(b);
            assertThat(b.await()).isEqualTo("after 9");
            assertThat(EventLoop.current().statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName("row 40: cancelling the waiter leaves the futures running")
    void cancelTheWaiter() {
        loops.run(() -> {
            Task<String> a = sleeper(5);
            Task<?> waiter = Async.createTask(() -> Async.waitAll(List.of(a)));
            Task<?> timed = Async.createTask(() -> Async.waitAll(List.of(a), Duration.ofSeconds(9)));
            Async.sleep(Duration.ofSeconds(1));
            waiter.cancel("waiter");
            timed.cancel("timed");
            assertThatThrownBy(waiter::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("waiter");
            assertThatThrownBy(timed::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("timed");
            assertThat(a.waiters()).isEmpty();
            assertThat(a.await()).isEqualTo("after 5");
        });
    }

    @Test
    @DisplayName("row 40: it is a cancellation point even when there is nothing to wait for")
    void cancellationPoint() {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            done.setResult("");
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                Async.waitAll(List.of(done));
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 40: no futures at all are refused")
    void empty() {
        loops.run(() -> assertThatThrownBy(() -> Async.waitAll(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no future"));
    }

    @Test
    @DisplayName("row 40: a failure it saw but nobody asked for is still reported")
    void failuresStayUnseen() {
        loops.run(() -> {
            Task<String> bad = Async.createTask(() -> {
                throw new IOException("bad");
            });
            loops.hold(bad);
            Async.waitAll(List.of(bad), ReturnWhen.FIRST_EXCEPTION);
        });
        assertThat(loops.takeFailure().exception()).hasMessage("bad");
    }

    @Test
    @DisplayName("from a thread that is not on the loop it blocks that thread; futures of any loop will do")
    void fromOutside() {
        EventLoop one = loops.start();
        EventLoop two = loops.start();
        LoopFuture<String> a = one.createFuture();
        LoopFuture<String> b = two.createFuture();
        assertThat(Async.waitAll(List.of(a, b), Duration.ofMillis(1)).pending()).containsExactly(a, b);
        one.callLater(Duration.ofMillis(5), () -> a.setResult("a"));
        two.callLater(Duration.ofMillis(5), () -> b.setResult("b"));
        assertThat(Async.waitAll(List.of(a, b)).done()).containsExactly(a, b);
    }

    @Test
    @DisplayName("while it waits, the futures lead to the task that waits")
    void edges() {
        loops.run(() -> {
            LoopFuture<String> a = EventLoop.current().createFuture();
            Task<?> waiter = Async.createTask(() -> Async.waitAll(List.of(a)));
            Async.yieldNow();
            LoopFuture<?> step = ((LoopFuture.Hook) a.waiters().get(0)).awaitedBy();
            assertThat(step).isNotNull();
            assertThat(step.waiters()).containsExactly(waiter);
            a.setResult("");
            waiter.await();
        });
    }

    @Test
    @DisplayName("the usual loop: wait for the first, go on with those that are pending, until one is left")
    void many() {
        loops.run(() -> {
            LoopFuture<String> never = EventLoop.current().createFuture();
            List<LoopFuture<String>> futures = new ArrayList<>(List.of(never));
            for (int i = 0; i < 100; i++) {
                LoopFuture<String> future = EventLoop.current().createFuture();
                EventLoop.current().callLater(Duration.ofSeconds(i + 1), () -> future.setResult(""));
                futures.add(future);
            }
            while (futures.size() > 1) {
                futures = new ArrayList<>(
                        Async.waitAll(futures, ReturnWhen.FIRST_COMPLETED).pending());
            }
            assertThat(futures).containsExactly(never);
            assertThat(never.waiters()).isEmpty();
        });
    }
}
