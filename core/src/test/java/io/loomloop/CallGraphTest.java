package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who waits for whom. */
class CallGraphTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    /** The graph without its stacks: names of tasks, "future" for others, and who waits for them in brackets. */
    private static String shape(CallGraph graph) {
        String name = graph.future() instanceof Task<?> task ? task.name() : "future";
        List<String> awaiters =
                graph.awaitedBy().stream().map(CallGraphTest::shape).toList();
        return awaiters.isEmpty() ? name : name + awaiters;
    }

    private static void nap() {
        Async.sleep(LONG);
    }

    private static List<String> methods(CallGraph graph) {
        return graph.callStack().stream().map(StackTraceElement::getMethodName).toList();
    }

    @Test
    @DisplayName("row 82: a future knows the tasks that wait for it, and those know who waits for them, in order")
    void tasksAwaitTasks() {
        loops.run(() -> {
            Async.currentTask().setName("main");
            LoopFuture<String> future = EventLoop.current().createFuture();
            Task<String> inner = Async.createTask("inner", () -> future.await());
            Task<String> other = Async.createTask("other", () -> Async.await(future));
            Task<String> outer = Async.createTask("outer", () -> inner.await());
            Task<?> teller = Async.createTask("teller", () -> {
                assertThat(shape(CallGraph.capture(future))).isEqualTo("future[inner[outer[main]], other]");
                future.setResult("done");
                assertThat(shape(CallGraph.capture(future))).isEqualTo("future");
            });
            outer.await();
            other.await();
            teller.await();
        });
    }

    @Test
    @DisplayName("row 82: an edge vanishes when the wait is over, and the one who is waited for goes on")
    void survivors() {
        loops.run(() -> {
            Task<?> survivor = Async.createTask("survivor", () -> nap());
            LoopFuture<String> never = EventLoop.current().createFuture();
            Task<?> patient = Async.createTask("patient", () -> survivor.get(1, TimeUnit.HOURS));
            Task<?> waiter = Async.createTask("waiter", () -> never.await());
            Async.yieldNow();
            assertThat(shape(CallGraph.capture(survivor))).isEqualTo("survivor[patient]");
            assertThat(shape(CallGraph.capture(never))).isEqualTo("future[waiter]");

            Async.sleep(Duration.ofHours(2));

            assertThat(patient.exception()).isInstanceOf(TimeoutException.class);
            assertThat(survivor.isDone()).isFalse();
            assertThat(shape(CallGraph.capture(survivor))).isEqualTo("survivor");
            waiter.cancel();
            Async.yieldNow();
            assertThat(waiter.isCancelled()).isTrue();
            assertThat(shape(CallGraph.capture(never))).isEqualTo("future");
        });
    }

    @Test
    @DisplayName("the call stack of a task holds the user's frames, innermost first, without the machinery")
    void stacks() {
        loops.run(() -> {
            Task<?> sleeper = Async.createTask("sleeper", () -> nap());
            Async.yieldNow();
            CallGraph graph = CallGraph.capture(sleeper);
            assertThat(methods(graph))
                    .startsWith("sleep", "nap")
                    .allMatch(name -> name.equals("sleep") || name.equals("nap") || name.startsWith("lambda$stacks"));
            assertThat(methods(CallGraph.capture(sleeper, 1))).containsExactly("sleep");
            assertThat(methods(CallGraph.capture(sleeper, 2))).containsExactly("sleep", "nap");
            assertThat(methods(CallGraph.capture(sleeper, -1)))
                    .singleElement()
                    .asString()
                    .startsWith("lambda$stacks");
            assertThat(CallGraph.capture(sleeper, Integer.MIN_VALUE).callStack())
                    .isEqualTo(graph.callStack());
            assertThat(CallGraph.capture(sleeper, 0).callStack()).isEmpty();
            assertThat(CallGraph.capture(EventLoop.current().createFuture()).callStack())
                    .isEmpty();
        });
    }

    @Test
    @DisplayName("without an argument it is about the current task; in a callback and outside of loops there is none")
    void currentTask() {
        assertThat(CallGraph.capture()).isNull();
        assertThat(CallGraph.format()).isEmpty();
        loops.run(() -> {
            CallGraph own = CallGraph.capture();
            assertThat(own).isNotNull();
            assertThat(own.future()).isSameAs(Async.currentTask());
            assertThat(methods(own)).first().asString().startsWith("lambda$currentTask");
            assertThat(CallGraph.capture(1))
                    .isNotNull()
                    .satisfies(graph -> assertThat(graph.callStack()).hasSize(1));
            List<CallGraph> seen = new ArrayList<>();
            EventLoop.current().callSoon(() -> seen.add(CallGraph.capture()));
            Async.yieldNow();
            assertThat(seen).hasSize(1).containsOnlyNulls();
        });
    }

    @Test
    @DisplayName("a ring of tasks ends where it meets itself")
    void rings() {
        loops.run(() -> {
            List<Task<?>> ring = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int next = (i + 1) % 3;
                ring.add(Async.createTask("t" + i, () -> ring.get(next).await()));
            }
            Async.yieldNow();
            assertThat(shape(CallGraph.capture(ring.get(0)))).isEqualTo("t0[t2[t1[t0]]]");
            assertThat(CallGraph.format(ring.get(0))).containsOnlyOnce("t1").containsOnlyOnce("t2");
            ring.get(0).cancel();
        });
    }

    @Test
    @DisplayName("a chain of 20,000 tasks is walked and told without running out of stack")
    void longChains() {
        loops.run(() -> {
            LoopFuture<String> future = EventLoop.current().createFuture();
            LoopFuture<?> end = future;
            for (int i = 0; i < 20_000; i++) {
                LoopFuture<?> next = end;
                end = Async.createTask(() -> next.await());
            }
            Async.yieldNow();
            assertThat(CallGraph.format(future, 0).lines().count()).isEqualTo(20_001 + 20_000);
            future.setResult("");
            end.await();
        });
    }

    @Test
    @DisplayName("the text names each one, its stack, and who waits for it, further in")
    void text() {
        loops.run(() -> {
            Task<?> sleeper = Async.createTask("sleeper", () -> nap());
            Task<?> waiter = Async.createTask("waiter", () -> sleeper.await());
            Async.yieldNow();
            List<String> lines = CallGraph.format(sleeper, 1).lines().toList();
            assertThat(lines).hasSize(7);
            assertThat(lines.get(0)).isEqualTo("* sleeper[pending]");
            assertThat(lines.get(1)).isEqualTo("  + call stack:");
            assertThat(lines.get(2)).startsWith("  |   at ").contains("io.loomloop.Async.sleep(Async.java:");
            assertThat(lines.get(3)).isEqualTo("  + awaited by:");
            assertThat(lines.get(4)).isEqualTo("    * waiter[pending]");
            assertThat(lines.get(5)).isEqualTo("      + call stack:");
            assertThat(lines.get(6)).startsWith("      |   at ").contains("CallGraphTest.lambda$text");
            waiter.cancel();
        });
    }

    @Test
    @DisplayName("it may be asked for from any thread, of a loop that runs, does not run yet, or is closed")
    void fromOutside() {
        EventLoop loop = loops.start();
        LoopFuture<String> future = loop.createFuture();
        Task<?> waiter = loop.createTask("waiter", () -> future.await());
        Loops.Waiting.until(
                "the task waits", () -> shape(CallGraph.capture(future)).equals("future[waiter]"));
        assertThat(methods(CallGraph.capture(waiter)))
                .singleElement()
                .asString()
                .startsWith("lambda$fromOutside");
        loop.close();
        assertThat(shape(CallGraph.capture(waiter))).isEqualTo("waiter");
        EventLoop idle = loops.open();
        Task<?> unbegun = idle.createTask("unbegun", () -> {});
        assertThat(CallGraph.capture(unbegun).callStack()).isEmpty();
    }
}
