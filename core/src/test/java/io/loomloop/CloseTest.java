package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The end of a loop. */
class CloseTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();

    @Test
    @DisplayName("close returns even when its last task is over before anybody waits for it")
    void closeDoesNotMissTheEndOfItsLastTask() {
        for (int i = 0; i < 200; i++) {
            EventLoop loop = loops.start();
            loop.close();
            assertThat(loop.isClosed()).isTrue();
        }
    }

    @Test
    @DisplayName("close cancels the tasks that are left, and waits until they have cleaned up")
    void leftoversAreCancelled() {
        EventLoop loop = loops.open();
        Task<?> sleeper = loop.createTask(() -> {
            try {
                Async.sleep(LONG);
            } finally {
                Async.sleep(Duration.ofSeconds(1));
                seen.add("cleaned up");
            }
        });
        Task<?> notBegun = loop.createTask("not begun", () -> {
            loop.createFuture().await();
        });
        loop.runUntilComplete(Async::yieldNow);
        Task<?> never = loop.createTask(() -> {
            seen.add("never");
        });
        loop.close();
        assertThat(seen).containsExactly("cleaned up");
        assertThat(List.of(sleeper, notBegun, never)).allMatch(Task::isCancelled);
        assertThatThrownBy(sleeper::await)
                .isInstanceOf(CancelledException.class)
                .hasMessageContaining("closing");
    }

    @Test
    @DisplayName("run cancels what main leaves behind, and returns when that has ended")
    void runWaitsForLeftovers() {
        String result = loops.run(() -> {
            var unused = Async.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    seen.add("cleaned up");
                }
            });
            Async.yieldNow();
            return "main is over";
        });
        assertThat(result).isEqualTo("main is over");
        assertThat(seen).containsExactly("cleaned up");
    }

    @Test
    @DisplayName("what tasks throw while they die is reported, each with its task")
    void failuresAreReported() {
        EventLoop loop = loops.open();
        List<Task<?>> tasks = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            int number = i;
            tasks.add(loop.createTask(() -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    fail("failure " + number);
                }
            }));
        }
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        List<ErrorContext> failures = loops.takeFailures();
        assertThat(failures).hasSize(3);
        for (int i = 0; i < 3; i++) {
            assertThat(failures.get(i).exception()).hasMessage("failure " + i);
            assertThat(failures.get(i).future()).isSameAs(tasks.get(i));
            assertThat(failures.get(i).message()).contains(tasks.get(i).name()).contains("shutdown");
        }
    }

    private static void fail(String message) throws IOException {
        throw new IOException(message);
    }

    @Test
    @DisplayName("a task that catches its cancellation and returns is waited for, and is no failure")
    void tasksThatReturn() {
        EventLoop loop = loops.open();
        Task<String> stubborn = loop.createTask(() -> {
            try {
                return Async.sleep(LONG, "slept");
            } catch (CancelledException e) {
                return Async.sleep(Duration.ofSeconds(1), "took its time");
            }
        });
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        assertThat(stubborn.result()).isEqualTo("took its time");
    }

    @Test
    @DisplayName("tasks that start others while they die: those are cancelled and awaited as well")
    void tasksThatStartOthers() {
        EventLoop loop = loops.open();
        class Hydra implements VoidBody<RuntimeException> {
            private final int depth;

            Hydra(int depth) {
                this.depth = depth;
            }

            @Override
            public void run() {
                try {
                    Async.sleep(LONG);
                } finally {
                    seen.add("" + depth);
                    if (depth < 5) {
                        Task<?> next = Async.createTask(new Hydra(depth + 1));
                        Async.yieldNow();
                        assertThat(next.isDone()).isFalse();
                    }
                }
            }
        }
        var unused = loop.createTask(new Hydra(0));
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        assertThat(seen).containsExactly("0", "1", "2", "3", "4", "5");
    }

    @Test
    @DisplayName("a dying task that cancels all tasks does not keep the loop from closing")
    void tasksThatCancelEverything() {
        EventLoop loop = loops.open();
        var unused = loop.createTask(() -> {
            try {
                Async.sleep(LONG);
            } finally {
                loop.tasks().forEach(task -> task.cancel("all of you"));
                assertThatThrownBy(Async::yieldNow).isInstanceOf(CancelledException.class);
                seen.add("cancelled all");
            }
        });
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        assertThat(seen).containsExactly("cancelled all");
    }

    @Test
    @DisplayName("a dying task that stops the loop does not keep it from closing")
    void tasksThatStop() {
        EventLoop loop = loops.start();
        Task<?> task = loop.createTask(() -> {
            try {
                Async.sleep(LONG);
            } finally {
                loop.stop();
                Async.sleep(Duration.ofMillis(1));
                loop.stop();
                seen.add("stopped twice");
            }
        });
        Loops.Waiting.until("the task sleeps", () -> loop.statistics().timers() == 1);
        loop.close();
        assertThat(task.isCancelled()).isTrue();
        assertThat(seen).containsExactly("stopped twice");
    }

    @Test
    @DisplayName("callbacks of what ends last still run; callbacks and timers that are left are cancelled")
    void lastCallbacks() {
        EventLoop loop = loops.open();
        Task<?> task = loop.createTask(() -> Async.sleep(LONG));
        task.addDoneCallback(done -> seen.add("done: " + done.isCancelled()));
        TimerHandle timer = loop.callLater(Duration.ofDays(2), () -> seen.add("never"));
        Runnable forEver = new Runnable() {
            @Override
            public void run() {
                loop.callSoon(this);
            }
        };
        loop.callSoon(forEver);
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        assertThat(seen).containsExactly("done: true");
        assertThat(timer.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("tasks that callbacks start while the loop closes, long after it began to, are cancelled as well")
    void tasksOfLastCallbacks() {
        EventLoop loop = loops.open();
        List<Task<?>> tasks = new ArrayList<>();
        Runnable manyTimes = new Runnable() {
            @Override
            public void run() {
                tasks.add(loop.createTask(() -> {
                    loop.createFuture().await();
                }));
                if (tasks.size() < 300) {
                    loop.callSoon(this);
                }
            }
        };
        loop.callSoon(manyTimes);
        loop.runUntilComplete(Async::yieldNow);
        loop.close();
        assertThat(tasks).hasSize(300).allMatch(Task::isCancelled);
    }

    @Test
    @DisplayName("row 6: close from inside fails and says what to do instead, and the loop goes on")
    void closeFromInside() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            assertThatThrownBy(loop::close)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("main task");
            LoopFuture<Throwable> inCallback = loop.createFuture();
            loop.callSoon(() -> inCallback.setResult(catchThrowable(loop::close)));
            assertThat(inCallback.await()).isInstanceOf(IllegalStateException.class);
            assertThat(loop.isClosed()).isFalse();
        });
    }

    @Test
    @DisplayName("row 6: close while another thread runs the loop fails, and that run goes on")
    void closeWhileRunning() throws Exception {
        EventLoop loop = loops.open();
        CountDownLatch running = new CountDownLatch(1);
        loop.callSoon(running::countDown);
        FutureTask<Void> runner = new FutureTask<>(loop::runForever, null);
        Thread.ofPlatform().start(runner);
        running.await();
        assertThatThrownBy(loop::close).isInstanceOf(IllegalStateException.class);
        assertThat(loop.isRunning()).isTrue();
        loop.stop();
        runner.get();
    }

    @Test
    @DisplayName("row 6: a closed loop refuses work with LoopClosedException that names it, and says so of itself")
    void aClosedLoopRefusesWork() {
        EventLoop loop = loops.open();
        loop.close();
        loop.close();
        assertThat(loop.isClosed()).isTrue();
        assertThat(loop.isRunning()).isFalse();
        assertThat(loop).hasToString("EventLoop[" + loop.name() + ", closed, tasks=0]");
        LoopFuture<String> future = loop.createFuture();
        for (Throwable refusal : Arrays.asList(
                catchThrowable(() -> loop.callSoon(() -> {})),
                catchThrowable(() -> loop.callLater(Duration.ZERO, () -> {})),
                catchThrowable(() -> loop.callAt(0, () -> {})),
                catchThrowable(() -> loop.createTask(() -> {})),
                catchThrowable(() -> loop.createTask("name", () -> "")),
                catchThrowable(() -> loop.runUntilComplete(future)),
                catchThrowable(() -> loop.runUntilComplete(() -> "")),
                catchThrowable(loop::runForever),
                catchThrowable(() -> loop.runInExecutor(() -> "")),
                catchThrowable(() -> loop.runInExecutor(Runnable::run, () -> "")))) {
            assertThat(refusal).isInstanceOf(LoopClosedException.class).hasMessageContaining(loop.name());
        }
        assertThat(loop.tasks()).isEmpty();
        assertThatCode(loop::stop).doesNotThrowAnyException();
        assertThat(loop.time()).isNotNegative();
    }

    @Test
    @DisplayName("close may be called by several threads at once: all return when the loop is closed")
    void concurrentClose() throws Exception {
        for (int i = 0; i < 50; i++) {
            EventLoop loop = loops.start();
            var unused = loop.createTask(() -> Async.sleep(LONG));
            List<FutureTask<Boolean>> closers = new ArrayList<>();
            for (int c = 0; c < 3; c++) {
                FutureTask<Boolean> closer = new FutureTask<>(() -> {
                    loop.close();
                    return loop.isClosed();
                });
                closers.add(closer);
                Thread.ofPlatform().start(closer);
            }
            for (FutureTask<Boolean> closer : closers) {
                assertThat(closer.get()).isTrue();
            }
        }
    }

    @Test
    @DisplayName("a task of one loop may close another")
    void closeByATaskOfAnotherLoop() {
        EventLoop other = loops.start();
        Task<?> victim = other.createTask(() -> Async.sleep(LONG));
        loops.run(() -> other.close());
        assertThat(other.isClosed()).isTrue();
        assertThat(victim.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("close cannot be interrupted: it ends its work, and the flag stays set")
    void closeIgnoresInterrupts() {
        EventLoop loop = loops.start();
        var unused = loop.createTask(() -> {
            try {
                Async.sleep(LONG);
            } finally {
                Async.sleep(Duration.ofMillis(20));
                seen.add("cleaned up");
            }
        });
        Loops.Waiting.until("the task sleeps", () -> loop.statistics().timers() == 1);
        Thread.currentThread().interrupt();
        loop.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(seen).containsExactly("cleaned up");
        assertThat(loop.isClosed()).isTrue();
    }

    @Test
    @DisplayName("a task that waits in foreign code is interrupted by close")
    void foreignWaits() {
        EventLoop loop = loops.start();
        Task<?> task = loop.createTask(() -> new CountDownLatch(1).await());
        loop.createTask(() -> {}).await();
        loop.close();
        assertThat(task.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("a loop that never ran is closed without a trace")
    void neverRun() {
        EventLoop loop = loops.open();
        Task<?> task = loop.createTask(() -> {
            seen.add("never");
        });
        EventLoop idle = loops.open();
        loop.close();
        idle.close();
        assertThat(task.isCancelled()).isTrue();
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("the driver is closed with the loop, also when the loop never ran")
    void theDriverIsClosed() {
        for (boolean run : new boolean[] {true, false}) {
            ShiftedDriver driver = new ShiftedDriver(0);
            EventLoop loop = loops.open(builder -> builder.driver(driver));
            if (run) {
                loop.runUntilComplete(Async::yieldNow);
            }
            assertThat(driver.isClosed()).isFalse();
            loop.close();
            assertThat(driver.isClosed()).isTrue();
        }
    }

    @Test
    @DisplayName("a loop that cannot close names the tasks it waits for, and closes when they end")
    void closeNamesTheTasks() throws Exception {
        EventLoop loop = loops.start(builder -> builder.closeNotice(Duration.ofMillis(10)));
        CountDownLatch gate = new CountDownLatch(1);
        Task<?> stubborn = loop.createTask("the stubborn one", () -> {
            while (gate.getCount() > 0) {
                try {
                    gate.await();
                } catch (InterruptedException ignored) {
                    // and waits on
                }
            }
        });
        loop.createTask(() -> {}).await();
        try (LogCapture log = new LogCapture()) {
            Thread closer = Thread.ofPlatform().start(loop::close);
            assertThat(log.await("cannot close").getParameters()[1].toString()).contains("the stubborn one");
            gate.countDown();
            closer.join();
        }
        assertThat(stubborn.isDone()).isTrue();
    }
}
