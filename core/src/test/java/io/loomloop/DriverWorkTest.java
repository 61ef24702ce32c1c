package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.spi.LoopDriver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A driver that polls completes futures and sets timers before it waits, for example when it attends to what it was asked for. */
@DisplayName("What a driver gives the loop to do, on the loop's thread and before it waits, is done at once")
class DriverWorkTest {
    private static final class WorkingDriver implements LoopDriver {
        // loop thread only
        private int polls;
        private boolean restsFromPolls;
        private final Semaphore wakeups = new Semaphore(0);
        private final AtomicReference<Runnable> work = new AtomicReference<>();

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void await(long nanos) {
            if (nanos <= 0) {
                polls++;
                return;
            }
            Runnable now = work.get();
            if (now != null) {
                wakeups.drainPermits(); // that of give
                now.run();
                work.set(null);
            }
            try {
                boolean unused = wakeups.tryAcquire(nanos, TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public boolean needsPoll() {
            return !restsFromPolls && LoopDriver.super.needsPoll();
        }

        @Override
        public void wakeup() {
            wakeups.release();
        }

        @Override
        public void close() {}

        /** Has something done in the next wait, and waits until the loop is in there. */
        void give(Runnable toDo) {
            work.set(toDo);
            wakeup();
            while (work.get() != null) {
                Thread.onSpinWait();
            }
        }
    }

    private final WorkingDriver driver = new WorkingDriver();
    private final EventLoop loop = EventLoop.builder().driver(driver).start();

    @AfterEach
    void close() {
        loop.close();
    }

    @Test
    @DisplayName("a task whose future it completes")
    void future() throws Exception {
        LoopFuture<String> future = loop.createFuture();
        CountDownLatch begun = new CountDownLatch(1);
        Task<String> waiting = loop.createTask(() -> {
            begun.countDown();
            return future.await();
        });
        begun.await();
        driver.give(() -> future.setResult("here"));
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo("here");
    }

    @Test
    @DisplayName("a timer that it sets")
    void timer() throws Exception {
        CountDownLatch fired = new CountDownLatch(1);
        driver.give(() -> loop.callLater(Duration.ofMillis(1), fired::countDown));
        assertThat(fired.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    @DisplayName("a task that yields alone lets it poll each time, unless it has no need")
    void yields() throws Exception {
        assertThat(pollsWhileYielding(10)).isEqualTo(10);
        driver.restsFromPolls = true; // the loop sleeps, and sees it
        assertThat(pollsWhileYielding(10)).isZero();
    }

    private int pollsWhileYielding(int times) throws Exception {
        Task<Integer> task = loop.createTask(() -> {
            int before = driver.polls;
            for (int i = 0; i < times; i++) {
                Async.yieldNow();
            }
            return driver.polls - before;
        });
        return task.get(10, TimeUnit.SECONDS);
    }
}
