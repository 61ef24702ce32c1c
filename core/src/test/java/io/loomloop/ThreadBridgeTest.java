package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A thread that is no loop's gives a loop work and waits for it: asyncio's {@code run_coroutine_threadsafe}. */
class ThreadBridgeTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new CopyOnWriteArrayList<>();

    @Test
    @DisplayName("row 80: another thread gets the result of a task, or its failure")
    void results() throws Exception {
        EventLoop loop = loops.start();
        assertThat(loop.createTask(() -> "result").get(5, TimeUnit.SECONDS)).isEqualTo("result");
        IllegalStateException failure = new IllegalStateException("thrown");
        assertThatThrownBy(() -> loop.createTask(() -> {
                            throw failure;
                        })
                        .get(5, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCause(failure);
    }

    @Test
    @DisplayName("row 80: a caller whose time is over leaves the task as it is, and may cancel it")
    void timeoutAndCancel() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        Task<?> task = loop.createTask(() -> {
            begun.countDown();
            try {
                Async.sleep(Duration.ofHours(1));
            } catch (CancelledException e) {
                seen.add("cancelled: " + e.getMessage());
                throw e;
            } finally {
                ended.countDown();
            }
        });
        begun.await();
        assertThatThrownBy(() -> task.get(10, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(task.isDone()).isFalse();
        assertThat(task.cancelling()).isZero();
        assertThat(task.cancel("the caller has no time")).isTrue();
        ended.await();
        assertThatThrownBy(() -> task.get(5, TimeUnit.SECONDS))
                .isInstanceOf(CancelledException.class)
                .hasMessage("the caller has no time");
        assertThat(seen).containsExactly("cancelled: the caller has no time");
    }

    @Test
    @DisplayName("row 80: a caller that cancels before the task begins sees to it that it never does")
    void cancelBeforeItBegins() throws Exception {
        EventLoop loop = loops.start();
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch busy = new CountDownLatch(1);
        loop.callSoon(() -> {
            busy.countDown();
            while (gate.getCount() > 0) {
                Thread.onSpinWait();
            }
        });
        busy.await();
        Task<?> task = loop.createTask(() -> {
            seen.add("begun");
        });
        task.cancel();
        gate.countDown();
        assertThatThrownBy(() -> task.get(5, TimeUnit.SECONDS)).isInstanceOf(CancelledException.class);
        assertThat(seen).isEmpty();
    }
}
