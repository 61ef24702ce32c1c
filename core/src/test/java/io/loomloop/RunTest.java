package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.testing.VirtualTimeDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Running a program, and running a loop until something is done. */
class RunTest {
    @RegisterExtension
    final Loops loops = new Loops();

    @Test
    @DisplayName("run returns what main returns, null included")
    void runReturnsTheResult() {
        String result = EventLoop.run(() -> "result");
        Object nothing = EventLoop.run(() -> (Object) null);
        assertThat(result).isEqualTo("result");
        assertThat(nothing).isNull();
    }

    @Test
    @DisplayName("run throws what main throws, the same instance, checked ones included")
    void runThrowsTheSameInstance() {
        IOException checked = new IOException("checked");
        IllegalArgumentException unchecked = new IllegalArgumentException("unchecked");
        AssertionError error = new AssertionError("error");
        assertThat(catchThrowable(() -> loops.run(() -> {
                    throw checked;
                })))
                .isSameAs(checked);
        assertThat(catchThrowable(() -> loops.run(() -> {
                    throw unchecked;
                })))
                .isSameAs(unchecked);
        assertThat(catchThrowable(() -> loops.run(() -> {
                    throw error;
                })))
                .isSameAs(error);
    }

    @Test
    @DisplayName("run of a main that was cancelled throws CancelledException with the message")
    void runOfACancelledMain() {
        assertThatThrownBy(() -> loops.run(() -> {
                    Async.currentTask().cancel("enough");
                    Async.yieldNow();
                }))
                .isInstanceOf(CancelledException.class)
                .hasMessage("enough");
    }

    @Test
    @DisplayName("runUntilComplete of a future returns its result, and wraps its checked exception")
    void runUntilCompleteOfAFuture() {
        EventLoop loop = loops.open();
        LoopFuture<String> later = loop.createFuture();
        loop.callLater(Duration.ofHours(1), () -> later.setResult("later"));
        assertThat(loop.runUntilComplete(later)).isEqualTo("later");

        LoopFuture<String> failed = loop.createFuture();
        IOException reason = new IOException("reason");
        loop.callSoon(() -> failed.setException(reason));
        assertThatThrownBy(() -> loop.runUntilComplete(failed))
                .isInstanceOf(CompletionException.class)
                .hasCause(reason);
    }

    @Test
    @DisplayName("runUntilComplete of a future that is done returns after one turn")
    void runUntilCompleteOfADoneFuture() {
        EventLoop loop = loops.open();
        List<String> seen = new ArrayList<>();
        LoopFuture<String> done = loop.createFuture();
        done.setResult("done");
        loop.callSoon(() -> seen.add("turn"));
        assertThat(loop.runUntilComplete(done)).isEqualTo("done");
        assertThat(seen).containsExactly("turn");
    }

