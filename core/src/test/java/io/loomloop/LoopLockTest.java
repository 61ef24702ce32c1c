package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.sync.LoopLock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Locks between tasks. */
class LoopLockTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    private Task<?> locker(LoopLock lock, String name) {
        return Async.createTask(name, () -> {
            lock.lock();
            seen.add(name);
        });
    }

    private static void turns(int count) {
        for (int i = 0; i < count; i++) {
            Async.yieldNow();
        }
    }

    @Test
    @DisplayName("row 60: those who wait get the lock in the order in which they came, one for each unlock")
    void fifo() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            for (String name : List.of("a", "b", "c")) {
                var unused = locker(lock, name);
            }
            turns(2);
            assertThat(seen).isEmpty();
            lock.unlock();
            turns(3);
            assertThat(seen).containsExactly("a");
            lock.unlock();
            turns(3);
            assertThat(seen).containsExactly("a", "b");
            lock.unlock();
            turns(3);
            assertThat(seen).containsExactly("a", "b", "c");
            lock.unlock();
            assertThat(lock.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName("row 60: a waiter that is cancelled after it was woken passes the lock on (test_cancel_race)")
    void cancelAfterTheWake() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            Task<?> b = locker(lock, "b");
            turns(1);
            lock.unlock();
            a.cancel();
            b.await();
            assertThat(a.isCancelled()).isTrue();
            assertThat(seen).containsExactly("b");
            assertThat(lock.isLocked()).isTrue();
        });
    }

    @Test
    @DisplayName(
            "row 60: the first waiter is cancelled, then the lock is let go: the next one gets it (test_cancel_release_race)")
    void cancelThenUnlock() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            Task<?> b = locker(lock, "b");
            Task<?> c = locker(lock, "c");
            turns(1);
            a.cancel();
            lock.unlock();
            b.await();
            turns(2);
            assertThat(seen).containsExactly("b");
            assertThat(c.isDone()).isFalse();
            lock.unlock();
            c.await();
            assertThat(seen).containsExactly("b", "c");
        });
    }

    @Test
    @DisplayName("row 60: a waiter that is cancelled, and has not run, does not keep a newcomer from a free lock")
    void newcomerAfterACancelledWaiter() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            turns(1);
            a.cancel();
            lock.unlock();
            assertThat(lock.tryLock()).isTrue();
            turns(2);
            assertThat(a.isCancelled()).isTrue();
            assertThat(lock.isLocked()).isTrue();
            lock.unlock();
            assertThat(lock.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName(
            "row 60: everybody who waits is cancelled, woken or not: the lock is free (test_finished_waiter_cancelled)")
    void allCancelled() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            Task<?> b = locker(lock, "b");
            turns(1);
            lock.unlock();
            a.cancel();
            b.cancel();
            turns(3);
            assertThat(seen).isEmpty();
            assertThat(lock.statistics()).isEqualTo(new LoopLock.Statistics(false, null, 0));
            assertThat(lock.tryLock()).isTrue();
        });
    }

    @Test
    @DisplayName("row 60: after an unlock the lock is not locked, yet a newcomer stands behind the one who was woken")
    void newcomersQueueUp() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            turns(1);
            lock.unlock();
            assertThat(lock.isLocked()).isFalse();
            assertThat(lock.tryLock()).isFalse();
            Task<?> main = Async.createTask(() -> {
                a.await();
                seen.add("lets go");
                lock.unlock();
            });
            lock.lock();
            seen.add("main");
            main.await();
            assertThat(seen).containsExactly("a", "lets go", "main");
        });
    }

    @Test
    @DisplayName("row 60: a second unlock before the woken one has run fails, and takes nothing from it")
    void secondUnlock() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            Task<?> a = locker(lock, "a");
            turns(1);
            lock.unlock();
            assertThatThrownBy(lock::unlock)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("nobody holds the lock");
            a.await();
            assertThat(lock.isLocked()).isTrue();
        });
    }

    @Test
    @DisplayName(
            "row 60: ten thousand waiters, every second one cancelled, are served in order and leave nothing behind")
    void manyWaiters() {
        int[] served = new int[1];
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 10_000; i++) {
                int number = i;
                tasks.add(Async.createTask(() -> lock.hold(() -> {
                    assertThat(served[0] * 2 + 1).isEqualTo(number);
                    served[0]++;
                })));
            }
            turns(1);
            assertThat(lock.statistics().waiters()).isEqualTo(10_000);
            for (int i = 0; i < 10_000; i += 2) {
                tasks.get(i).cancel();
            }
            turns(1);
            assertThat(lock.statistics().waiters()).isEqualTo(5_000);
            lock.unlock();
            for (int i = 1; i < 10_000; i += 2) {
                tasks.get(i).await();
            }
            assertThat(lock.statistics()).isEqualTo(new LoopLock.Statistics(false, null, 0));
        });
        assertThat(served[0]).isEqualTo(5_000);
    }

    @Test
    @DisplayName("a lock is a cancellation point although it is free, and is not taken then")
    void cancellationPoint() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel("before");
                lock.lock();
            });
            assertThatThrownBy(task::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("before");
            assertThat(lock.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName("tryLock and unlock are no cancellation points")
    void noCancellationPoints() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            Task<?> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                assertThat(lock.tryLock()).isTrue();
                lock.unlock();
                seen.add("went through");
            });
            assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            assertThat(seen).containsExactly("went through");
        });
    }

    @Test
    @DisplayName("a task that locks what it holds is told so, and still holds it; another task may unlock it")
    void notReentrant() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            lock.lock();
            assertThatThrownBy(lock::lock)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not reentrant");
            assertThatThrownBy(() -> lock.hold(() -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("not reentrant");
            assertThat(lock.tryLock()).isFalse();
            assertThat(lock.isLocked()).isTrue();
            Async.createTask(lock::unlock).await();
            lock.lock();
            lock.unlock();
        });
    }

    @Test
    @DisplayName("a callback may wait for what another callback locked, and the loop goes on meanwhile")
    void callbacksLock() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            EventLoop loop = EventLoop.current();
            loop.callSoon(() -> {
                lock.lock();
                seen.add("first");
            });
            loop.callSoon(() -> {
                lock.lock();
                seen.add("second");
                lock.unlock();
            });
            loop.callSoon(() -> seen.add("third"));
            turns(3);
            assertThat(seen).containsExactly("first", "third");
            lock.unlock();
            turns(3);
            assertThat(seen).containsExactly("first", "third", "second");
            assertThat(lock.statistics()).isEqualTo(new LoopLock.Statistics(false, null, 0));
        });
    }

    @Test
    @DisplayName("hold returns and throws what its body does, and lets go of the lock either way")
    void hold() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            assertThat(lock.<String, RuntimeException>hold(() -> {
                        assertThat(lock.isLocked()).isTrue();
                        assertThat(lock.statistics().holder()).isSameAs(Thread.currentThread());
                        return "result";
                    }))
                    .isEqualTo("result");
            assertThat(lock.isLocked()).isFalse();
            IOException failure = new IOException();
            assertThatThrownBy(() -> lock.hold(() -> {
                        throw failure;
                    }))
                    .isSameAs(failure);
            assertThat(lock.isLocked()).isFalse();
        });
    }

    @Test
    @DisplayName("statistics and toString tell who holds the lock and how many wait")
    void statistics() {
        loops.run(() -> {
            LoopLock lock = new LoopLock();
            Task<?> holder = locker(lock, "holder");
            Task<?> waiter = locker(lock, "waiter");
            turns(1);
            assertThat(lock.statistics()).isEqualTo(new LoopLock.Statistics(true, holder.thread(), 1));
            assertThat(lock).hasToString("LoopLock[locked by holder, waiters=1]");
            lock.unlock();
            assertThat(lock.statistics()).isEqualTo(new LoopLock.Statistics(false, null, 1));
            waiter.await();
            lock.unlock();
            assertThat(lock).hasToString("LoopLock[unlocked, waiters=0]");
        });
    }
}
