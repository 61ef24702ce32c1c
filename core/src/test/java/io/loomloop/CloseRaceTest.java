package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.spi.LoopService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The moments in which a loop ends, and who else wants something of it then. */
class CloseRaceTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("a task that a late callback starts while the loop closes does not stay parked for ever")
    void lateTasksEnd() {
        EventLoop loop = loops.start();
        List<Task<?>> late = new ArrayList<>();
        LoopFuture<String> never = loop.createFuture();
        Task<String> leftover = loop.createTask(() -> never.await());
        leftover.addDoneCallback(done -> loop.callSoon(() -> loop.callSoon(() -> loop.callSoon(
                () -> late.add(loop.createTask(() -> loop.createFuture().await()))))));
        loop.close();
        assertThat(late).hasSize(1);
        assertThat(late.get(0).isCancelled()).isTrue();
        assertThat(loop.tasks()).isEmpty();
    }

    @Test
    @DisplayName(
            "a loop closes although another thread brings tasks without a pause, and refuses those it did not accept")
    void floodOfTasks() throws Exception {
        EventLoop loop = loops.start();
        List<Task<?>> accepted = new ArrayList<>();
        List<Throwable> refused = new ArrayList<>();
        CountDownLatch flooding = new CountDownLatch(1_000);
        Thread flood = Thread.ofPlatform().start(() -> {
            while (refused.isEmpty()) {
                try {
                    accepted.add(loop.createTask(() -> loop.createFuture().await()));
                    flooding.countDown();
                } catch (Throwable refusal) {
                    refused.add(refusal);
                }
            }
        });
        flooding.await();
        loop.close();
        flood.join();
        assertThat(refused).singleElement().isInstanceOf(LoopClosedException.class);
        assertThat(accepted).hasSizeGreaterThanOrEqualTo(1_000).allMatch(Task::isCancelled);
        assertThat(loop.tasks()).isEmpty();
    }

    @Test
    @DisplayName("while a loop closes its own tasks may start others, other threads may not")
    void tasksWhileClosing() throws Exception {
        EventLoop loop = loops.start();
        List<Throwable> refused = new ArrayList<>();
        List<String> log = new ArrayList<>();
        Task<?> leftover = loop.createTask(() -> {
            try {
                loop.createFuture().await();
            } finally {
                assertThat(loop.isClosing()).isTrue();
                log.add(loop.createTask(() -> "helped").cancelling() == 0 ? "accepted" : "refused");
                Thread other =
                        Thread.ofPlatform().start(() -> refused.add(catchThrowable(() -> loop.createTask(() -> {}))));
                Async.toThread(() -> other.join());
            }
        });
        loop.createTask(Async::yieldNow).await();
        loop.close();
        assertThat(leftover.isCancelled()).isTrue();
        assertThat(log).containsExactly("accepted");
        assertThat(refused).singleElement().isInstanceOf(LoopClosedException.class);
        assertThat(refused.get(0)).hasMessageContaining("being closed");
    }

    @Test
    @DisplayName("nobody can run a loop between the steps of its close")
    void noRunDuringClose() {
        EventLoop loop = loops.open();
        List<Throwable> refused = new ArrayList<>();
        loop.service(RunsTheLoop.class, l -> new RunsTheLoop(l, refused));
        loop.runUntilComplete(() -> {});
        loop.close();
        assertThat(loop.isClosed()).isTrue();
        assertThat(refused).singleElement().isInstanceOf(LoopClosedException.class);
    }

    @Test
    @DisplayName("threads that try to run a loop while it closes do not keep it from closing")
    void runsRaceTheClose() throws Exception {
        for (int round = 0; round < 20; round++) {
            EventLoop loop = loops.open();
            CountDownLatch running = new CountDownLatch(1);
            loop.service(Slow.class, l -> new Slow());
            Thread runner = Thread.ofPlatform().start(() -> {
                for (; ; ) {
                    try {
                        loop.runUntilComplete(running::countDown);
                    } catch (LoopClosedException closed) {
                        if (loop.isClosed()) {
                            return;
                        }
                    }
                }
            });
            running.await();
            for (boolean closed = false; !closed; ) {
                try {
                    loop.close();
                    closed = true;
                } catch (IllegalStateException alreadyRunning) {
                    assertThat(loop.isClosing()).isFalse(); // it ran just then
                }
            }
            runner.join();
        }
    }

    /** Gives others time to come between. */
    private record Slow() implements LoopService {
        @Override
        public void close() {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private record RunsTheLoop(EventLoop loop, List<Throwable> refused) implements LoopService {
        @Override
        public void close() {
            refused.add(catchThrowable(() -> loop.runUntilComplete(() -> {})));
        }
    }

    @Test
    @DisplayName("an exception handler that closes the loop which is closing is refused")
    void closeFromTheHandlerOfAClose() {
        EventLoop loop = loops.open();
        List<Throwable> refused = new ArrayList<>();
        loop.setExceptionHandler((l, context) -> refused.add(catchThrowable(l::close)));
        loop.service(Failing.class, l -> new Failing());
        loop.runUntilComplete(() -> {});
        loop.close();
        assertThat(refused).singleElement().isInstanceOf(IllegalStateException.class);
    }

    private static final class Failing implements LoopService {
        @Override
        public void close() {
            throw new IllegalStateException("a service that fails to close");
        }
    }

    @Test
    @DisplayName("a failure that nobody asked for is reported when the loop closes")
    void unretrievedAtClose() {
        EventLoop loop = loops.open();
        loop.runUntilComplete(() -> {
            loops.hold(Async.createTask("saver", () -> {
                throw new IllegalStateException("the order was not saved");
            }));
            Async.sleep(Duration.ofSeconds(1));
        });
        loop.close();
        assertThat(loops.takeFailure().message()).contains("saver").contains("not retrieved");
    }

    @Test
    @DisplayName("a failure that refuses to be printed ends neither the callbacks nor the close")
    void unprintableFailure() {
        EventLoop loop = EventLoop.builder().name("unprintable").start();
        loop.callSoon(() -> {
            throw new Unprintable();
        });
        CountDownLatch after = new CountDownLatch(1);
        loop.callSoon(after::countDown);
        assertThat(catchThrowable(after::await)).isNull();
        loop.close();
        assertThat(loop.isClosed()).isTrue();
    }

    private static final class Unprintable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new AssertionError("no message either");
        }
    }

    @Test
    @DisplayName("a cancellation from another thread survives an uncancel at the same time")
    void cancelAgainstUncancel() {
        EventLoop loop = loops.start();
        for (int round = 0; round < 2000; round++) {
            LoopFuture<String> never = loop.createFuture();
            Task<String> task = loop.createTask(() -> {
                Async.currentTask().cancel("own");
                Async.currentTask().uncancel();
                return never.await();
            });
            task.cancel("from outside");
            if (task.cancelling() > 0) {
                assertThatThrownBy(task::await).isInstanceOf(CancelledException.class);
            } else {
                never.setResult("taken back");
                assertThat(task.await()).isEqualTo("taken back");
            }
        }
    }

    @Test
    @DisplayName("a time that cannot be compared with now has passed, or is far away")
    void extremeTimes() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> passed = loop.createFuture();
            loop.callAt(Long.MIN_VALUE, () -> passed.setResult("passed"));
            TimerHandle far = loop.callAt(Long.MAX_VALUE, () -> passed.trySetResult("far"));
            assertThat(passed.await()).isEqualTo("passed");
            assertThat(far.cancel()).isTrue();
        });
    }

    @Test
    @DisplayName("tasks, callbacks and workers see the class loader of whoever made the loop or the task")
    void contextClassLoader() {
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        ClassLoader mine = new ClassLoader(before) {};
        Thread.currentThread().setContextClassLoader(mine);
        try (EventLoop loop = EventLoop.start()) {
            assertThat(loop.createTask(() -> Thread.currentThread().getContextClassLoader())
                                    .await()
                            == mine)
                    .isTrue();
            assertThat(loop.runInExecutor(() -> Thread.currentThread().getContextClassLoader())
                                    .await()
                            == mine)
                    .isTrue();
            LoopFuture<ClassLoader> inCallback = loop.createFuture();
            loop.callSoon(() -> inCallback.setResult(Thread.currentThread().getContextClassLoader()));
            assertThat(inCallback.await() == mine).isTrue();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
