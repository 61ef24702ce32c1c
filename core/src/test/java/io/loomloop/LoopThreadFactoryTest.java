package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Threads from the factory of a loop. */
@SuppressWarnings("FutureReturnValueIgnored") // what was submitted is let go, as users do
class LoopThreadFactoryTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final List<Object> seen = Collections.synchronizedList(new ArrayList<>());
    private EventLoop loop;
    private ThreadFactory factory;

    @BeforeEach
    void start() {
        loop = loops.start();
        factory = loop.threadFactory();
    }

    @Test
    @DisplayName("a thread that sleeps on the loop's clock when the loop closes is told so, and goes on elsewhere")
    void sleepsWhenTheLoopCloses() throws Exception {
        Thread thread = factory.newThread(() -> {
            try {
                Async.sleep(Duration.ofDays(1));
            } catch (CancelledException e) {
                seen.add(e.getMessage());
            }
        });
        thread.start();
        Loops.Waiting.until("it sleeps", () -> loop.statistics().timers() == 1);
        loop.close();
        assertThat(thread.join(Duration.ofSeconds(10))).isTrue();
        assertThat(seen).containsExactly("the event loop is closed");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a thread is virtual, not started, and runs on the loop, whoever starts it")
    void runsOnTheLoop(Places place) throws Exception {
        place.run(loop, () -> {
            Thread thread = factory.newThread(() -> {
                seen.add(EventLoop.current());
                Async.sleep(Duration.ofMillis(1));
                Async.yieldNow();
                seen.add(EventLoop.current());
                assertThatThrownBy(Async::currentTask).isInstanceOf(IllegalStateException.class);
            });
            assertThat(thread.getState()).isEqualTo(Thread.State.NEW);
            assertThat(thread.isVirtual()).isTrue();
            thread.start();
            thread.join();
        });
        assertThat(seen).containsExactly(loop, loop);
    }

    @Test
    @DisplayName("a thread is named if the factory is, with a number")
    void names() {
        ThreadFactory named = loop.threadFactory("web");
        assertThat(named.newThread(() -> {}).getName()).isEqualTo("web-1");
        assertThat(named.newThread(() -> {}).getName()).isEqualTo("web-2");
        assertThat(factory.newThread(() -> {}).getName()).isEmpty();
        assertThat(named.toString()).contains("web", loop.name());
        assertThatThrownBy(() -> factory.newThread(null)).isInstanceOf(NullPointerException.class);
    }

    @Test
    @DisplayName(
            "a thread-per-task executor of such threads: submit, close, and shutdownNow, which interrupts our waits too")
    void threadPerTask() throws Exception {
        try (ExecutorService executor = Executors.newThreadPerTaskExecutor(factory)) {
            assertThat(executor.submit(EventLoop::current).get()).isSameAs(loop);
        }
        ExecutorService executor = Executors.newThreadPerTaskExecutor(factory);
        CountDownLatch begun = new CountDownLatch(2);
        Future<?> ours = executor.submit(() -> {
            begun.countDown();
            Async.sleep(Duration.ofDays(1));
        });
        Future<?> theirs = executor.submit(() -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return null;
        });
        begun.await();
        executor.shutdownNow();
        assertThat(executor.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(ours::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CancelledException.class);
        assertThatThrownBy(theirs::get)
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(InterruptedException.class);
    }

    @Test
    @DisplayName("a thread-per-task executor in a task, with hundreds that block in the JDK")
    void threadPerTaskInATask() {
        loop.createTask(() -> {
                    CountDownLatch all = new CountDownLatch(300);
                    try (ExecutorService executor = Executors.newThreadPerTaskExecutor(factory)) {
                        for (int i = 0; i < 300; i++) {
                            executor.submit(() -> {
                                all.countDown();
                                all.await();
                                return seen.add(EventLoop.current());
                            });
                        }
                    }
                })
                .await();
        assertThat(seen).hasSize(300).containsOnly(loop);
    }

    @Test
    @DisplayName("a thread started inside such a thread runs on the loop as well")
    void threadsInside() throws Exception {
        Thread thread = factory.newThread(() -> Thread.startVirtualThread(() -> seen.add(EventLoop.current())));
        thread.start();
        thread.join();
        Loops.Waiting.until("the inner one has run", () -> seen.size() == 1);
        assertThat(seen).containsExactly(loop);
    }

    @Test
    @DisplayName("what a thread throws goes to the loop's exception handler, or to the thread's own")
    void uncaught() throws Exception {
        Thread thread = factory.newThread(() -> {
            throw new IllegalStateException("uncaught");
        });
        thread.start();
        thread.join();
        assertThat(loops.awaitFailure().exception()).hasMessage("uncaught");
        Thread other = factory.newThread(() -> {
            throw new IllegalStateException("own");
        });
        other.setUncaughtExceptionHandler((t, e) -> seen.add(e.getMessage()));
        other.start();
        other.join();
        assertThat(seen).containsExactly("own");
    }

    @Test
    @DisplayName("an uncaught exception handler that fails is reported as the user's, and the thread ends all the same")
    void failingHandler() throws Exception {
        Thread thread = factory.newThread(() -> {
            throw new IllegalStateException("uncaught");
        });
        thread.setUncaughtExceptionHandler((t, e) -> {
            throw new AssertionError("broken handler", e);
        });
        thread.start();
        thread.join();
        ErrorContext failure = loops.awaitFailure();
        assertThat(failure.message()).contains("uncaught exception handler of a thread");
        assertThat(failure.exception()).hasMessage("broken handler");
    }

    private static final InheritableThreadLocal<String> INHERITABLE = new InheritableThreadLocal<>();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("inheritable thread locals of the maker are there, unless they are not wanted")
    void inheritance(boolean inherits) throws Exception {
        INHERITABLE.set("inherited");
        try {
            Runnable look = () -> seen.add(String.valueOf(INHERITABLE.get()));
            List<ThreadFactory> factories = inherits
                    ? List.of(factory, loop.threadFactory("a"), loop.threadFactory("b", true))
                    : List.of(loop.threadFactory("c", false));
            for (ThreadFactory each : factories) {
                Thread thread = each.newThread(look);
                assertThat(thread.getContextClassLoader())
                        .isSameAs(Thread.currentThread().getContextClassLoader());
                thread.start();
                thread.join();
            }
        } finally {
            INHERITABLE.remove();
        }
        assertThat(seen).containsOnly(inherits ? "inherited" : "null");
    }

    @Test
    @DisplayName("a thread begins with a copy of its maker's context")
    void contexts() throws Exception {
        ContextVar<String> var = ContextVar.of("who");
        loop.createTask(() -> {
                    var.set("maker");
                    Thread thread = factory.newThread(() -> {
                        seen.add(var.get());
                        var.set("changed");
                    });
                    var.set("later");
                    thread.start();
                    thread.join();
                    seen.add(var.get());
                })
                .await();
        assertThat(seen).containsExactly("maker", "later");
    }

    @Test
    @DisplayName("a closed loop makes no threads, and those it made cannot be started any more; both say why")
    void closed() {
        Thread early = factory.newThread(() -> seen.add("ran"));
        loop.close();
        assertThatThrownBy(() -> factory.newThread(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(early::start)
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("closed");
        ExecutorService executor = Executors.newThreadPerTaskExecutor(factory);
        assertThatThrownBy(() -> executor.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        executor.shutdown();
        assertThat(executor.isTerminated()).isTrue();
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a thread that outlives the loop goes on elsewhere, and ends")
    void outliving() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch begun = new CountDownLatch(1);
        Thread thread = factory.newThread(() -> {
            begun.countDown();
            try {
                gate.await();
                seen.add("went on");
            } catch (InterruptedException e) {
                seen.add(e);
            }
        });
        thread.start();
        begun.await();
        loop.close();
        gate.countDown();
        thread.join();
        assertThat(seen).containsExactly("went on");
    }

    @Test
    @DisplayName("started against the closing of the loop, a thread is refused or runs to its end")
    void startAgainstClose() throws Exception {
        for (int round = 0; round < 20; round++) {
            EventLoop closing = loops.start();
            ThreadFactory threads = closing.threadFactory();
            ConcurrentLinkedQueue<Thread> started = new ConcurrentLinkedQueue<>();
            Thread starter = Thread.ofPlatform().start(() -> {
                try {
                    for (; ; ) {
                        Thread thread = threads.newThread(() -> seen.add("ran"));
                        thread.start();
                        started.add(thread);
                    }
                } catch (RejectedExecutionException e) {
                    // that is the end of it
                }
            });
            Loops.Waiting.until("some have been started", () -> started.size() > 2);
            closing.close();
            starter.join();
            for (Thread thread : started) {
                assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
            }
            assertThat(seen).hasSize(started.size());
            seen.clear();
        }
    }

    @Test
    @DisplayName("while the loop closes, its tasks may still start threads, and nobody else")
    void startWhileClosing() throws Exception {
        EventLoop closing = loops.start();
        ThreadFactory threads = closing.threadFactory();
        CompletableFuture<String> goOn = new CompletableFuture<>();
        CountDownLatch cleaning = new CountDownLatch(1);
        Task<?> task = closing.createTask(() -> {
            try {
                Async.sleep(Duration.ofDays(1));
            } finally {
                cleaning.countDown();
                Async.await(goOn);
                Thread inner = threads.newThread(() -> seen.add("cleaned up"));
                inner.start();
                inner.join();
            }
        });
        Loops.Waiting.until("it sleeps", () -> closing.statistics().timers() > 0);
        Thread closer = Thread.ofPlatform().start(closing::close);
        cleaning.await();
        assertThatThrownBy(() -> threads.newThread(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("being closed");
        goOn.complete("now");
        closer.join();
        assertThat(seen).containsExactly("cleaned up");
        assertThat(task.isDone()).isTrue();
    }

    @Test
    @DisplayName("row 12: such a thread that holds the loop is logged with its name and its stack")
    void watchdog() throws Exception {
        try (LogCapture log = new LogCapture()) {
            EventLoop watched = loops.start(builder -> builder.slowStepThreshold(Duration.ofMillis(10)));
            Thread thread = watched.threadFactory("culprit").newThread(this::holdTheLoop);
            thread.start();
            assertThat(log.await("holdTheLoop").getMessage())
                    .contains("thread 'culprit-1'")
                    .contains("holds the event loop");
            seen.add("free");
            thread.join();
        }
    }

    private void holdTheLoop() {
        while (seen.isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
