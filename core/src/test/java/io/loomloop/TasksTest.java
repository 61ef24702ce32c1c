package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
        assertThat(loop.ownTasks().hasBrought()).isTrue();
        for (int turn = 0; turn < 3; turn++) {
            loop.runUntilComplete(Async::yieldNow);
            assertThat(loop.tasks()).containsExactly(task);
        }
        assertThat(task.isDone()).isFalse();
        assertThat(loop.ownTasks().hasBrought()).as("it has a place of its own").isFalse();
        future.setResult("over");
        assertThat(loop.runUntilComplete(task)).isEqualTo("over");
        assertThat(loop.tasks()).isEmpty();
        assertThat(loop.statistics().tasksAlive()).isZero();
    }

    @Test
    @DisplayName("a task from elsewhere that ends in its first step leaves nothing")
    void endsAtOnce() {
        EventLoop loop = loops.open();
        Task<Integer> task = loop.createTask(() -> 1);
        assertThat(loop.runUntilComplete(task)).isEqualTo(1);
        assertThat(loop.ownTasks().hasBrought()).isFalse();
        assertThat(loop.tasks()).isEmpty();
    }

    @Test
    @DisplayName("a task that comes when the loop is closed is refused: neither listed nor counted")
    void refused() {
        EventLoop loop = loops.open();
        loop.close();
        assertThatThrownBy(() -> loop.ownTasks().startLast(TaskOptions.DEFAULT, () -> 1))
                .isInstanceOf(LoopClosedException.class);
        assertThat(loop.tasks()).isEmpty();
        assertThat(loop.statistics().tasksAlive()).isZero();
    }

    @Test
    @DisplayName("a task that was refused is cancelled for those who have seen it, and its thread ends without a step")
    void refusedTask() throws Exception {
        EventLoop loop = loops.open();
        loop.close();
        List<String> steps = new ArrayList<>();
        TaskThread<Boolean> task = new TaskThread<>(loop.thread(), TaskOptions.DEFAULT, () -> steps.add("ran"));
        assertThat(task.start()).isFalse();
        task.refuse();
        assertThat(task.isCancelled()).isTrue();
        task.thread().join();
        assertThat(steps).isEmpty();
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