    @Test
    @DisplayName("runUntilComplete refuses a future of another loop")
    void runUntilCompleteRefusesAForeignFuture() {
        LoopFuture<String> foreign = loops.open().createFuture();
        EventLoop loop = loops.open();
        assertThatThrownBy(() -> loop.runUntilComplete(foreign))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another loop");
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    @DisplayName("a loop can be run again and again, and keeps its tasks between runs")
    void aLoopCanBeRunAgain() {
        EventLoop loop = loops.open();
        List<Integer> seen = new ArrayList<>();
        Task<?> task = loop.createTask(() -> {
            for (int i = 0; i < 4; i++) {
                seen.add(i);
                Async.sleep(Duration.ofSeconds(2));
            }
        });
        loop.runUntilComplete(() -> Async.sleep(Duration.ofSeconds(3)));
        assertThat(seen).containsExactly(0, 1);
        assertThat(loop.isRunning()).isFalse();
        loop.runUntilComplete(task);
        assertThat(seen).containsExactly(0, 1, 2, 3);
    }

    @Test
    @DisplayName("row 3: after stop the turn under way is finished, and what it asked for stays for the next run")
    void stopFinishesTheTurn() {
        EventLoop loop = loops.open();
        List<String> seen = new ArrayList<>();
        loop.callSoon(() -> {
            loop.stop();
            seen.add("stopped");
            loop.callSoon(() -> seen.add("next"));
        });
        loop.callSoon(() -> seen.add("same turn"));
        loop.runForever();
        assertThat(seen).containsExactly("stopped", "same turn");
        loop.callLater(Duration.ofSeconds(1), loop::stop);
        loop.runForever();
        assertThat(seen).containsExactly("stopped", "same turn", "next");
    }

    @Test
    @DisplayName("row 3: stop before run makes for one turn that does not wait")
    void stopBeforeRun() {
        VirtualTimeDriver driver = VirtualTimeDriver.jumping();
        EventLoop loop = loops.open(builder -> builder.driver(driver));
        List<String> seen = new ArrayList<>();
        loop.callLater(Duration.ofSeconds(1), () -> seen.add("too late"));
        loop.callSoon(() -> seen.add("ready"));
        loop.stop();
        loop.runForever();
        assertThat(seen).containsExactly("ready");
        assertThat(driver.nanoTime()).isZero();
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    @DisplayName("row 3: stop from another thread ends a loop that sleeps")
    void stopFromAnotherThread() throws Exception {
        EventLoop loop = loops.open();
        CountDownLatch running = new CountDownLatch(1);
        loop.callSoon(running::countDown);
        FutureTask<Void> runner = new FutureTask<>(loop::runForever, null);
        Thread.ofPlatform().start(runner);
        running.await();
        loop.stop();
        runner.get();
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    @DisplayName("row 4: a loop stopped before the future is done: IllegalStateException, and the future goes on")
    void stoppedBeforeDone() {
        EventLoop loop = loops.open();
        LoopFuture<String> future = loop.createFuture();
        loop.callSoon(loop::stop);
        assertThatThrownBy(() -> loop.runUntilComplete(future))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("stopped before");
        assertThat(future.isDone()).isFalse();

        // Its completion must not stop the next run any more.
        List<String> seen = new ArrayList<>();
        loop.runUntilComplete(() -> {
            future.setResult("late");
            Async.sleep(Duration.ofSeconds(1));
            seen.add("went on");
        });
        assertThat(seen).containsExactly("went on");
    }

    @Test
    @DisplayName("row 4: a main that fails with an error leaves no stop behind for the next run")
    void noStopIsLeftBehind() {
        EventLoop loop = loops.open();
        assertThatThrownBy(() -> loop.runUntilComplete(() -> {
                    throw new AssertionError("failed");
                }))
                .hasMessage("failed");
        List<String> seen = new ArrayList<>();
        loop.callLater(Duration.ofSeconds(1), () -> seen.add("timer"));
        loop.callLater(Duration.ofSeconds(2), loop::stop);
        loop.runForever();
        assertThat(seen).containsExactly("timer");
    }

    @Test
    @DisplayName("row 5: a loop cannot be run from inside: the call says what to do instead")
    void noNestingOnTheSameLoop() {
        loops.run(() -> {
            EventLoop loop = EventLoop.current();
            LoopFuture<String> future = loop.createFuture();
            assertThatThrownBy(() -> loop.runUntilComplete(future))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("running already");
            assertThatThrownBy(loop::runForever).isInstanceOf(IllegalStateException.class);
            LoopFuture<Throwable> inCallback = loop.createFuture();
            loop.callSoon(() -> inCallback.setResult(catchThrowable(loop::runForever)));
            assertThat(inCallback.await()).isInstanceOf(IllegalStateException.class);
        });
    }

    @Test
    @DisplayName("row 5: a loop that another thread runs cannot be run a second time")
    void noSecondRun() {
        EventLoop loop = loops.start();
        assertThatThrownBy(loop::runForever)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("running already");
        assertThatThrownBy(() -> loop.runUntilComplete(() -> "never")).isInstanceOf(IllegalStateException.class);
        assertThat(loop.statistics().tasksStarted()).isZero();
    }

    @Test
    @DisplayName("row 5: deviation: a task of one loop may run another loop, and its own loop goes on meanwhile")
    void aTaskMayRunAnotherLoop() {
        loops.run(() -> {
            EventLoop outer = EventLoop.current();
            LoopFuture<String> gate = outer.createFuture();
            Task<String> opener = Async.createTask(() -> {
                gate.setResult("opened");
                return "outer went on";
            });
            String inner = loops.run(() -> {
                assertThat(EventLoop.current()).isNotSameAs(outer);
                return gate.await() + loops.run(() -> ", three deep");
            });
            assertThat(inner).isEqualTo("opened, three deep");
            assertThat(opener.await()).isEqualTo("outer went on");
            assertThat(EventLoop.current()).isSameAs(outer);
        });
    }

    @Test
    @DisplayName("cancelling a task that runs another loop cancels that loop's main task")
    void cancelReachesTheNestedLoop() throws Exception {
        List<String> seen = new ArrayList<>();
        loops.run(() -> {
            CountDownLatch inside = new CountDownLatch(1);
            Task<?> outer = Async.createTask(() -> {
                try {
                    EventLoop.run(() -> {
                        inside.countDown();
                        Async.sleep(Duration.ofHours(1));
                    });
                } catch (CancelledException e) {
                    seen.add("inner was cancelled");
                    throw e;
                }
            });
            inside.await();
            outer.cancel();
            assertThatThrownBy(outer::await).isInstanceOf(CancelledException.class);
            assertThat(outer.isCancelled()).isTrue();
        });
        assertThat(seen).containsExactly("inner was cancelled");
    }

    @Test
    @DisplayName(
            "an interrupt of the thread in run cancels main, run returns when main has ended, and the flag stays set")
    void interruptCancelsMain() {
        Thread runner = Thread.currentThread();
        List<String> seen = new ArrayList<>();
        assertThatThrownBy(() -> EventLoop.run(() -> {
                    runner.interrupt();
                    try {
                        Async.sleep(Duration.ofHours(1));
                    } finally {
                        Async.sleep(Duration.ofMillis(1));
                        seen.add("cleaned up");
                    }
                }))
                .isInstanceOf(CancelledException.class)
                .hasMessageContaining("interrupted");
        assertThat(seen).containsExactly("cleaned up");
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    @DisplayName("an interrupt of the thread in runForever stops the loop, and the flag stays set")
    void interruptStopsRunForever() {
        EventLoop loop = loops.open();
        Thread runner = Thread.currentThread();
        loop.callSoon(runner::interrupt);
        loop.runForever();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    @DisplayName("main runs in a virtual thread named after the task, and the loop knows it is current")
    void whereMainRuns() {
        loops.run(() -> {
            Task<?> main = Async.currentTask();
            assertThat(Thread.currentThread().isVirtual()).isTrue();
            assertThat(main.thread()).isSameAs(Thread.currentThread());
            assertThat(main.loop()).isSameAs(EventLoop.current());
            assertThat(EventLoop.current().isCurrent()).isTrue();
            assertThat(EventLoop.current().isRunning()).isTrue();
            assertThat(EventLoop.current().tasks()).hasSize(1).allMatch(task -> task == main);
        });
    }

    @Test
    @DisplayName("outside of a loop there is no current one, and the message says where there is")
    void nothingIsCurrentOutside() {
        EventLoop loop = loops.start();
        assertThat(loop.isCurrent()).isFalse();
        assertThatThrownBy(EventLoop::current)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("from a task or a callback");
        assertThatThrownBy(Async::currentTask).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(Async::yieldNow).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Async.sleep(Duration.ofMillis(1))).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> Async.createTask(() -> 1)).isInstanceOf(IllegalStateException.class);
    }
}
