package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a loop tells about itself. */
class LoopStatisticsTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("a loop that has not run counts nothing but what was given to it")
    void beforeItRuns() {
        EventLoop loop = loops.open();
        assertThat(loop.statistics()).isEqualTo(new LoopStatistics(0, 0, 0, 0, 0, 0, 0, 0));
        Task<?> task = loop.createTask(() -> {});
        assertThat(loop.statistics().tasksAlive()).isEqualTo(1);
        assertThat(loop.tasks()).hasSize(1).allMatch(t -> t == task);
        loop.runUntilComplete(task);
        assertThat(loop.statistics().tasksAlive()).isZero();
        assertThat(loop.statistics().tasksStarted()).isEqualTo(1);
    }

    @Test
    @DisplayName("tasks, callbacks, timers and what is ready are counted exactly, as seen from the loop")
    void exactOnTheLoop() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> gate = loop.createFuture();
            List<Task<?>> tasks = List.of(loop.createTask(() -> gate.await()), loop.createTask(() -> gate.await()));
            loop.callSoon(() -> {});
            TimerHandle timer = loop.callLater(Duration.ofHours(1), () -> {});
            LoopStatistics before = loop.statistics();
            assertThat(before.tasksStarted()).isEqualTo(1);
            assertThat(before.tasksAlive()).isEqualTo(3);
            assertThat(before.timers()).isEqualTo(1);
            assertThat(before.ready()).isEqualTo(3);
            Async.yieldNow();
            LoopStatistics after = loop.statistics();
            assertThat(after.tasksStarted()).isEqualTo(3);
            assertThat(after.callbacks() - before.callbacks()).isEqualTo(1);
            assertThat(after.turns() - before.turns()).isEqualTo(1);
            // Two tasks, one batch of callbacks, and this task.
            assertThat(after.switches() - before.switches()).isEqualTo(4);
            assertThat(after.ready()).isZero();
            gate.setResult("");
            tasks.forEach(Task::await);
            timer.cancel();
            assertThat(loop.statistics().tasksAlive()).isEqualTo(1);
            assertThat(loop.statistics().timers()).isZero();
        });
    }

    @Test
    @DisplayName("tasks() lists what is not done, oldest first, and is a copy")
    void tasks() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> gate = loop.createFuture();
            Task<?> first = loop.createTask("first", () -> gate.await());
            Task<?> second = loop.createTask("second", () -> gate.await());
            List<Task<?>> before = loop.tasks();
            assertThat(before).hasSize(3);
            assertThat(before.get(0) == Async.currentTask()).isTrue();
            assertThat(before.get(1) == first).isTrue();
            assertThat(before.get(2) == second).isTrue();
            gate.setResult("");
            first.await();
            second.await();
            assertThat(loop.tasks()).hasSize(1);
            assertThat(before).hasSize(3);
        });
    }

    @Test
    @DisplayName("a task that waits shows where; one that has not begun, or is done, shows nothing")
    void stacks() {
        loops.run(() -> {
            LoopFuture<String> gate = EventLoop.current().createFuture();
            Task<?> task = Async.createTask(() -> waitHere(gate));
            assertThat(task.stack()).isEmpty();
            Async.yieldNow();
            assertThat(task.stack()).anyMatch(frame -> frame.getMethodName().equals("waitHere"));
            gate.setResult("");
            task.await();
            assertThat(task.stack()).isEmpty();
        });
    }

    private static void waitHere(LoopFuture<String> gate) {
        gate.await();
    }

    @Test
    @DisplayName("a loop says its name and its state")
    void names() {
        EventLoop loop = EventLoop.builder().name("named").open();
        assertThat(loop.name()).isEqualTo("named");
        assertThat(loop).hasToString("EventLoop[named, not running, tasks=0]");
        loop.runUntilComplete(() -> assertThat(loop).hasToString("EventLoop[named, running, tasks=1]"));
        loop.close();
        assertThat(loop).hasToString("EventLoop[named, closed, tasks=0]");
        EventLoop numbered = EventLoop.open();
        assertThat(numbered.name()).matches("loop-\\d+");
        numbered.close();
    }
}
