package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The executor of a loop: execute and submit, from everywhere. */
class ExecutorSubmitTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private EventLoop loop;
    private ScheduledExecutorService executor;

    @BeforeEach
    void start() {
        loop = loops.start();
        executor = loop.executor();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("execute runs the command")
    void execute(Places place) throws Exception {
        CountDownLatch ran = new CountDownLatch(1);
        place.run(loop, () -> {
            executor.execute(ran::countDown);
            ran.await();
        });
        assertThat(ran.getCount()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("submit of a Callable: get waits for the result, which may be null")
    void submitCallable(Places place) throws Exception {
        place.run(loop, () -> {
            assertThat(executor.submit(() -> "result").get()).isEqualTo("result");
            assertThat(executor.submit(() -> (Object) null).get()).isNull();
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("submit of a Runnable: get gives null, or the value that came with it")
    void submitRunnable(Places place) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        place.run(loop, () -> {
            Future<?> plain = executor.submit((Runnable) runs::incrementAndGet);
            assertThat((Object) plain.get()).isNull();
            assertThat(executor.submit(runs::incrementAndGet, "value").get()).isEqualTo("value");
        });
        assertThat(runs).hasValue(2);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what the work throws is the cause of an ExecutionException, the same instance")
    void failures(Places place) throws Exception {
        place.run(loop, () -> {
            for (Throwable failure : List.of(
                    new IOException("checked"),
                    new IllegalStateException("unchecked"),
                    new StackOverflowError("error"))) {
                Future<?> future = executor.submit((Callable<Object>) () -> {
                    throw Sneaky.sneaky(failure);
                });
                assertThatThrownBy(future::get)
                        .isInstanceOf(ExecutionException.class)
                        .cause()
                        .isSameAs(failure);
            }
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("get with a limit gives up with TimeoutException, and the work goes on")
    void timedGet(Places place) throws Exception {
        place.run(loop, () -> {
            CountDownLatch gate = new CountDownLatch(1);
            Future<String> future = executor.submit(() -> {
                gate.await();
                return "late";
            });
            assertThatThrownBy(() -> future.get(1, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> future.get(0, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> future.get(-1, TimeUnit.DAYS)).isInstanceOf(TimeoutException.class);
            assertThat(future.isDone()).isFalse();
            gate.countDown();
            assertThat(future.get(20, TimeUnit.SECONDS)).isEqualTo("late");
        });
    }

    @Test
    @DisplayName("each submission is a task of the loop: a virtual thread, on the loop, that knows so")
    void submissionsAreTasks() throws Exception {
        Future<Thread> thread = executor.submit(() -> {
            assertThat(EventLoop.current()).isSameAs(loop);
            assertThat(Async.currentTask().thread()).isSameAs(Thread.currentThread());
            return Thread.currentThread();
        });
        assertThat(thread.get().isVirtual()).isTrue();
        assertThat(executor.submit(Thread::currentThread).get()).isNotSameAs(thread.get());
    }

    @Test
    @DisplayName("submissions begin in the order in which they came")
    void order() throws Exception {
        List<Integer> seen = new ArrayList<>();
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            int number = i;
            futures.add(executor.submit(() -> seen.add(number)));
        }
        for (Future<?> future : futures) {
            future.get();
        }
        assertThat(seen).hasSize(1000).isSorted();
    }

    @Test
    @DisplayName("work that blocks parks its task alone: a thousand submissions that wait for each other end")
    void blockingWork() throws Exception {
        CountDownLatch all = new CountDownLatch(1000);
        ReentrantLock lock = new ReentrantLock();
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            futures.add(executor.submit(() -> {
                lock.lock();
                try {
                    all.countDown();
                } finally {
                    lock.unlock();
                }
                all.await();
                return null;
            }));
        }
        for (Future<?> future : futures) {
            assertThat(future.get(20, TimeUnit.SECONDS)).isNull();
        }
    }

    @Test
    @DisplayName("five hundred submissions that sleep 50 ms each end in less than 2 s, on one thread")
    void sleepers() throws Exception {
        long begun = loop.time();
        List<Future<?>> futures = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            futures.add(executor.submit(() -> {
                Thread.sleep(50); // reason: the blocking code of somebody else
                return null;
            }));
        }
        for (Future<?> future : futures) {
            future.get();
        }
        assertThat(loop.time() - begun).isLessThan(TimeUnit.SECONDS.toNanos(2));
        assertThat(Loops.threadsOf(loop)).containsExactly(loop.name());
    }

    @Test
    @DisplayName("an executor that is forgotten without a shutdown is garbage once its work is done")
    void forgotten() throws Exception {
        // Many times, because ends that race are where something of it may stay behind.
        for (int i = 0; i < 30; i++) {
            WeakReference<ScheduledExecutorService> remains = useAndForget();
            Loops.Waiting.until("it is garbage", () -> {
                System.gc();
                return remains.refersTo(null);
            });
        }
    }

    private WeakReference<ScheduledExecutorService> useAndForget() throws Exception {
        ScheduledExecutorService used = loop.executor();
        used.submit(() -> {}).get();
        used.schedule(() -> {}, 1, TimeUnit.DAYS).cancel(false);
        loop.createTask(Async::yieldNow).await();
        return new WeakReference<>(used);
    }

    @Test
    @DisplayName("a submission may wait for another one, at any depth")
    void nested() throws Exception {
        assertThat(executor.submit(() -> fibonacci(10)).get()).isEqualTo(55);
    }

    private int fibonacci(int n) throws Exception {
        if (n < 2) {
            return n;
        }
        Future<Integer> other = executor.submit(() -> fibonacci(n - 2));
        return fibonacci(n - 1) + other.get();
    }

    @Test
    @DisplayName("what was done before a submission is visible to it, and what it did to whoever got its result")
    void memoryEffects() throws Exception {
        int[] plain = new int[1];
        for (int i = 0; i < 2000; i++) {
            plain[0] = i;
            int expected = i;
            executor.submit(() -> {
                        assertThat(plain[0]).isEqualTo(expected);
                        plain[0]++;
                    })
                    .get();
            assertThat(plain[0]).isEqualTo(i + 1);
        }
    }

    @Test
    @DisplayName("null is refused by execute and submit with NullPointerException, before and after a shutdown")
    void nulls() {
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> executor.execute(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.submit((Runnable) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.submit((Callable<?>) null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> executor.submit(null, "")).isInstanceOf(NullPointerException.class);
            executor.shutdown();
        }
    }

    @Test
    @DisplayName("get with a null unit is refused")
    void nullUnit() {
        Future<String> future = executor.submit(() -> "");
        assertThatThrownBy(() -> future.get(1, null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    @DisplayName(
            "an exception of a command given to execute goes to the loop's exception handler, and the loop goes on")
    void uncaught() throws Exception {
        IllegalStateException failure = new IllegalStateException("uncaught");
        executor.execute(() -> {
            throw failure;
        });
        ErrorContext told = loops.awaitFailure();
        assertThat(told.exception()).isSameAs(failure);
        assertThat(told.message()).contains("execute").contains("LoopExecutor");
        assertThat(told.future()).isInstanceOf(Task.class);
        assertThat(executor.submit(() -> "goes on").get()).isEqualTo("goes on");
    }

    @Test
    @DisplayName("a name is the name of the tasks, and is in toString")
    void names() throws Exception {
        ScheduledExecutorService named = loop.executor("web");
        Callable<String> name =
                () -> Thread.currentThread().getName() + Async.currentTask().name();
        assertThat(named.submit(name).get()).isEqualTo("web-1web-1");
        assertThat(named.schedule(name, 0, TimeUnit.DAYS).get()).isEqualTo("web-2web-2");
        assertThat(named.toString()).contains("web", "running", loop.name());
        assertThat(executor.submit(name).get()).contains("Task-");
    }

    @Test
    @DisplayName(
            "a submission runs in a copy of the submitter's context, a delayed one and each run of a periodic one too")
    void contexts() throws Exception {
        ContextVar<String> var = ContextVar.of("who");
        loop.createTask(() -> {
                    var.set("submitter");
                    Callable<String> who = () -> {
                        String seen = var.get();
                        var.set("changed");
                        return seen;
                    };
                    Future<String> now = executor.submit(who);
                    Future<String> later = executor.schedule(who, 1, TimeUnit.MILLISECONDS);
                    List<String> seen = new ArrayList<>();
                    CountDownLatch three = new CountDownLatch(3);
                    Future<?> periodic = executor.scheduleAtFixedRate(
                            () -> {
                                seen.add(Sneaky.call(who));
                                three.countDown();
                            },
                            1,
                            1,
                            TimeUnit.MILLISECONDS);
                    var.set("later");
                    three.await();
                    periodic.cancel(false);
                    assertThat(now.get()).isEqualTo("submitter");
                    assertThat(later.get()).isEqualTo("submitter");
                    assertThat(seen.subList(0, 3)).containsOnly("submitter");
                    assertThat(var.get()).isEqualTo("later");
                })
                .await();
    }

    @Test
    @DisplayName("the task factory has a say in submissions; where it fails, the submitter hears of it")
    void taskFactories() throws Exception {
        AtomicInteger made = new AtomicInteger();
        loop.setTaskFactory((l, options, body, creator) -> {
            made.incrementAndGet();
            return creator.createTask(options.withEagerStart(true), body);
        });
        assertThat(loop.createTask(() -> executor.submit(() -> "eager").resultNow())
                        .await())
                .isEqualTo("eager");
        assertThat(made).hasValue(2);
        loop.setTaskFactory((l, options, body, creator) -> {
            throw new IllegalArgumentException("no more");
        });
        assertThatThrownBy(() -> executor.submit(() -> "")).hasMessage("no more");
        assertThatThrownBy(() ->
                        executor.schedule(() -> "", 1, TimeUnit.MILLISECONDS).get())
                .hasRootCauseMessage("no more");
        executor.shutdown();
        assertThat(executor.isTerminated()).isTrue();
    }

    @Test
    @DisplayName("ExecutorCompletionService takes results as they come")
    void completionService() throws Exception {
        ExecutorCompletionService<String> service = new ExecutorCompletionService<>(executor);
        CountDownLatch gate = new CountDownLatch(1);
        Future<String> slow = service.submit(() -> {
            gate.await();
            return "slow";
        });
        Future<String> fast = service.submit(() -> "fast");
        assertThat(service.take()).isSameAs(fast);
        gate.countDown();
        assertThat(service.take()).isSameAs(slow);
        assertThat(service.poll()).isNull();
        Future<String> cancelled = service.submit(() -> Async.sleep(java.time.Duration.ofDays(1), ""));
        executor.submit(() -> {}).get();
        cancelled.cancel(true);
        assertThat(service.take().isCancelled()).isTrue();
    }

    @Test
    @DisplayName("CompletableFuture's async methods run on it")
    void completableFutures() {
        assertThat(CompletableFuture.supplyAsync(EventLoop::current, executor)
                        .thenApplyAsync(seen -> seen == EventLoop.current(), executor)
                        .join())
                .isTrue();
        assertThatThrownBy(() -> CompletableFuture.runAsync(
                                () -> {
                                    throw new IllegalStateException("async");
                                },
                                executor)
                        .join())
                .hasRootCauseMessage("async");
    }

    @Test
    @DisplayName("the wrappers of Executors do")
    void wrappers() throws Exception {
        assertThat(Executors.unconfigurableExecutorService(executor)
                        .submit(() -> "one")
                        .get())
                .isEqualTo("one");
        assertThat(Executors.unconfigurableScheduledExecutorService(executor)
                        .schedule(() -> "two", 1, TimeUnit.MILLISECONDS)
                        .get())
                .isEqualTo("two");
        assertThat(executor.submit(Executors.callable(() -> {}, "three")).get()).isEqualTo("three");
    }
}
