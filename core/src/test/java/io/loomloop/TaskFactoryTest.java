package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Options of tasks, and factories that have a say in them. */
class TaskFactoryTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("options are immutable, and each changes one thing")
    void options() {
        Context context = Context.empty();
        TaskOptions options = TaskOptions.named("first").withContext(context).withEagerStart(false);
        TaskOptions other = options.withName("second").withEagerStart(true);
        assertThat(options.name()).isEqualTo("first");
        assertThat(options.eagerStart()).isFalse();
        assertThat(other.name()).isEqualTo("second");
        assertThat(other.context()).isSameAs(context);
        assertThat(other.eagerStart()).isTrue();
        assertThat(TaskOptions.DEFAULT.name()).isNull();
        assertThat(TaskOptions.DEFAULT.context()).isNull();
        assertThat(TaskOptions.DEFAULT.eagerStart()).isNull();
        assertThat(options).hasToString("TaskOptions[name=first, context=" + context + ", eagerStart=false]");
    }

    @Test
    @DisplayName("a factory sees loop, options and body of each task, and may change both and watch the task")
    void factory() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            assertThat(loop.taskFactory()).isSameAs(TaskFactory.DEFAULT);
            TaskFactory factory = (where, options, body, creator) -> {
                assertThat(where).isSameAs(loop);
                seen.add("factory " + options.name());
                Task<?> task = creator.createTask(options.withName(options.name() + "!"), () -> {
                    seen.add("before");
                    return body.call();
                });
                task.addDoneCallback(done -> seen.add("done " + task.name()));
                return task;
            };
            loop.setTaskFactory(factory);
            assertThat(loop.taskFactory()).isSameAs(factory);
            Task<Integer> task = Async.createTask("a", () -> 42);
            int result = task.await();
            assertThat(result).isEqualTo(42);
            Async.yieldNow();
            loop.createTask(TaskOptions.named("b"), () -> {}).await();
            Async.yieldNow();
            loop.setTaskFactory(TaskFactory.DEFAULT);
            assertThat(loop.createTask("c", () -> 1).name()).isEqualTo("c");
        });
        assertThat(seen).containsExactly("factory a", "before", "done a!", "factory b", "before", "done b!");
    }

    @Test
    @DisplayName("the eager factory starts every task at once, unless its options say otherwise")
    void eagerFactory() {
        loops.run(() -> {
            EventLoop.current().setTaskFactory(TaskFactory.EAGER);
            Task<String> eager = Async.createTask(() -> "eager");
            assertThat(eager.isDone()).isTrue();
            Task<String> ordinary = Async.createTask(TaskOptions.DEFAULT.withEagerStart(false), () -> "ordinary");
            assertThat(ordinary.isDone()).isFalse();
            assertThat(ordinary.await()).isEqualTo("ordinary");
        });
    }

    @Test
    @DisplayName(
            "a builder takes a factory, which makes the main task too; the task that closes the loop is not its business")
    void builder() {
        EventLoop loop = loops.open(b -> b.taskFactory((where, options, body, creator) -> {
            seen.add("factory");
            return creator.createTask(options, body);
        }));
        assertThat(loop.runUntilComplete(() -> "main")).isEqualTo("main");
        loop.close();
        assertThat(seen).containsExactly("factory");
    }

    @Test
    @DisplayName(
            "row 80: a factory that fails surfaces to whoever wants the task, on the loop or not, and nothing is started")
    void failingFactory() {
        IllegalArgumentException failure = new IllegalArgumentException("refused");
        EventLoop loop = loops.start();
        loop.setTaskFactory((where, options, body, creator) -> {
            throw failure;
        });
        assertThatThrownBy(() -> loop.createTask(() -> seen.add("never"))).isSameAs(failure);
        assertThat(loop.tasks()).isEmpty();
        LoopFuture<String> checked = loop.createFuture();
        loop.callSoon(() -> {
            assertThatThrownBy(() -> Async.createTask(() -> seen.add("never"))).isSameAs(failure);
            checked.setResult("on the loop as well");
        });
        assertThat(checked.await()).isEqualTo("on the loop as well");
        loop.close();
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a factory that makes no task, or one of another loop, breaks its promise")
    void brokenFactories() {
        EventLoop loop = loops.open();
        EventLoop other = loops.open();
        loop.setTaskFactory((where, options, body, creator) -> null);
        assertThatThrownBy(() -> loop.createTask(() -> {}))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("task factory");
        loop.setTaskFactory((where, options, body, creator) -> other.createTask(options, body));
        assertThatThrownBy(() -> loop.createTask(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another loop");
    }

    @Test
    @DisplayName("a closed loop refuses tasks made with options too, and a factory's creator after the fact")
    void closedLoop() {
        EventLoop loop = loops.open();
        TaskFactory.Creator[] kept = new TaskFactory.Creator[1];
        loop.setTaskFactory((where, options, body, creator) -> {
            kept[0] = creator;
            return creator.createTask(options, body);
        });
        loop.runUntilComplete(() -> {});
        loop.close();
        assertThatThrownBy(() -> loop.createTask(TaskOptions.named("late"), () -> {}))
                .isInstanceOf(LoopClosedException.class);
        assertThatThrownBy(() -> kept[0].createTask(TaskOptions.DEFAULT, () -> ""))
                .isInstanceOf(LoopClosedException.class);
    }
}
