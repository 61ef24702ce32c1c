package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code toThread}, the default executor, and its end. */
class DefaultExecutorTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new CopyOnWriteArrayList<>();

    @Test
    @DisplayName(
            "work that the close interrupts is cancelled if it ends by that, and fails if it throws something of its own")
    void interruptedByClose() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch working = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        LoopFuture<?> ends = loop.runInExecutor(() -> {
            working.countDown();
            never.await();
        });
        LoopFuture<?> fails = loop.runInExecutor(() -> {
            working.countDown();
            try {
                never.await();
            } catch (InterruptedException e) {
                throw new IOException("half written", e);
            }
        });
        working.await();
        loop.close();
        assertThat(ends.isCancelled()).isTrue();
        assertThat(fails.exception()).hasMessage("half written");
    }

    @Test
    @DisplayName("a chosen executor that refuses to be shut down is reported, and the loop ends as ever")
    void cannotBeShutDown() {
        ExecutorService managed = new ForkJoinPool() {
            @Override
            public void shutdown() {
                throw new IllegalStateException("managed");
            }
        };
        List<Task<?>> kept = new ArrayList<>();
        List<String> reported = new ArrayList<>();
        EventLoop.Builder settings = EventLoop.builder()
                .exceptionHandler(
                        (loop, context) -> reported.add(context.exception().getMessage()));
        settings.run(() -> {
            EventLoop.current().setDefaultExecutor(managed);
            kept.add(Async.createTask(() -> {
                throw new IOException("lost");
            }));
            Async.yieldNow();
        });
        assertThat(reported).containsExactlyInAnyOrder("managed", "lost");
        assertThat(kept).allMatch(Task::isDone);
        managed.shutdownNow();
    }

    @Test
    @DisplayName("toThread runs on a platform thread, and returns or throws what the work does, the same instance")
    void toThread() {
        loops.run(() -> {
            assertThat(Async.toThread(() -> Thread.currentThread().isVirtual())).isFalse();
            IOException checked = new IOException("checked");
            assertThatThrownBy(() -> Async.toThread(() -> {
                        throw checked;
                    }))
                    .isSameAs(checked);
            Error error = new AssertionError("error");
            assertThat(catchThrowable(() -> Async.toThread(() -> {
                        throw error;
                    })))
                    .isSameAs(error);
            Async.toThread(() -> {
                seen.add("no result");
            });
        });
        assertThat(seen).containsExactly("no result");
        assertThatThrownBy(() -> Async.toThread(() -> "")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    @DisplayName("cancelling a task in toThread interrupts the work and does not wait for it")
    void cancelToThread() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Task<?> task = loop.createTask(() -> Async.toThread(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            goOn.await();
            over.countDown();
        }));
        running.await();
        task.cancel("enough");
        assertThatThrownBy(task::await).isInstanceOf(CancelledException.class).hasMessage("enough");
        interrupted.await();
        goOn.countDown();
        over.await();
    }

    @Test
    @DisplayName("another default executor does the work from then on, and is shut down when the loop closes")
    void setDefaultExecutor() {
        ExecutorService chosen = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("chosen").factory());
        EventLoop loop = loops.open();
        loop.setDefaultExecutor(chosen);
        loop.runUntilComplete(() -> {
            assertThat(Async.toThread(() -> Thread.currentThread().getName())).isEqualTo("chosen");
            assertThat(loop.runInExecutor(() -> Thread.currentThread().getName())
                            .await())
                    .isEqualTo("chosen");
        });
        assertThat(chosen.isShutdown()).isFalse();
        loop.close();
        assertThat(chosen.isShutdown()).isTrue();
        Loops.Waiting.until("its thread has ended", chosen::isTerminated);
        loops.forgiveLateWorkers();
        assertThatThrownBy(() -> loop.setDefaultExecutor(chosen)).isInstanceOf(LoopClosedException.class);
    }

    @Test
    @DisplayName("the refusal of a chosen executor is thrown, and the common pool is refused")
    void refusals() {
        EventLoop loop = loops.open();
        ExecutorService ended = Executors.newSingleThreadExecutor();
        ended.shutdown();
        loop.setDefaultExecutor(ended);
        assertThatThrownBy(() -> loop.runInExecutor(() -> "")).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> loop.setDefaultExecutor(ForkJoinPool.commonPool()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("common pool");
    }

    @Test
    @DisplayName(
            "work that a chosen executor never begins is cancelled when the loop closes, whatever the executor tells")
    void workThatNeverBegins() throws Exception {
        EventLoop loop = loops.start();
        loop.setDefaultExecutor(new ForkJoinPool(1));
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        LoopFuture<String> first = loop.runInExecutor(() -> {
            running.countDown();
            try {
                goOn.await();
            } catch (InterruptedException e) {
                return "interrupted";
            }
            return "done";
        });
        running.await();
        LoopFuture<String> second = loop.runInExecutor(() -> "never");
        loop.close();
        goOn.countDown();
        assertThat(first.await()).isIn("interrupted", "done");
        assertThat(second.isCancelled()).isTrue();
        loops.forgiveLateWorkers();
    }

    @Test
    @DisplayName("row 78: shutting the default executor down waits for what it has; after that it takes no more")
    void shutDown() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            CountDownLatch gate = new CountDownLatch(1);
            LoopFuture<String> work = loop.runInExecutor(() -> {
                gate.await();
                return "done";
            });
            Task<?> shutdown = loop.createTask(() -> {
                loop.shutdownDefaultExecutor();
                seen.add("shut down");
            });
            Async.yieldNow();
            assertThatThrownBy(() -> loop.runInExecutor(() -> "refused"))
                    .isInstanceOf(RejectedExecutionException.class)
                    .hasMessageContaining("was shut down");
            seen.add("the loop goes on");
            gate.countDown();
            shutdown.await();
            assertThat(work.await()).isEqualTo("done");
            loop.shutdownDefaultExecutor(Duration.ZERO);
            ExecutorService own = Executors.newSingleThreadExecutor();
            assertThatThrownBy(() -> loop.setDefaultExecutor(own))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("was shut down");
            assertThat(loop.runInExecutor(own, () -> "own").await()).isEqualTo("own");
            own.shutdown();
        });
        assertThat(seen).containsExactly("the loop goes on", "shut down");
    }

    @Test
    @DisplayName("row 78: when the time is over that is reported, and the work goes on without the loop")
    void shutDownInVain() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            CountDownLatch gate = new CountDownLatch(1);
            LoopFuture<String> work = loop.runInExecutor(() -> {
                gate.await();
                return "done";
            });
            loop.shutdownDefaultExecutor(Duration.ofSeconds(7));
            assertThat(loops.takeFailure().message()).contains("did not finish its work in 7000 ms");
            assertThat(work.isDone()).isFalse();
            gate.countDown();
            assertThat(work.await()).isEqualTo("done");
        });
    }

    @Test
    @DisplayName("row 78: a task that waits for the shutdown can be cancelled")
    void cancelTheShutdown() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            CountDownLatch gate = new CountDownLatch(1);
            LoopFuture<String> work = loop.runInExecutor(() -> {
                gate.await();
                return "done";
            });
            Task<?> shutdown = loop.createTask(() -> loop.shutdownDefaultExecutor());
            Async.yieldNow();
            shutdown.cancel("enough");
            assertThatThrownBy(shutdown::await)
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            gate.countDown();
            assertThat(work.await()).isEqualTo("done");
        });
    }

    @Test
    @DisplayName("row 78: any thread may shut the default executor down, whether or not the loop runs")
    void shutDownFromAnotherThread() {
        EventLoop loop = loops.open();
        loop.shutdownDefaultExecutor();
        assertThatThrownBy(() -> loop.runInExecutor(() -> "")).isInstanceOf(RejectedExecutionException.class);
        EventLoop running = loops.start();
        LoopFuture<String> work = running.runInExecutor(() -> "done");
        running.shutdownDefaultExecutor(Duration.ofSeconds(5));
        assertThat(work.isDone()).isTrue();
    }

    @Test
    @DisplayName(
            "row 78: run lets work end that nobody has cancelled, with the callbacks of it, after all tasks have ended")
    void runWaits() {
        AtomicBoolean interrupted = new AtomicBoolean();
        List<String> order = new CopyOnWriteArrayList<>();
        CountDownLatch tasksEnded = new CountDownLatch(1);
        EventLoop.builder().slowStepThreshold(Duration.ZERO).run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> work = loop.runInExecutor(() -> {
                try {
                    tasksEnded.await();
                } catch (InterruptedException e) {
                    interrupted.set(true);
                }
                order.add("work");
                return "done";
            });
            work.addDoneCallback(done -> order.add("callback " + done.result()));
            Task<?> left = loop.createTask(() -> {
                try {
                    Async.sleep(Duration.ofHours(1));
                } finally {
                    order.add("task");
                    tasksEnded.countDown();
                }
            });
            Async.yieldNow();
            assertThat(left.isDone()).isFalse();
        });
        assertThat(interrupted).isFalse();
        assertThat(order).containsExactly("task", "work", "callback done");
    }

    @Test
    @DisplayName("close without run interrupts the work at once")
    void closeInterrupts() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        List<String> order = new ArrayList<>();
        LoopFuture<?> work = loop.runInExecutor(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                order.add("interrupted");
            }
        });
        running.await();
        loop.close();
        work.await();
        assertThat(order).containsExactly("interrupted");
        loops.forgiveLateWorkers();
    }
}
