package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancelling along chains and rings of tasks, and from other threads. */
class CancelChainTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("row 21: a chain of 100,000 tasks is cancelled from its outer end, without deep recursion")
    void longChains() {
        loops.run(() -> {
            LoopFuture<String> innermost = EventLoop.current().createFuture();
            List<Task<String>> chain = chain(innermost, 100_000);
            chain.get(chain.size() - 1).cancel("all of it");
            assertThat(innermost.isCancelled()).isTrue();
            assertThat(catchThrowable(chain.get(chain.size() - 1)::await)).isInstanceOf(CancelledException.class);
            assertThat(chain.stream().allMatch(Task::isCancelled)).isTrue();
        });
    }

    @Test
    @DisplayName("a result goes up a chain of 20,000 tasks, without deep recursion")
    void resultsOfLongChains() {
        loops.run(() -> {
            LoopFuture<String> innermost = EventLoop.current().createFuture();
            List<Task<String>> chain = chain(innermost, 20_000);
            innermost.setResult("result");
            assertThat(chain.get(chain.size() - 1).await()).isEqualTo("result");
        });
    }

    private static List<Task<String>> chain(LoopFuture<String> innermost, int length) {
        List<Task<String>> chain = new ArrayList<>();
        LoopFuture<String> next = innermost;
        for (int i = 0; i < length; i++) {
            LoopFuture<String> awaited = next;
            Task<String> task = Async.createTask(awaited::await);
            chain.add(task);
            next = task;
        }
        Async.yieldNow();
        return chain;
    }

    @Test
    @DisplayName(
            "tasks that wait for each other in a ring are set free by cancelling one of them, and count one request each")
    void rings() {
        loops.run(() -> {
            for (int size : new int[] {2, 3, 10}) {
                List<Task<?>> ring = ring(size);
                assertThat(ring.get(0).cancel("break it")).isTrue();
                for (Task<?> task : ring) {
                    assertThat(catchThrowable(task::await))
                            .isInstanceOf(CancelledException.class)
                            .hasMessage("break it");
                    assertThat(task.isCancelled()).isTrue();
                    assertThat(task.cancelling()).isEqualTo(1);
                }
            }
        });
    }

    @Test
    @DisplayName("a task that waits for a ring is cancelled with it")
    void aTailOfARing() {
        loops.run(() -> {
            List<Task<?>> ring = ring(3);
            Task<?> tail = Async.createTask(() -> ring.get(1).await());
            Async.yieldNow();
            tail.cancel();
            for (Task<?> task : ring) {
                assertThat(catchThrowable(task::await)).isInstanceOf(CancelledException.class);
                assertThat(task.cancelling()).isEqualTo(1);
            }
            assertThat(catchThrowable(tail::await)).isInstanceOf(CancelledException.class);
            assertThat(tail.cancelling()).isEqualTo(1);
        });
    }

    private static List<Task<?>> ring(int size) {
        List<Task<?>> ring = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int next = (i + 1) % size;
            ring.add(Async.createTask(() -> ring.get(next).await()));
        }
        Async.yieldNow();
        return ring;
    }

    @Test
    @DisplayName("cancel from another thread: the task is woken, told once, and the message arrives")
    void cancelFromAnotherThread() {
        EventLoop loop = loops.start();
        for (int i = 0; i < 500; i++) {
            LoopFuture<String> never = loop.createFuture();
            AtomicInteger told = new AtomicInteger();
            Task<?> task = loop.createTask(() -> {
                try {
                    never.await();
                } catch (CancelledException e) {
                    told.incrementAndGet();
                    Async.yieldNow();
                    Async.sleep(Duration.ofNanos(1));
                    throw e;
                }
            });
            if (i % 2 == 0) {
                Loops.Waiting.until("the task waits", () -> task.stack().length > 0);
            }
            assertThat(task.cancel("from outside " + i)).isTrue();
            assertThat(task.cancelling()).isEqualTo(1);
            assertThat(catchThrowable(task::await))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("from outside " + i);
            assertThat(told.get()).isLessThanOrEqualTo(1);
            assertThat(task.isCancelled()).isTrue();
        }
    }

    @Test
    @DisplayName("uncancel from the thread that cancelled may withdraw the request; either way the task ends properly")
    void cancelAndUncancelFromAnotherThread() {
        EventLoop loop = loops.start();
        for (int i = 0; i < 500; i++) {
            Task<String> task = loop.createTask(() -> {
                try {
                    Async.sleep(Duration.ofMillis(1));
                    Async.yieldNow();
                    return "finished";
                } catch (CancelledException e) {
                    return "told";
                }
            });
            task.cancel();
            task.uncancel();
            String outcome = catchThrowable(task::await) == null ? task.result() : "never begun";
            assertThat(outcome).isIn("finished", "told", "never begun");
        }
    }

    @Test
    @DisplayName("cancelling a task that waits for a task of another loop cancels that one too")
    void cancelAcrossLoops() {
        EventLoop other = loops.start();
        loops.run(() -> {
            Task<?> foreign = other.createTask(() -> Async.sleep(Duration.ofDays(1)));
            Task<?> local = Async.createTask(() -> foreign.await());
            Async.yieldNow();
            local.cancel("across");
            assertThat(catchThrowable(local::await))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("across");
            assertThat(catchThrowable(foreign::await)).isInstanceOf(CancelledException.class);
        });
    }

    @Test
    @DisplayName("tasks of two loops that wait for each other are set free by cancelling one of them")
    void aRingAcrossLoops() {
        EventLoop first = loops.start();
        EventLoop second = loops.start();
        LoopFuture<String> bothExist = first.createFuture();
        Task<?>[] tasks = new Task<?>[2];
        tasks[0] = first.createTask(() -> {
            bothExist.await();
            tasks[1].await();
        });
        tasks[1] = second.createTask(() -> tasks[0].await());
        bothExist.setResult("");
        Task<?> a = tasks[0];
        Task<?> b = tasks[1];
        Loops.Waiting.until("both wait", () -> waitsForTask(a) && waitsForTask(b));
        a.cancel("break it");
        assertThat(catchThrowable(a::await)).isInstanceOf(CancelledException.class);
        assertThat(catchThrowable(b::await)).isInstanceOf(CancelledException.class);
    }

    private static boolean waitsForTask(Task<?> task) {
        return ((TaskThread<?>) task).awaiting instanceof Task<?>;
    }
}
