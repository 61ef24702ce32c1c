package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopSemaphore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Permits that tasks take and give back. */
class LoopSemaphoreTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private Task<?> acquirer(LoopSemaphore semaphore, String name) {
        return Async.createTask(name, () -> {
            semaphore.acquire();
            seen.add(name);
        });
    }

    private static void turns(int count) {
        for (int i = 0; i < count; i++) {
            Async.yieldNow();
        }
    }

    @Test
    @DisplayName("row 62: tasks that acquire again and again take turns (test_acquire_fifo_order)")
    void fifo() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(1);
            List<Task<?>> tasks = new ArrayList<>();
            for (String name : List.of("a", "b", "c")) {
                tasks.add(Async.createTask(() -> {
                    for (int round = 1; round <= 2; round++) {
                        semaphore.acquire();
                        seen.add(name + round);
                        Async.sleep(Duration.ofMillis(10));
                        semaphore.release();
                    }
                }));
            }
            tasks.forEach(Async::await);
        });
        assertThat(seen).containsExactly("a1", "b1", "c1", "a2", "b2", "c2");
    }

    @Test
    @DisplayName("row 62: who was promised a permit and has not run goes before a newcomer (test_acquire_fifo_order_2)")
    void newcomersQueueUp() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(1);
            Task<?> a = acquirer(semaphore, "1");
            Task<?> b = Async.createTask(() -> {
                semaphore.acquire();
                seen.add("2");
                semaphore.release();
                semaphore.acquire();
                seen.add("4");
            });
            Task<?> c = acquirer(semaphore, "3");
            turns(1);
            assertThat(seen).containsExactly("1");
            semaphore.release(2);
            assertThat(seen).containsExactly("1");
            a.await();
            b.await();
            c.await();
        });
        assertThat(seen).containsExactly("1", "2", "3", "4");
    }

    @Test
    @DisplayName(
            "row 62: a first waiter that is cancelled does not change the order of the others (test_acquire_fifo_order_3)")
    void cancelledFirstWaiter() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(0);
            Task<?> a = acquirer(semaphore, "a");
            Task<?> b = acquirer(semaphore, "b");
            Task<?> c = acquirer(semaphore, "c");
            turns(1);
            a.cancel();
            turns(1);
            semaphore.release(2);
            b.await();
            c.await();
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b", "c");
        });
    }

    @Test
    @DisplayName(
            "row 62: a waiter that is cancelled after it was woken gives its permit to the next (test_acquire_cancel_before_awoken)")
    void cancelAfterTheWake() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(0);
            Task<?> a = acquirer(semaphore, "a");
            Task<?> b = acquirer(semaphore, "b");
            Task<?> c = acquirer(semaphore, "c");
            Task<?> d = acquirer(semaphore, "d");
            turns(1);
            semaphore.release(2);
            a.cancel();
            b.cancel();
            turns(4);
            assertThat(seen).containsExactly("c", "d");
            assertThat(semaphore.statistics()).isEqualTo(new LoopSemaphore.Statistics(0, 0));
            assertThat(List.of(a.isCancelled(), b.isCancelled(), c.isDone(), d.isDone()))
                    .containsOnly(true);
        });
    }

    @Test
    @DisplayName(
            "row 62: releases that come with a cancellation are not lost (test_acquire_hang, test_acquire_no_hang)")
    void noHang() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(1);
            semaphore.acquire();
            Task<?> a = acquirer(semaphore, "a");
            Task<?> b = acquirer(semaphore, "b");
            turns(1);
            a.cancel();
            semaphore.release();
            b.await();
            assertThat(semaphore.isLocked()).isTrue();
            semaphore.release();
            semaphore.acquire();
            assertThat(semaphore.availablePermits()).isZero();
        });
    }

    @Test
    @DisplayName("row 62: one release of several permits wakes several (test_acquire_fifo_order_4)")
    void multiRelease() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(0);
            for (String name : List.of("a", "b", "c", "d")) {
                var unused = acquirer(semaphore, name);
            }
            turns(1);
            semaphore.release(3);
            assertThat(semaphore.statistics()).isEqualTo(new LoopSemaphore.Statistics(0, 4));
            turns(1);
            assertThat(seen).containsExactly("a", "b", "c");
            semaphore.release(3);
            turns(1);
            assertThat(seen).containsExactly("a", "b", "c", "d");
            assertThat(semaphore.availablePermits()).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("row 62: a semaphore is locked while a woken waiter has not run, even when there are more permits")
    void lockedWhilePromised() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(0);
            Task<?> a = acquirer(semaphore, "a");
            turns(1);
            semaphore.release(2);
            assertThat(semaphore.availablePermits()).isEqualTo(1);
            assertThat(semaphore.isLocked()).isTrue();
            assertThat(semaphore.tryAcquire()).isFalse();
            a.await();
            assertThat(semaphore.isLocked()).isFalse();
            assertThat(semaphore.tryAcquire()).isTrue();
        });
    }

    @Test
    @DisplayName("row 62: a storm of cancellations and releases neither loses nor makes a permit")
    void storm() {
        loops.run(() -> {
            LoopSemaphore semaphore = LoopSemaphore.bounded(3);
            int[] inside = new int[1];
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                int number = i;
                tasks.add(Async.createTask(() -> {
                    semaphore.acquire();
                    try {
                        assertThat(++inside[0]).isLessThanOrEqualTo(3);
                        for (int turn = number % 3; turn > 0; turn--) {
                            Async.yieldNow();
                        }
                    } finally {
                        inside[0]--;
                        semaphore.release();
                    }
                }));
            }
            for (int i = 0; i < 500; i++) {
                tasks.get(i * 7 % 500).cancel();
                if (i % 2 == 0) {
                    Async.yieldNow();
                }
            }
            turns(500);
            assertThat(tasks).allMatch(LoopFuture::isDone).anyMatch(task -> !task.isCancelled());
            assertThat(semaphore.statistics()).isEqualTo(new LoopSemaphore.Statistics(3, 0));
        });
    }

    @Test
    @DisplayName(
            "row 62: a bounded semaphore refuses to be released more often than it was acquired, and changes nothing then")
    void bounded() {
        loops.run(() -> {
            LoopSemaphore semaphore = LoopSemaphore.bounded(2);
            assertThatThrownBy(semaphore::release)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("released more often");
            semaphore.acquire();
            assertThatThrownBy(() -> semaphore.release(2)).isInstanceOf(IllegalStateException.class);
            assertThat(semaphore.availablePermits()).isEqualTo(1);
            semaphore.release();
            assertThat(semaphore.availablePermits()).isEqualTo(2);
        });
    }

    @Test
    @DisplayName("a semaphore that is not bounded takes more permits, but no more than an int counts")
    void unbounded() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(1);
            semaphore.release(5);
            assertThat(semaphore.availablePermits()).isEqualTo(6);
            assertThatThrownBy(() -> semaphore.release(Integer.MAX_VALUE - 5))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(semaphore.availablePermits()).isEqualTo(6);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE})
    @DisplayName("a negative number of permits is refused, and the value is named")
    void negativePermits(int permits) {
        assertThatThrownBy(() -> new LoopSemaphore(permits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + permits);
        assertThatThrownBy(() -> LoopSemaphore.bounded(permits)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> LoopSemaphore.bounded(0)).isInstanceOf(IllegalArgumentException.class);
        loops.run(() -> {
            assertThatThrownBy(() -> new LoopSemaphore(1).release(permits))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + permits);
            assertThatThrownBy(() -> new LoopSemaphore(1).release(0)).isInstanceOf(IllegalArgumentException.class);
        });
    }

    @Test
    @DisplayName("acquire is a cancellation point although a permit is there, and takes none then")
    void cancellationPoint() {
        loops.run(() -> {
            LoopSemaphore semaphore = new LoopSemaphore(1);
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                semaphore.acquire();
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("before");
            assertThat(semaphore.availablePermits()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("hold gives the permit back however its body ends")
    void hold() {
        loops.run(() -> {
            LoopSemaphore semaphore = LoopSemaphore.bounded(1);
            assertThat(semaphore.<Integer, RuntimeException>hold(semaphore::availablePermits))
                    .isZero();
            assertThatThrownBy(() -> semaphore.hold(() -> {
                        throw new ArithmeticException("body");
                    }))
                    .isInstanceOf(ArithmeticException.class);
            assertThat(semaphore).hasToString("LoopSemaphore[permits=1, waiters=0]");
        });
    }
}
