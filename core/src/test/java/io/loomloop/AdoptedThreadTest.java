package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Virtual threads that user code starts inside a task or a callback: they run on the loop as well. */
class AdoptedThreadTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("Thread.startVirtualThread inside a task runs on the loop, and knows it")
    void startVirtualThread() throws Exception {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Thread thread = Thread.startVirtualThread(() -> {
                assertThat(EventLoop.current()).isSameAs(loop);
                assertThat(loop.isCurrent()).isTrue();
                assertThatThrownBy(Async::currentTask).isInstanceOf(IllegalStateException.class);
                Async.sleep(Duration.ofMillis(1));
                Async.yieldNow();
                seen.add("adopted");
            });
            thread.join();
            assertThat(seen).containsExactly("adopted");
        });
    }

    @Test
    @DisplayName("an executor of virtual threads inside a task runs on the loop, locks and all")
    void executorOfVirtualThreads() throws Exception {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            ReentrantLock lock = new ReentrantLock();
            int[] counter = new int[1];
            List<Future<EventLoop>> results = new ArrayList<>();
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 100; i++) {
                    results.add(executor.submit(() -> {
                        lock.lock();
                        try {
                            Async.sleep(Duration.ofMillis(1));
                            counter[0]++;
                            return EventLoop.current();
                        } finally {
                            lock.unlock();
                        }
                    }));
                }
                for (Future<EventLoop> result : results) {
                    assertThat(Async.await(result)).isSameAs(loop);
                }
            }
            assertThat(counter[0]).isEqualTo(100);
        });
    }

    @Test
    @DisplayName(
            "StructuredTaskScope inside a task forks on the loop, on a JDK where it is no preview, and in any shape")
    void structuredTaskScope() throws Exception {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            Callable<EventLoop> work = () -> {
                Async.sleep(Duration.ofMillis(1));
                return EventLoop.current();
            };
            EventLoop seenInside = StructuredScopes.fork(work);
            assertThat(seenInside).isIn(loop, null);
        });
    }

    @Test
    @DisplayName("an adopted thread may create tasks, await them, and complete futures")
    void adoptedThreadsUseTheLoop() throws Exception {
        loops.run(() -> {
            LoopFuture<String> done = EventLoop.current().createFuture();
            Thread thread = Thread.startVirtualThread(() -> {
                Task<String> task = Async.createTask(() -> Async.sleep(Duration.ofSeconds(1), "result"));
                done.setResult(task.await());
            });
            assertThat(done.await()).isEqualTo("result");
            thread.join();
        });
    }

    @Test
    @DisplayName("a thread started in a callback, or in an adopted thread, is adopted too")
    void adoptedByCallbacksAndThreads() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<EventLoop> inner = loop.createFuture();
            loop.callSoon(() -> Thread.startVirtualThread(() -> {
                Thread.yield();
                Thread.startVirtualThread(() -> inner.setResult(EventLoop.current()));
            }));
            assertThat(inner.await()).isSameAs(loop);
        });
    }

    @Test
    @DisplayName("an adopted thread cannot close the loop, nor run it")
    void adoptedThreadsAreInside() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<List<Throwable>> thrown = loop.createFuture();
            Thread.startVirtualThread(
                    () -> thrown.setResult(List.of(catchThrowable(loop::close), catchThrowable(loop::runForever))));
            assertThat(thrown.await()).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
        });
    }

    @Test
    @DisplayName(
            "an adopted thread that outlives its task goes on on the loop; one that outlives the loop goes on elsewhere")
    void outliving() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch over = new CountDownLatch(1);
        Thread thread = loops.run(() -> {
            LoopFuture<String> outlivedTheTask = EventLoop.current().createFuture();
            Task<Thread> starter = Async.createTask(() -> Thread.startVirtualThread(() -> {
                outlivedTheTask.await();
                seen.add("outlived the task");
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    seen.add("interrupted");
                }
                seen.add("outlived the loop");
                seen.add("current: " + (catchThrowable(EventLoop::current) == null));
                over.countDown();
            }));
            Thread started = starter.await();
            Async.yieldNow();
            outlivedTheTask.setResult("");
            Async.yieldNow();
            Async.yieldNow();
            return started;
        });
        assertThat(seen).containsExactly("outlived the task");
        assertThat(thread.isAlive()).isTrue();
        gate.countDown();
        over.await();
        thread.join();
        assertThat(seen).containsExactly("outlived the task", "outlived the loop", "current: false");
    }

    @Test
    @DisplayName("a virtual thread of the JDK's own scheduler is not adopted, and may await what a loop does")
    void ordinaryVirtualThreads() throws Exception {
        EventLoop loop = loops.start();
        List<Object> found = java.util.Collections.synchronizedList(new ArrayList<>());
        Thread ordinary = Thread.startVirtualThread(() -> {
            found.add(loop.isCurrent());
            found.add(loop.createTask(() -> "awaited").await());
        });
        ordinary.join();
        assertThat(found).containsExactly(false, "awaited");
    }

    @Test
    @DisplayName("many adopted threads and tasks share the loop fairly: one step each in turn")
    void fairness() throws Exception {
        loops.run(() -> {
            Thread[] threads = new Thread[3];
            for (int i = 0; i < threads.length; i++) {
                int number = i;
                threads[i] = Thread.startVirtualThread(() -> {
                    for (int round = 0; round < 3; round++) {
                        seen.add(round + "" + number);
                        Thread.yield();
                    }
                });
            }
            for (Thread thread : threads) {
                thread.join();
            }
        });
        assertThat(seen).isSorted().hasSize(9);
    }
}
