package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which waits are edges of the call graph, and that none outlives its wait. */
@SuppressWarnings("FutureReturnValueIgnored") // a group waits for its children
class CallGraphEdgesTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    /** Names of tasks, "future" for others, and who waits for them in brackets. */
    private static String shape(LoopFuture<?> future) {
        return shape(CallGraph.capture(future));
    }

    private static String shape(CallGraph graph) {
        String name = graph.future() instanceof Task<?> task ? task.name() : "future";
        List<String> awaiters =
                graph.awaitedBy().stream().map(CallGraphEdgesTest::shape).toList();
        return awaiters.isEmpty() ? name : name + awaiters;
    }

    private static Task<?> sleeper(String name) {
        return Async.createTask(name, () -> Async.sleep(LONG));
    }

    @Test
    @DisplayName(
            "row 82: a child of a task group is awaited by the task whose group it is, also when groups are nested")
    void taskGroup() {
        loops.run(() -> {
            LoopFuture<String> go = EventLoop.current().createFuture();
            Task<?> main = Async.createTask("main", () -> {
                Async.taskGroup(outer -> {
                    outer.createTask("child", () -> {
                        Async.taskGroup(inner -> {
                            inner.createTask("grandchild", () -> go.await());
                        });
                    });
                    outer.createTask("sibling", () -> go.await());
                });
            });
            Async.sleep(SECOND);
            assertThat(shape(go)).isEqualTo("future[sibling[main], grandchild[child[main]]]");
            assertThat(CallGraph.format(go)).doesNotContain("TaskGroup.").contains("lambda$taskGroup");
            go.setResult("");
            main.await();
        });
    }

    @Test
    @DisplayName(
            "row 82: gather is awaited by its caller and awaits its children, until one of them fails; those are survivors")
    void gather() {
        loops.run(() -> {
            Task<?> survivor = sleeper("survivor");
            LoopFuture<Object> failing = EventLoop.current().createFuture();
            Task<?> main = Async.createTask("main", () -> {
                assertThatThrownBy(
                                () -> Async.gather(List.of(survivor, failing)).await())
                        .hasMessage("oops");
                Async.sleep(LONG);
            });
            Async.yieldNow();
            CallGraph graph = CallGraph.capture(survivor);
            assertThat(shape(graph)).isEqualTo("survivor[future[main]]");
            assertThat(CallGraph.capture(failing).awaitedBy().get(0).future())
                    .isSameAs(graph.awaitedBy().get(0).future());
            failing.setException(new IllegalStateException("oops"));
            Async.sleep(SECOND);
            assertThat(shape(survivor)).isEqualTo("survivor");
            main.cancel();
        });
    }

    @Test
    @DisplayName("who waits along two ways is one and the same in the graph, and told in full once")
    void diamonds() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<?> main = Async.createTask("main", () -> {
                Async.gather(Async.shield(future), Async.shield(future)).await();
            });
            Async.yieldNow();
            CallGraph graph = CallGraph.capture(future);
            assertThat(shape(graph)).isEqualTo("future[future[future[main]], future[future[main]]]");
            assertThat(graph.awaitedBy().get(0).awaitedBy().get(0))
                    .isSameAs(graph.awaitedBy().get(1).awaitedBy().get(0));
            assertThat(graph.toString()).containsOnlyOnce("main[").containsOnlyOnce("see above");
            future.setResult("");
            main.await();
        });
    }

    @Test
    @DisplayName("row 82: shield awaits its task, until it is cancelled; the task is a survivor")
    void shield() {
        loops.run(() -> {
            Task<?> survivor = sleeper("survivor");
            Task<?> main = Async.createTask("main", () -> Async.shield(survivor).await());
            Async.yieldNow();
            assertThat(shape(survivor)).isEqualTo("survivor[future[main]]");
            main.cancel();
            Async.sleep(SECOND);
            assertThat(main.isCancelled()).isTrue();
            assertThat(shape(survivor)).isEqualTo("survivor");
        });
    }

    @Test
    @DisplayName("row 82: what waitAll waits for is awaited by its caller, for as long as it waits")
    void waitAll() {
        loops.run(() -> {
            Task<?> survivor = sleeper("survivor");
            Task<?> short1 = Async.createTask("short", () -> Async.sleep(MINUTE));
            for (Duration timeout : List.of(SECOND, LONG.dividedBy(2))) {
                Task<?> main = Async.createTask("main", () -> {
                    var unused = Async.waitAll(List.of(survivor, short1), timeout, ReturnWhen.FIRST_COMPLETED);
                    Async.sleep(LONG);
                });
                Async.yieldNow();
                assertThat(shape(survivor)).isEqualTo("survivor[main]");
                assertThat(shape(short1)).isEqualTo("short[main]");
                Async.sleep(timeout == SECOND ? SECOND.multipliedBy(2) : MINUTE);
                assertThat(shape(survivor)).isEqualTo("survivor");
                assertThat(shape(short1)).isEqualTo("short");
                main.cancel();
            }
            assertThat(short1.isDone()).isTrue();
        });
    }

    @Test
    @DisplayName("row 82: within timeout and waitFor the task itself awaits, and no more when the time is over")
    void timeouts() {
        loops.run(() -> {
            Task<?> survivor = sleeper("survivor");
            Task<?> main = Async.createTask("main", () -> {
                assertThatThrownBy(() -> Async.timeout(
                                SECOND, () -> Async.shield(survivor).await()))
                        .isInstanceOf(TimeoutException.class);
                assertThatThrownBy(() -> Async.waitFor(Async.shield(survivor), MINUTE))
                        .isInstanceOf(TimeoutException.class);
                Async.sleep(LONG);
            });
            Async.yieldNow();
            assertThat(shape(survivor)).isEqualTo("survivor[future[main]]");
            Async.sleep(SECOND.multipliedBy(2));
            assertThat(shape(survivor)).isEqualTo("survivor[future[main]]");
            Async.sleep(MINUTE);
            assertThat(shape(survivor)).isEqualTo("survivor");
            assertThat(shape(main)).isEqualTo("main");
            main.cancel();
        });
    }

    @Test
    @DisplayName("row 82: what asCompleted goes through is awaited by its caller while that waits for the next one")
    void asCompleted() {
        loops.run(() -> {
            Task<?> first = Async.createTask("first", () -> Async.sleep(MINUTE));
            Task<?> survivor = sleeper("survivor");
            LoopFuture<String> go = EventLoop.current().createFuture();
            Task<?> main = Async.createTask("main", () -> {
                Iterator<Task<?>> order =
                        Async.asCompleted(List.<Task<?>>of(first, survivor)).iterator();
                assertThat(order.next()).isSameAs(first);
                go.await();
                order.next();
            });
            Async.yieldNow();
            assertThat(shape(first)).isEqualTo("first[main]");
            assertThat(shape(survivor)).isEqualTo("survivor[main]");
            Async.sleep(MINUTE.multipliedBy(2));
            assertThat(shape(survivor)).isEqualTo("survivor");
            go.setResult("");
            Async.yieldNow();
            assertThat(shape(survivor)).isEqualTo("survivor[main]");
            main.cancel();
            Async.sleep(SECOND);
            assertThat(shape(survivor)).isEqualTo("survivor");
        });
    }
}
