package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Waiting: the order in which tasks resume, and who may wait for what. */
class AwaitTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("row 20: a task begins in the next turn, not inside createTask")
    void tasksBeginLater() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> {
                seen.add("task");
            });
            seen.add("creator");
            task.await();
        });
        assertThat(seen).containsExactly("creator", "task");
    }

    @Test
    @DisplayName("row 20: a task resumes in the turn after the result was set, in line with callSoon")
    void resumptionIsInLine() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> future = loop.createFuture();
            Task<?> task = Async.createTask(() -> seen.add(future.await()));
            Async.yieldNow();
            loop.callSoon(() -> seen.add("before"));
            future.setResult("resumed");
            loop.callSoon(() -> seen.add("after"));
            assertThat(seen).isEmpty();
            task.await();
            Async.yieldNow();
        });
        assertThat(seen).containsExactly("before", "resumed", "after");
    }

    @Test
    @DisplayName("row 20: tasks that wait for one future resume in the order in which they came")
    void waitersResumeInOrder() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            List<Task<?>> tasks = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                int number = i;
                tasks.add(Async.createTask(() -> {
                    future.await();
                    seen.add("" + number);
                }));
            }
            Async.yieldNow();
            future.setResult("");
            tasks.forEach(Task::await);
        });
        assertThat(seen.stream().map(Integer::valueOf)).hasSize(100).isSorted();
    }

    @Test
    @DisplayName("row 20: yieldNow is exactly one hop: everything that was ready runs once")
    void yieldIsOneHop() {
        loops.run(() -> {
            Task<?> other = Async.createTask(() -> {
                for (int i = 0; i < 3; i++) {
                    seen.add("other");
                    Async.yieldNow();
                }
            });
            for (int i = 0; i < 3; i++) {
                seen.add("main");
                Async.sleep(Duration.ZERO);
            }
            other.await();
        });
        assertThat(seen).containsExactly("main", "other", "main", "other", "main", "other");
    }

    @Test
    @DisplayName("row 20: yieldNow returns at once when nothing else could run; asyncio takes a turn")
    void yieldWithNothingElse() {
        loops.run(() -> {
            long before = EventLoop.current().statistics().turns();
            for (int i = 0; i < 100; i++) {
                Async.yieldNow();
            }
            assertThat(EventLoop.current().statistics().turns()).isEqualTo(before);
        });
    }

    @Test
    @DisplayName("waiting for what is done does not switch")
    void doneFuturesDoNotSwitch() {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            done.setResult("done");
            EventLoop.current().callSoon(() -> seen.add("switched"));
            assertThat(done.await()).isEqualTo("done");
            assertThat(seen).isEmpty();
            Async.yieldNow();
        });
    }

    @Test
    @DisplayName("sleep takes its time, on the loop's clock, and returns its result")
    void sleep() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            long start = loop.time();
            assertThat(Async.sleep(Duration.ofHours(3), "rested")).isEqualTo("rested");
            assertThat(loop.time() - start).isEqualTo(Duration.ofHours(3).toNanos());
            assertThat(loop.statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName("row 19: a task that waits for itself gets an IllegalStateException, at once")
    void selfAwait() {
        loops.run(() -> {
            Task<?> task = Async.createTask(() -> Async.currentTask().await());
            assertThatThrownBy(task::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("itself");
        });
    }

    @Test
    @DisplayName("row 19: deviation: a task may wait for a future of another loop, which blocks that task only")
    void foreignFutures() {
        EventLoop other = loops.start();
        loops.run(() -> {
            LoopFuture<String> gate = EventLoop.current().createFuture();
            Task<String> foreign = other.createTask(() -> "foreign " + gate.await());
            Task<?> local = Async.createTask(() -> {
                seen.add("local");
                gate.setResult("result");
            });
            assertThat(foreign.await()).isEqualTo("foreign result");
            assertThat(seen).containsExactly("local");
            local.await();
        });
    }

    @Test
    @DisplayName("a task fails with what its body throws, and whoever awaits it gets that instance")
    void failuresOfTasks() {
        loops.run(() -> {
            IllegalArgumentException unchecked = new IllegalArgumentException("unchecked");
            IOException checked = new IOException("checked");
            Task<String> first = Async.createTask(() -> {
                throw unchecked;
            });
            Task<String> second = Async.createTask(() -> {
                throw checked;
            });
            assertThat(catchThrowable(first::await)).isSameAs(unchecked);
            assertThat(catchThrowable(first::await)).isSameAs(unchecked);
            assertThat(catchThrowable(second::await))
                    .isInstanceOf(CompletionException.class)
                    .hasCause(checked);
            assertThat(second.exception()).isSameAs(checked);
        });
    }

    @Test
    @DisplayName("any thread may wait: a platform thread is blocked until the future is done")
    void platformThreadsWait() throws Exception {
        EventLoop loop = loops.start();
        Task<String> slow = loop.createTask(() -> Async.sleep(Duration.ofMillis(20), "slow"));
        assertThat(slow.await()).isEqualTo("slow");
        Task<String> slowToo = loop.createTask(() -> Async.sleep(Duration.ofMillis(20), "slow too"));
        assertThat(slowToo.get()).isEqualTo("slow too");
        Task<String> slowest = loop.createTask(() -> Async.sleep(Duration.ofMillis(20), "slowest"));
        assertThat(slowest.get(8, TimeUnit.SECONDS)).isEqualTo("slowest");
    }

    @Test
    @DisplayName("a timed get that runs out throws TimeoutException and leaves the future as it is")
    void timedGet() throws Exception {
        EventLoop loop = loops.start();
        LoopFuture<String> future = loop.createFuture();
        assertThatThrownBy(() -> future.get(1, TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class)
                .hasMessageContaining("1 MILLISECONDS");
        assertThatThrownBy(() -> future.get(0, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThatThrownBy(() -> future.get(-1, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
        assertThat(future.isDone()).isFalse();
        future.setResult("late");
        assertThat(future.get(-1, TimeUnit.DAYS)).isEqualTo("late");
    }

    @Test
    @DisplayName(
            "a timed get in a task runs on the loop's clock, leaves no timer, and can be cancelled without harm to the future")
    void timedGetInATask() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> future = loop.createFuture();
            long start = loop.time();
            assertThatThrownBy(() -> future.get(7, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
            assertThat(loop.time() - start).isEqualTo(Duration.ofDays(7).toNanos());
            assertThatThrownBy(() -> future.get(0, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);

            Task<String> waiter = Async.createTask(() -> future.get(7, TimeUnit.DAYS));
            Async.yieldNow();
            waiter.cancel("enough");
            assertThatThrownBy(waiter::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(future.isDone()).isFalse();
            assertThat(loop.statistics().timers()).isZero();

            Task<String> lucky = Async.createTask(() -> future.get(7, TimeUnit.DAYS));
            Async.yieldNow();
            future.setException(new IOException("failed"));
            assertThatThrownBy(lucky::await)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(ExecutionException.class);
            assertThat(loop.statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName(
            "an interrupt ends the wait of a platform thread: get throws InterruptedException, await CancelledException")
    void interruptsOfPlatformThreads() throws Exception {
        LoopFuture<String> future = loops.open().createFuture();
        Thread.currentThread().interrupt();
        assertThatThrownBy(future::get).isInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isFalse();
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> future.get(1, TimeUnit.DAYS)).isInstanceOf(InterruptedException.class);
        Thread.currentThread().interrupt();
        assertThatThrownBy(future::await)
                .isInstanceOf(CancelledException.class)
                .hasCauseInstanceOf(InterruptedException.class);
        assertThat(Thread.interrupted()).isTrue();

        FutureTask<Boolean> blocked = new FutureTask<>(() -> {
            try {
                future.get();
                return false;
            } catch (InterruptedException e) {
                return true;
            }
        });
        Thread thread = Thread.ofPlatform().start(blocked);
        Loops.Waiting.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
        thread.interrupt();
        assertThat(blocked.get()).isTrue();
        assertThat(future.isDone()).isFalse();
    }

    @Test
    @DisplayName("a callback that waits is left behind, and the loop goes on")
    void callbacksMayWait() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> gate = loop.createFuture();
            LoopFuture<String> answer = loop.createFuture();
            loop.callSoon(() -> answer.setResult("got " + gate.await()));
            loop.callSoon(() -> seen.add("next callback"));
            Async.yieldNow();
            assertThat(seen).containsExactly("next callback");
            gate.setResult("it");
            assertThat(answer.await()).isEqualTo("got it");
        });
    }

    @Test
    @DisplayName("an interrupt of a task that awaits does not end its wait: only cancel does")
    void interruptsOfTasks() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> task = Async.createTask(() -> future.await() + Thread.interrupted());
            Async.yieldNow();
            task.thread().interrupt();
            Async.yieldNow();
            Async.sleep(Duration.ofSeconds(1));
            assertThat(task.isDone()).isFalse();
            future.setResult("interrupted: ");
            assertThat(task.await()).isEqualTo("interrupted: true");
        });
    }
}
