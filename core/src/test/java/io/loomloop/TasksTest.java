package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class TasksTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName(
            "a task from elsewhere is listed once: before it begins, while it yields and waits; and no more when it has ended")
    void fromElsewhere() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        Task<String> task = loop.createTask(() -> {
            Async.yieldNow();
            return future.await();
        });
        assertThat(loop.tasks()).containsExactly(task);
        for (int turn = 0; turn < 3; turn++) {
            loop.runUntilComplete(Async::yieldNow);
            assertThat(loop.tasks()).containsExactly(task);
        }
        assertThat(task.isDone()).isFalse();
        future.setResult("over");
        assertThat(loop.runUntilComplete(task)).isEqualTo("over");
        assertThat(loop.tasks()).isEmpty();
        assertThat(loop.statistics().tasksAlive()).isZero();
    }

    @Test
    @DisplayName("tasks of the loop's own and of other threads are listed oldest first")
    void oldestFirst() {
        EventLoop loop = loops.open();
        LoopFuture<String> never = loop.createFuture();
        List<Task<?>> made = new ArrayList<>();
        for (int round = 0; round < 10; round++) {
            made.add(loop.createTask(() -> never.await()));
            loop.runUntilComplete(() -> {
                made.add(Async.createTask(() -> never.await()));
                Async.yieldNow();
            });
        }
        assertThat(loop.tasks()).containsExactlyElementsOf(made);
    }

    @Test
    @DisplayName(
            "a task is seen from another thread at every moment between its start and its end, wherever it is kept")
    void alwaysSeen() throws Exception {
        EventLoop loop = loops.start();
        for (int round = 0; round < 2_000; round++) {
            CountDownLatch begun = new CountDownLatch(1);
            LoopFuture<String> future = loop.createFuture();
            Task<String> task = loop.createTask(() -> {
                begun.countDown();
                return future.await();
            });
            while (begun.getCount() > 0) {
                assertThat(loop.tasks()).containsOnlyOnce(task);
            }
            assertThat(loop.tasks()).containsOnlyOnce(task);
            future.setResult("over");
            assertThat(task.get()).isEqualTo("over");
        }
    }
}
