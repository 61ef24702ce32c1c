package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Many futures as one. */
class GatherTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private static <T> LoopFuture<T> future() {
        return EventLoop.current().createFuture();
    }

    private static Task<String> sleeper(int seconds, String result) {
        return Async.createTask(() -> Async.sleep(Duration.ofSeconds(seconds), result));
    }

    @Test
    @DisplayName("the results come in the order of the arguments, whatever the order of completion, nulls included")
    void argumentOrder() {
        loops.run(() -> {
            List<@Nullable String> results = Async.<@Nullable String>gather(
                            sleeper(3, "a"), sleeper(1, "b"), Async.createTask(() -> (String) null))
                    .await();
            assertThat(results).containsExactly("a", "b", null);
        });
    }

    @Test
    @DisplayName("bodies are started as tasks and run side by side; bodies without results have a form of their own")
    void bodies() {
        loops.run(() -> {
            long before = EventLoop.current().time();
            List<String> results = Async.gather(
                            () -> Async.sleep(Duration.ofSeconds(2), "a"),
                            () -> Async.sleep(Duration.ofSeconds(2), "b"))
                    .await();
            assertThat(results).containsExactly("a", "b");
            List<@Nullable Void> nothing = Async.gather(() -> Async.sleep(Duration.ofSeconds(2)), () -> {
                        Async.sleep(Duration.ofSeconds(2));
                    })
                    .await();
            assertThat(nothing).containsExactly(null, null);
            assertThat(EventLoop.current().time() - before)
                    .isEqualTo(Duration.ofSeconds(4).toNanos());
        });
    }

    @Test
    @DisplayName("a null among the bodies: none of them begins")
    void nullAmongTheBodies() {
        loops.run(() -> {
            Body<String, RuntimeException> work = () -> {
                seen.add("begun");
                return "";
            };
            assertThatThrownBy(() -> Async.gather(work, null)).isInstanceOf(NullPointerException.class);
            Async.sleep(Duration.ofSeconds(1));
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName("row 35: the first exception is passed on at once, the same instance; the others run on")
    void firstException() {
        loops.run(() -> {
            IOException failure = new IOException("first");
            Task<String> other = sleeper(5, "went on");
            LoopFuture<List<String>> all = Async.gather(sleeper(1, "early"), other, Async.createTask(() -> {
                Async.sleep(Duration.ofSeconds(2));
                throw failure;
            }));
            long before = EventLoop.current().time();
            assertThatThrownBy(all::await)
                    .isInstanceOf(CompletionException.class)
                    .hasCause(failure);
            assertThat(EventLoop.current().time() - before)
                    .isEqualTo(Duration.ofSeconds(2).toNanos());
            assertThat(all.cancel()).isFalse();
            assertThat(other.await()).isEqualTo("went on");
            assertThat(other.cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 35: what fails after the first failure counts as seen, and so does the first")
    void laterFailuresAreRetrieved() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            LoopFuture<String> b = future();
            LoopFuture<List<String>> all = Async.gather(a, b);
            a.setException(new IllegalStateException("first"));
            assertThatThrownBy(all::await).hasMessage("first");
            b.setException(new IllegalStateException("second"));
            Async.sleep(Duration.ofSeconds(1));
        });
        // Closing the loop reports what nobody has seen; the oracle fails on any report.
    }

    @Test
    @DisplayName("row 35: a failure of the whole that nobody looks at is reported, once")
    void unseenFailure() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            loops.hold(Async.gather(a));
            a.setException(new IllegalStateException("unseen"));
            Async.sleep(Duration.ofSeconds(1));
        });
        assertThat(loops.takeFailure().exception()).hasMessage("unseen");
    }

    @Test
    @DisplayName(
            "row 36: a cancelled child fails the whole with CancelledException, without cancelling it or the others")
    void cancelledChild() {
        loops.run(() -> {
            Task<String> child = sleeper(9, "");
            Task<String> other = sleeper(5, "went on");
            LoopFuture<List<String>> all = Async.gather(child, other);
            Async.yieldNow();
            child.cancel("only this one");
            assertThatThrownBy(all::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("only this one");
            assertThat(all.isCancelled()).isFalse();
            assertThat(all.state()).isEqualTo(Future.State.FAILED);
            assertThat(all.exception()).isInstanceOf(CancelledException.class);
            assertThat(other.await()).isEqualTo("went on");
        });
    }

    @Test
    @DisplayName("row 36: settled, a cancelled and a failed child are elements of the list, and count as seen")
    void settled() {
        loops.run(() -> {
            Task<String> good = sleeper(2, "good");
            Task<String> bad = Async.createTask(() -> {
                throw new IOException("bad");
            });
            Task<String> gone = sleeper(9, "");
            LoopFuture<List<Task<String>>> all = Async.gatherSettled(List.of(good, bad, gone));
            Async.yieldNow();
            gone.cancel();
            List<Task<String>> outcomes = all.await();
            assertThat(outcomes).containsExactly(good, bad, gone);
            assertThat(outcomes)
                    .extracting(Task::state)
                    .containsExactly(Future.State.SUCCESS, Future.State.FAILED, Future.State.CANCELLED);
        });
    }

    @Test
    @DisplayName("settled: the forms for futures and for bodies")
    void settledForms() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            a.setResult("a");
            assertThat(Async.gatherSettled(a, a).await()).containsExactly(a, a);
            List<Task<Integer>> tasks = Async.gatherSettled(() -> 1, () -> 2).await();
            assertThat(tasks).extracting(Task::resultNow).containsExactly(1, 2);
            assertThat(Async.gatherSettled(() -> seen.add("x"), () -> Async.yieldNow())
                            .await())
                    .hasSize(2);
        });
    }

    @Test
    @DisplayName("row 37: cancelling the whole cancels all children; it ends when the last of them has")
    void cancelEndsWithTheChildren() {
        loops.run(() -> {
            Task<String> slow = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } finally {
                    Async.sleep(Duration.ofSeconds(7));
                    seen.add("cleaned up");
                }
            });
            Task<String> quick = sleeper(9, "");
            LoopFuture<String> plain = future();
            LoopFuture<List<String>> all = Async.gather(quick, slow, plain);
            Async.yieldNow();
            assertThat(all.cancel("enough")).isTrue();
            assertThat(all.isDone()).isFalse();
            assertThat(plain.isCancelled()).isTrue();
            assertThatThrownBy(all::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(seen).containsExactly("cleaned up");
            assertThat(quick.isCancelled() && slow.isCancelled()).isTrue();
            assertThat(all.isCancelled()).isFalse();
        });
    }

    @Test
    @DisplayName("row 37: cancelling the task that waits does the same, and that task is cancelled")
    void cancelTheWaiter() {
        loops.run(() -> {
            Task<String> child = sleeper(9, "");
            Task<?> waiter =
                    Async.createTask(() -> Async.gather(child, sleeper(9, "")).await());
            Async.sleep(Duration.ofSeconds(1));
            waiter.cancel("the waiter");
            assertThatThrownBy(waiter::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("the waiter");
            assertThat(waiter.isCancelled()).isTrue();
            assertThat(child.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 37: cancelled and settled: CancelledException even though children failed or returned")
    void cancelSettled() {
        loops.run(() -> {
            Task<String> stubborn = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    return "stayed";
                }
            });
            Task<String> failing = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    throw new IOException("on the way out", e);
                }
            });
            LoopFuture<List<Task<String>>> all = Async.gatherSettled(List.of(stubborn, failing));
            Async.yieldNow();
            all.cancel("enough");
            assertThatThrownBy(all::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(stubborn.result()).isEqualTo("stayed");
        });
    }

    @Test
    @DisplayName("row 37: a child that fails while it is cancelled: its failure wins, once all have ended")
    void failureWhileCancelling() {
        loops.run(() -> {
            Task<String> failing = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    throw new IllegalStateException("on the way out", e);
                }
            });
            Task<String> slow = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } finally {
                    Async.sleep(Duration.ofSeconds(1));
                }
            });
            LoopFuture<List<String>> all = Async.gather(failing, slow);
            Async.yieldNow();
            all.cancel();
            assertThatThrownBy(all::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("on the way out");
            assertThat(slow.isDone()).isTrue();
        });
    }

    @Test
    @DisplayName("row 37: children that return in spite of the cancellation: the whole is cancelled all the same")
    void swallowedByAll() {
        loops.run(() -> {
            LoopFuture<List<String>> all = Async.gather(Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "");
                } catch (CancelledException e) {
                    return "stayed";
                }
            }));
            Async.yieldNow();
            assertThat(all.cancel()).isTrue();
            assertThatThrownBy(all::await).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 37: once all children are done, cancel returns false and changes nothing")
    void cancelTooLate() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            LoopFuture<String> b = future();
            LoopFuture<List<String>> all = Async.gather(a, b);
            a.setResult("a");
            b.setResult("b");
            assertThat(all.cancel()).isFalse();
            assertThat(all.await()).containsExactly("a", "b");
            assertThat(all.cancel()).isFalse();
        });
    }

    @Test
    @DisplayName("row 37: a cancelled whole that nobody looks at is not reported")
    void cancelledAndDropped() {
        loops.run(() -> {
            var all = Async.gather(sleeper(9, ""), sleeper(9, ""));
            Async.yieldNow();
            all.cancel();
            Async.sleep(Duration.ofSeconds(1));
            assertThat(all.isDone()).isTrue();
        });
    }

    @Test
    @DisplayName("a task that waits for a whole it is part of can be cancelled")
    void ring() {
        loops.run(() -> {
            LoopFuture<List<@Nullable Void>> ready = future();
            List<LoopFuture<List<@Nullable Void>>> all = new ArrayList<>();
            Task<@Nullable Void> self = Async.createTask(() -> {
                ready.await();
                all.get(0).await();
            });
            Task<@Nullable Void> other = Async.createTask(() -> Async.sleep(LONG));
            all.add(Async.gather(self, other));
            Async.yieldNow();
            ready.setResult(List.of());
            Async.sleep(Duration.ofSeconds(1));
            self.cancel("out of the ring");
            assertThatThrownBy(self::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("out of the ring");
            assertThat(catchThrowable(other::await)).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 38: a future that is given twice runs once, is cancelled once, and has two places in the list")
    void duplicates() {
        loops.run(() -> {
            Task<String> a = sleeper(1, "a");
            Task<String> b = sleeper(1, "b");
            assertThat(Async.gather(a, b, a, a).await()).containsExactly("a", "b", "a", "a");
            Task<String> c = sleeper(1, "c");
            LoopFuture<List<String>> all = Async.gather(c, c);
            Async.yieldNow();
            all.cancel();
            assertThat(c.cancelling()).isEqualTo(1);
            assertThatThrownBy(all::await).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 38: of nothing, it is done and empty; that needs a loop that runs the caller")
    void empty() {
        loops.run(() -> {
            LoopFuture<List<String>> all = Async.gather(List.<LoopFuture<String>>of());
            assertThat(all.isDone()).isTrue();
            assertThat(all.result()).isEmpty();
            assertThat(Async.gatherSettled(List.of()).result()).isEmpty();
        });
        assertThatThrownBy(() -> Async.gather(List.<LoopFuture<String>>of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no running event loop");
    }

    @Test
    @DisplayName("of futures that are done, it is done: with the results or the first failure in the order given")
    void allDone() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            a.setResult("a");
            LoopFuture<String> b = future();
            b.setException(new IllegalStateException("b"));
            assertThat(Async.gather(a, a).result()).containsExactly("a", "a");
            assertThatThrownBy(() -> Async.gather(a, b).result()).hasMessage("b");
        });
    }

    @Test
    @DisplayName("futures of different loops are refused at once")
    void differentLoops() {
        EventLoop other = loops.open();
        loops.run(() -> {
            LoopFuture<String> mine = future();
            LoopFuture<String> theirs = other.createFuture();
            assertThatThrownBy(() -> Async.gather(mine, theirs))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("different loops");
            assertThat(mine.waiters()).isEmpty();
        });
    }

    @Test
    @DisplayName("the list of results cannot be changed, and the list of futures may be changed afterwards")
    void lists() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            List<LoopFuture<String>> futures = new ArrayList<>(List.of(a));
            LoopFuture<List<String>> all = Async.gather(futures);
            futures.clear();
            a.setResult("a");
            List<String> results = all.await();
            assertThat(results).containsExactly("a");
            assertThatThrownBy(() -> results.set(0, "b")).isInstanceOf(UnsupportedOperationException.class);
        });
    }

    @Test
    @DisplayName(
            "a hundred thousand futures, and a hundred thousand futures of futures, need neither long nor a deep stack")
    void many() {
        loops.run(() -> {
            int count = 100_000;
            List<LoopFuture<Integer>> futures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                futures.add(future());
            }
            LoopFuture<List<Integer>> all = Async.gather(futures);
            for (int i = count - 1; i >= 0; i--) {
                futures.get(i).setResult(i);
            }
            List<Integer> results = all.await();
            assertThat(results).hasSize(count);
            assertThat(results.get(77_777)).isEqualTo(77_777);

            LoopFuture<String> first = future();
            LoopFuture<?> last = first;
            for (int i = 0; i < count; i++) {
                last = Async.gather(Arrays.<LoopFuture<?>>asList(last));
            }
            first.setResult("bottom");
            last.await();
        });
    }

    @Test
    @DisplayName("works from a thread that is not on the loop, and completes from there")
    void fromOutside() {
        EventLoop loop = loops.start();
        LoopFuture<String> a = loop.createFuture();
        LoopFuture<String> b = loop.createFuture();
        LoopFuture<List<String>> all = Async.gather(a, b);
        a.setResult("a");
        b.setResult("b");
        assertThat(all.await()).containsExactly("a", "b");
        loop.close();
        LoopFuture<String> late = loop.createFuture();
        LoopFuture<List<String>> after = Async.gather(late);
        late.setResult("late");
        assertThat(after.result()).containsExactly("late");
    }

    @Test
    @DisplayName("while it waits, its children know what they are awaited by; survivors forget it")
    void edges() {
        loops.run(() -> {
            LoopFuture<String> a = future();
            LoopFuture<String> b = future();
            LoopFuture<List<String>> all = Async.gather(a, b);
            assertThat(((LoopFuture.Hook) a.waiters().get(0)).awaitedBy()).isSameAs(all);
            a.setException(new IllegalStateException("a"));
            assertThatThrownBy(all::await).hasMessage("a");
            assertThat(((LoopFuture.Hook) b.waiters().get(0)).awaitedBy()).isNull();
        });
    }
}
