package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopCondition;
import io.loomloop.sync.LoopLock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting for what a lock guards to change. */
class LoopConditionTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private Task<?> waiter(LoopCondition condition, String name) {
        return Async.createTask(
                name,
                () -> condition.hold(() -> {
                    try {
                        condition.await();
                        seen.add(name);
                    } finally {
                        assertThat(condition.isLocked()).isTrue();
                        assertThat(condition.statistics().lock().holder()).isSameAs(Thread.currentThread());
                    }
                }));
    }

    private static void turns(int count) {
        for (int i = 0; i < count; i++) {
            Async.yieldNow();
        }
    }

    @Test
    @DisplayName(
            "row 61: a signal wakes as many as it says, in order, and they go on one after the other with the lock")
    void signal() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            for (String name : List.of("a", "b", "c", "d", "e")) {
                var unused = waiter(condition, name);
            }
            turns(2);
            assertThat(condition.statistics().waiters()).isEqualTo(5);
            condition.lock();
            condition.signal();
            turns(5);
            assertThat(seen).isEmpty();
            condition.unlock();
            turns(5);
            assertThat(seen).containsExactly("a");
            condition.hold(() -> condition.signal(2));
            turns(5);
            assertThat(seen).containsExactly("a", "b", "c");
            condition.hold(() -> condition.signal(0));
            turns(5);
            assertThat(seen).hasSize(3);
            condition.hold(condition::signalAll);
            turns(5);
            assertThat(seen).containsExactly("a", "b", "c", "d", "e");
            assertThat(condition.statistics())
                    .isEqualTo(new LoopCondition.Statistics(0, new LoopLock.Statistics(false, null, 0)));
        });
    }

    @Test
    @DisplayName(
            "row 61: a cancelled wait has the lock again before it throws, however often it is cancelled meanwhile")
    void lockedAgainThroughCancellations() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> task = waiter(condition, "a");
            turns(1);
            condition.lock();
            task.cancel("first");
            turns(2);
            task.cancel("second");
            turns(2);
            task.cancel("third");
            turns(2);
            assertThat(task.isDone()).isFalse();
            condition.unlock();
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("third");
            assertThat(task.cancelling()).isEqualTo(3);
            assertThat(condition.isLocked()).isFalse();
            assertThat(seen).isEmpty();
        });
    }

    @Test
    @DisplayName(
            "row 61: cancelled while it takes the lock again: it throws the very exception (test_cancelled_error_re_aquire)")
    void cancelledAtTheLock() {
        List<CancelledException> caught = new ArrayList<>();
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> task = Async.createTask(() -> condition.hold(() -> {
                try {
                    condition.await();
                } catch (CancelledException e) {
                    caught.add(e);
                    throw e;
                }
            }));
            turns(1);
            condition.lock();
            condition.signal();
            turns(2);
            task.cancel("at the lock");
            turns(2);
            assertThat(caught).isEmpty();
            condition.unlock();
            assertThatThrownBy(task::await).hasMessage("at the lock").hasCause(caught.get(0));
        });
    }

    @Test
    @DisplayName("row 61: a signal for one who is cancelled at the wake goes to the next (test_cancelled_wakeup)")
    void signalIsNotLostAtTheWake() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> a = waiter(condition, "a");
            Task<?> b = waiter(condition, "b");
            Task<?> c = waiter(condition, "c");
            turns(2);
            condition.hold(() -> condition.signal());
            a.cancel();
            turns(6);
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b");
            assertThat(b.isDone()).isTrue();
            assertThat(c.isDone()).isFalse();
            c.cancel();
        });
    }

    @Test
    @DisplayName(
            "row 61: a signal for one who is cancelled at the lock goes to the next (test_cancelled_wakeup_relock)")
    void signalIsNotLostAtTheLock() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> a = waiter(condition, "a");
            Task<?> b = waiter(condition, "b");
            turns(2);
            condition.lock();
            condition.signal();
            turns(3);
            a.cancel();
            turns(3);
            condition.unlock();
            b.await();
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b");
        });
    }

    @Test
    @DisplayName("row 61: who was cancelled before the signal does not take it (test_wait_cancel_after_notify)")
    void cancelledBeforeTheSignal() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> a = waiter(condition, "a");
            var unused = waiter(condition, "b");
            Task<?> c = waiter(condition, "c");
            turns(2);
            condition.lock();
            a.cancel();
            condition.signal();
            condition.unlock();
            turns(6);
            assertThat(seen).containsExactly("b");
            assertThat(a.isCancelled()).isTrue();
            assertThat(condition.statistics().waiters()).isEqualTo(1);
            c.cancel();
        });
    }

    @Test
    @DisplayName("row 61: waitFor waits until the predicate is true, and asks it with the lock held")
    void waitFor() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            int[] value = new int[1];
            Task<?> task = Async.createTask(() -> condition.hold(() -> {
                condition.waitFor(() -> {
                    assertThat(condition.isLocked()).isTrue();
                    return value[0] == 3;
                });
                seen.add("three");
            }));
            for (int i = 1; i <= 3; i++) {
                turns(3);
                assertThat(seen).isEmpty();
                int now = i;
                condition.hold(() -> {
                    value[0] = now;
                    condition.signalAll();
                });
            }
            task.await();
            assertThat(seen).containsExactly("three");
        });
    }

    @Test
    @DisplayName("row 61: cancelling waitFor leaves the lock held for its caller to let go (test_timeout_in_block)")
    void waitForIsCancelled() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> task = Async.createTask(() -> condition.hold(() -> condition.waitFor(() -> false)));
            turns(2);
            condition.hold(() -> condition.signal());
            turns(3);
            task.cancel("enough");
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(condition.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName("a predicate that throws ends the wait with the lock held")
    void predicateThatThrows() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            condition.lock();
            assertThatThrownBy(() -> condition.waitFor(() -> {
                        throw new ArithmeticException("predicate");
                    }))
                    .isInstanceOf(ArithmeticException.class);
            assertThat(condition.isLocked()).isTrue();
        });
    }

    @Test
    @DisplayName("waitFor is a cancellation point although the predicate is true")
    void cancellationPoint() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            Task<?> task = Async.createTask(() -> condition.hold(() -> {
                Async.currentTask().cancel("before");
                condition.waitFor(() -> true);
                seen.add("not here");
            }));
            assertThatThrownBy(task::await).hasMessage("before");
            assertThat(seen).isEmpty();
            assertThat(condition.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName("two conditions share a lock; a signal of one does not wake who waits for the other")
    void sharedLock() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            LoopCondition one = new LoopCondition(lock);
            LoopCondition other = new LoopCondition(lock);
            Task<?> a = waiter(one, "a");
            Task<?> b = waiter(other, "b");
            turns(2);
            lock.hold(other::signalAll);
            b.await();
            turns(3);
            assertThat(a.isDone()).isFalse();
            assertThat(other.tryLock()).isTrue();
            assertThat(one.isLocked()).isTrue();
            one.signal();
            other.unlock();
            a.await();
        });
    }

    @Test
    @DisplayName("waiting and signalling without the lock fails, and so does a negative count")
    void misuse() {
        loops.run(() -> {
            LoopCondition condition = new LoopCondition();
            assertThatThrownBy(condition::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("hold the lock");
            assertThatThrownBy(() -> condition.waitFor(() -> true)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(condition::signal).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(condition::signalAll).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(condition::unlock).isInstanceOf(IllegalStateException.class);
            condition.lock();
            assertThatThrownBy(() -> condition.signal(-1))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("-1");
        });
    }

    @Test
    @DisplayName("an interrupted callback takes the lock again too, without holding the loop, and stays interrupted")
    void interruptedCallback() {
        EventLoop loop = loops.start();
        LoopCondition condition = new LoopCondition();
        List<Thread> callbacks = new ArrayList<>();
        loop.callSoon(() -> {
            callbacks.add(Thread.currentThread());
            condition.lock();
            try {
                condition.await();
            } catch (CancelledException e) {
                seen.add("locked=" + condition.isLocked() + ", interrupted=" + Thread.interrupted());
                condition.unlock();
            }
        });
        loop.createTask(() -> {
                    condition.lock();
                    callbacks.get(0).interrupt();
                    turns(20);
                    assertThat(seen).isEmpty();
                    condition.unlock();
                    while (seen.isEmpty()) {
                        Async.yieldNow();
                    }
                })
                .await();
        assertThat(seen).containsExactly("locked=true, interrupted=true");
        assertThat(condition.statistics().waiters()).isZero();
    }
}
