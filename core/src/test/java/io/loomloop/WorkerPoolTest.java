package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Work that would hold the loop, on platform threads. */
class WorkerPoolTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("work runs on a daemon platform thread named after the loop, off the loop, and the result comes back")
    void results() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            String result = loop.runInExecutor(() -> {
                        Thread self = Thread.currentThread();
                        assertThat(self.isVirtual()).isFalse();
                        assertThat(self.isDaemon()).isTrue();
                        assertThat(self.getName()).startsWith(loop.name() + "-worker-");
                        assertThat(loop.isCurrent()).isFalse();
                        return "result";
                    })
                    .await();
            assertThat(result).isEqualTo("result");
        });
    }

    @Test
    @DisplayName("the loop goes on while work is done")
    void theLoopGoesOn() {
        loops.run(() -> {
            CountDownLatch gate = new CountDownLatch(1);
            LoopFuture<String> work = EventLoop.current().runInExecutor(() -> {
                gate.await();
                return "done";
            });
            Task<?> opener = Async.createTask(gate::countDown);
            assertThat(work.await()).isEqualTo("done");
            opener.await();
        });
    }

    @Test
    @DisplayName("what the work throws comes back, the same instance")
    void failures() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            IOException checked = new IOException("checked");
            AssertionError error = new AssertionError("error");
            assertThatThrownBy(loop.runInExecutor(() -> {
                        throw checked;
                    })::await)
                    .isInstanceOf(CompletionException.class)
                    .hasCause(checked);
            assertThat(catchThrowable(loop.runInExecutor(() -> {
                        throw error;
                    })::await))
                    .isSameAs(error);
        });
    }

    @Test
    @DisplayName("cancelling the future interrupts the work that runs")
    void cancelInterrupts() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        LoopFuture<?> work = loop.runInExecutor(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        running.await();
        assertThat(work.cancel("enough")).isTrue();
        interrupted.await();
        assertThatThrownBy(work::await).isInstanceOf(CancelledException.class).hasMessage("enough");
    }

    @Test
    @DisplayName("cancelling the task that awaits the work interrupts the work")
    void cancelOfTheWaiter() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        Task<?> task = loop.createTask(() -> {
            loop.runInExecutor(() -> {
                        running.countDown();
                        try {
                            new CountDownLatch(1).await();
                        } catch (InterruptedException e) {
                            interrupted.countDown();
                        }
                    })
                    .await();
        });
        running.await();
        task.cancel();
        interrupted.await();
        assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
    }

    @Test
    @DisplayName("work cancelled before it begins never begins")
    void cancelBeforeItBegins() {
        EventLoop loop = loops.open();
        List<Runnable> queue = new ArrayList<>();
        boolean[] ran = new boolean[1];
        LoopFuture<?> work = loop.runInExecutor(queue::add, () -> {
            ran[0] = true;
        });
        work.cancel();
        queue.forEach(Runnable::run);
        assertThat(ran[0]).isFalse();
        assertThat(work.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("an executor of the caller's is used as it is, and its refusal is thrown")
    void executorsOfTheCaller() {
        EventLoop loop = loops.start();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        assertThat(loop.runInExecutor(executor, () -> "result").await()).isEqualTo("result");
        assertThat(loop.runInExecutor(Runnable::run, Thread::currentThread).await())
                .isSameAs(Thread.currentThread());
        executor.shutdown();
        assertThatThrownBy(() -> loop.runInExecutor(executor, () -> "refused"))
                .isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    @DisplayName("more work than threads is queued, and all of it is done")
    void moreWorkThanThreads() {
        loops.run(() -> {
            List<LoopFuture<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                int number = i;
                results.add(EventLoop.current().runInExecutor(() -> number));
            }
            for (int i = 0; i < 500; i++) {
                assertThat(results.get(i).await()).isEqualTo(i);
            }
        });
    }

    @Test
    @DisplayName("closing the loop interrupts the work that runs and cancels the work that waits")
    void close() throws Exception {
        EventLoop loop = loops.start();
        int threads = Math.min(32, Runtime.getRuntime().availableProcessors() + 4);
        CountDownLatch running = new CountDownLatch(threads);
        List<LoopFuture<String>> work = new ArrayList<>();
        for (int i = 0; i < threads + 3; i++) {
            work.add(loop.runInExecutor(() -> {
                running.countDown();
                try {
                    new CountDownLatch(1).await();
                    return "never";
                } catch (InterruptedException e) {
                    return "interrupted";
                }
            }));
        }
        running.await();
        loop.close();
        for (int i = 0; i < threads; i++) {
            assertThat(work.get(i).await()).isEqualTo("interrupted");
        }
        for (int i = threads; i < threads + 3; i++) {
            assertThat(work.get(i).isCancelled()).isTrue();
        }
        loops.forgiveLateWorkers();
    }

    @Test
    @DisplayName("work given to a loop that is closing is refused as by one that is closed")
    void workForALoopThatCloses() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        LoopFuture<Throwable> work = loop.runInExecutor(() -> {
            running.countDown();
            try {
                new CountDownLatch(1).await();
                return null;
            } catch (InterruptedException e) {
                return catchThrowable(() -> loop.runInExecutor(() -> "too late"));
            }
        });
        running.await();
        loop.close();
        assertThat(work.await()).isInstanceOf(LoopClosedException.class);
        loops.forgiveLateWorkers();
    }

    @Test
    @DisplayName("a worker that ignores the interrupt is left behind and reported, and close returns")
    void aWorkerThatIgnoresTheInterrupt() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch running = new CountDownLatch(1);
        boolean[] enough = new boolean[1];
        LoopFuture<String> work = loop.runInExecutor(() -> {
            running.countDown();
            synchronized (enough) {
                while (!enough[0]) {
                    try {
                        enough.wait();
                    } catch (InterruptedException ignored) {
                        // and waits on
                    }
                }
            }
            return "late";
        });
        running.await();
        loop.close();
        assertThat(loop.isClosed()).isTrue();
        assertThat(loops.takeFailure().message()).contains("ignore the interrupt");
        synchronized (enough) {
            enough[0] = true;
            enough.notifyAll();
        }
        assertThat(work.await()).isEqualTo("late");
    }
}
