package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Taking cancellations back: what timeouts and task groups are made of. */
@SuppressWarnings("LockNotBeforeTry") // a lock is handed from task to task here
class UncancelTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("row 27: uncancel takes back one request, and never goes below zero")
    void uncancelCountsDown() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                try {
                    return Async.sleep(LONG, "slept");
                } catch (CancelledException e) {
                    return Async.sleep(LONG, "slept again");
                }
            });
            Async.yieldNow();
            assertThat(task.uncancel()).isZero();
            task.cancel();
            task.cancel();
            Async.yieldNow();
            assertThat(task.cancelling()).isEqualTo(2);
            assertThat(task.uncancel()).isEqualTo(1);
            assertThat(task.uncancel()).isZero();
            assertThat(task.uncancel()).isZero();
            assertThat(task.cancelling()).isZero();
            assertThat(task.await()).isEqualTo("slept again");
        });
    }

    @Test
    @DisplayName("row 22: taking back the last request before the task resumes withdraws it: the value arrives")
    void uncancelWithdrawsWhatIsNotDelivered() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(future::await);
            Async.yieldNow();
            future.setResult("value");
            task.cancel();
            task.cancel();
            assertThat(task.uncancel()).isEqualTo(1);
            assertThat(task.uncancel()).isZero();
            assertThat(task.await()).isEqualTo("value");
        });
    }

    @Test
    @DisplayName("row 22: taking back one of two requests withdraws nothing")
    void uncancelOneOfTwo() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(future::await);
            Async.yieldNow();
            future.setResult("value");
            task.cancel();
            task.cancel();
            assertThat(task.uncancel()).isEqualTo(1);
            assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("row 24: a task whose cancellation is taken back before it begins does begin")
    void uncancelBeforeStart() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> "begun");
            task.cancel();
            task.uncancel();
            assertThat(task.await()).isEqualTo("begun");
        });
    }

    @Test
    @DisplayName("row 23: a task that cancels itself and takes it back returns its value")
    void uncancelItself() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                Async.currentTask().cancel();
                Async.currentTask().uncancel();
                Async.yieldNow();
                return "value";
            });
            assertThat(task.await()).isEqualTo("value");
        });
    }

    @Test
    @DisplayName(
            "taking back a cancellation that was sent as an interrupt withdraws that too, once the interrupt is noticed")
    @SuppressWarnings("LockNotBeforeTry") // held across the statements that are tested
    void uncancelOfAnInterrupt() {
        loops.run(() -> {
            ReentrantLock lock = new ReentrantLock();
            lock.lock();
            Task<String> task = Async.createTask(() -> {
                lock.lock(); // foreign, and deaf to interrupts
                try {
                    Async.yieldNow();
                    return "value, interrupted: " + Thread.currentThread().isInterrupted();
                } finally {
                    lock.unlock();
                }
            });
            Async.yieldNow();
            task.cancel();
            task.uncancel();
            lock.unlock();
            assertThat(task.await()).isEqualTo("value, interrupted: false");
        });
    }

    @Test
    @DisplayName("row 27: once the task is done, uncancel changes nothing")
    void uncancelAfterDone() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> Async.sleep(LONG));
            Async.yieldNow();
            task.cancel();
            assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
            assertThat(task.uncancel()).isEqualTo(1);
            assertThat(task.cancelling()).isEqualTo(1);
            assertThat(task.isCancelled()).isTrue();
        });
    }

    @Test
    @DisplayName("row 27: a structured block turns its own cancellation into a timeout, and lets the task go on")
    void aBlockConvertsItsOwnCancellation() {
        loops.run(() -> {
            Task<String> task = Async.createTask(() -> {
                try {
                    withTimeout(Duration.ofSeconds(1), () -> Async.sleep(LONG));
                    return "no timeout";
                } catch (TimeoutException e) {
                    return Async.sleep(Duration.ofSeconds(1), "timeout, and went on");
                }
            });
            assertThat(task.await()).isEqualTo("timeout, and went on");
            assertThat(task.cancelling()).isZero();
        });
    }

    @Test
    @DisplayName("row 27: a structured block does not convert the cancellation that came from outside")
    void aBlockPassesOnForeignCancellations() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> withTimeout(Duration.ofSeconds(10), () -> Async.sleep(LONG)));
            Async.sleep(Duration.ofSeconds(1));
            task.cancel("outside");
            assertThat(catchThrowable(task::await))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("outside");
        });
    }

    @Test
    @DisplayName("row 27: cancelled by its own deadline and from outside in the same turn, a block stays cancelled")
    void bothAtOnce() {
        loops.run(() -> {
            Task<?>[] task = new Task<?>[1];
            task[0] = Async.createTask(() -> withTimeout(Duration.ofSeconds(1), () -> Async.sleep(LONG)));
            Async.yieldNow();
            EventLoop.current().callLater(Duration.ofSeconds(1), () -> task[0].cancel("outside"));
            assertThat(catchThrowable(task[0]::await)).isInstanceOf(CancelledException.class);
            assertThat(task[0].isCancelled()).isTrue();
            assertThat(task[0].cancelling()).isEqualTo(1);
        });
    }

    @Test
    @DisplayName("row 27: nested blocks: the inner deadline converts, the outer one interrupts what follows")
    void nestedBlocks() {
        loops.run(() -> {
            long start = EventLoop.current().time();
            Task<String> task = Async.createTask(() -> {
                StringBuilder seen = new StringBuilder();
                try {
                    withTimeout(Duration.ofSeconds(3), () -> {
                        try {
                            withTimeout(Duration.ofSeconds(1), () -> Async.sleep(LONG));
                        } catch (TimeoutException e) {
                            seen.append("inner ");
                        }
                        Async.sleep(LONG);
                    });
                } catch (TimeoutException e) {
                    seen.append("outer");
                }
                return seen.toString();
            });
            assertThat(task.await()).isEqualTo("inner outer");
            assertThat(EventLoop.current().time() - start)
                    .isEqualTo(Duration.ofSeconds(3).toNanos());
        });
    }

    /** The protocol of asyncio's {@code timeout}, from public parts alone. */
    private static void withTimeout(Duration delay, VoidBody<? extends Exception> body) throws Exception {
        Task<?> task = Async.currentTask();
        int before = task.cancelling();
        boolean[] expired = new boolean[1];
        TimerHandle timer = EventLoop.current().callLater(delay, () -> {
            expired[0] = true;
            task.cancel("timeout");
        });
        try {
            body.run();
        } catch (CancelledException e) {
            if (expired[0] && task.uncancel() <= before) {
                throw new TimeoutException();
            }
            throw e;
        } finally {
            timer.cancel();
        }
    }
}
