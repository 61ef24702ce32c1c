package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.loomloop.spi.LoopDriver;
import io.loomloop.testing.VirtualTimeDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Programs one after the other on one loop. */
class RunnerTest {
    private static final Duration LONG = Duration.ofDays(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new ArrayList<>();
    private final List<ErrorContext> failures = new ArrayList<>();

    private EventLoop.Builder settings() {
        return EventLoop.builder()
                .driver(VirtualTimeDriver.jumping())
                .slowStepThreshold(Duration.ZERO)
                .exceptionHandler((loop, context) -> failures.add(context));
    }

    @Test
    @DisplayName("all runs of a runner use one loop, which is made when it is first needed and closed at the end")
    void oneLoop() {
        EventLoop loop;
        try (Runner runner = new Runner(settings().name("mine"))) {
            assertThat(runner).hasToString("Runner[no loop yet]");
            loop = runner.run(EventLoop::current);
            assertThat(loop.name()).isEqualTo("mine");
            assertThat(runner.loop()).isSameAs(loop);
            assertThat(runner.<EventLoop, RuntimeException>run(() -> EventLoop.current()))
                    .isSameAs(loop);
            assertThat(loop.isRunning()).isFalse();
            assertThat(runner.toString()).contains("mine");
        }
        assertThat(loop.isClosed()).isTrue();
    }

    @Test
    @DisplayName("loop() makes the loop, with the settings that were given")
    void lazyLoop() {
        try (Runner runner = new Runner(settings().debug(true))) {
            EventLoop loop = runner.loop();
            assertThat(loop.isDebug()).isTrue();
            assertThat(runner.<Boolean, RuntimeException>run(() -> EventLoop.current() == loop))
                    .isTrue();
        }
        try (Runner runner = new Runner()) {
            assertThat(runner.loop().isDebug()).isFalse();
        }
    }

    @Test
    @DisplayName("run returns what main returns, null included, and throws what main throws, the same instance")
    void outcomes() {
        IOException failure = new IOException("oops");
        try (Runner runner = new Runner(settings())) {
            assertThat(runner.<Integer, RuntimeException>run(() -> 42)).isEqualTo(42);
            assertThat(runner.<Object, RuntimeException>run(() -> null)).isNull();
            runner.run(() -> {
                seen.add("void");
            });
            assertThat(catchThrowable(() -> runner.run(() -> {
                        throw failure;
                    })))
                    .isSameAs(failure);
            assertThatThrownBy(() -> runner.run(() -> {
                        Async.currentTask().cancel("enough");
                        Async.yieldNow();
                    }))
                    .isInstanceOf(CancelledException.class)
                    .hasMessage("enough");
            assertThat(runner.<String, RuntimeException>run(() -> "goes on")).isEqualTo("goes on");
        }
        assertThat(seen).containsExactly("void");
    }

    @Test
    @DisplayName("a task that a run leaves behind stands still, goes on in the next run, and is cancelled by close")
    void leftovers() {
        try (Runner runner = new Runner(settings())) {
            Task<?> left = runner.run(() -> {
                return Async.createTask(() -> {
                    try {
                        for (; ; ) {
                            seen.add("tick");
                            Async.sleep(Duration.ofSeconds(1));
                        }
                    } finally {
                        seen.add("cleaned");
                    }
                });
            });
            runner.run(() -> Async.sleep(Duration.ofMillis(1500)));
            assertThat(left.isDone()).isFalse();
            assertThat(seen).containsExactly("tick", "tick");
            runner.run(() -> Async.sleep(Duration.ofSeconds(1)));
            assertThat(seen).containsExactly("tick", "tick", "tick");
        }
        assertThat(seen).containsExactly("tick", "tick", "tick", "cleaned");
    }

    @Test
    @DisplayName(
            "row 33: all runs share one copy of the context in which the runner was first used; a context given is used instead")
    void context() {
        ContextVar<String> variable = ContextVar.of("variable", "default");
        Context.copyOfCurrent().run(() -> {
            variable.set("outside");
            try (Runner runner = new Runner(settings())) {
                assertThat(runner.<String, RuntimeException>run(variable::get)).isEqualTo("outside");
                variable.set("later");
                runner.run(() -> {
                    assertThat(variable.get()).isEqualTo("outside");
                    variable.set("inside");
                });
                assertThat(runner.<String, RuntimeException>run(variable::get)).isEqualTo("inside");
                assertThat(variable.get()).isEqualTo("later");
                Context own = Context.empty();
                runner.run(own, () -> {
                    assertThat(variable.get()).isEqualTo("default");
                    variable.set("own");
                });
                assertThat(runner.<String, RuntimeException>run(own, variable::get))
                        .isEqualTo("own");
                assertThat(own.<String, RuntimeException>run(variable::get)).isEqualTo("own");
                assertThat(runner.<String, RuntimeException>run(variable::get)).isEqualTo("inside");
            }
            EventLoop.run(() -> {
                assertThat(variable.get()).isEqualTo("later");
                variable.set("program");
            });
            assertThat(variable.get()).isEqualTo("later");
        });
    }

    @Test
    @DisplayName("row 78: run cancels the tasks that hang, waits for them, and closes the loop after that")
    void hangingTasks() {
        List<Task<?>> tasks = new ArrayList<>();
        EventLoop loop = settings().run(() -> {
            tasks.add(Async.createTask("hanging", () -> {
                try {
                    Async.sleep(LONG);
                } finally {
                    Async.sleep(Duration.ofSeconds(1));
                    seen.add("cleaned, closed: " + EventLoop.current().isClosed());
                }
            }));
            Async.yieldNow();
            return EventLoop.current();
        });
        assertThat(seen).containsExactly("cleaned, closed: false");
        assertThat(tasks.get(0).isCancelled()).isTrue();
        assertThat(loop.isClosed()).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    @DisplayName(
            "row 78: what a hanging task fails with when it is cancelled is reported, with the task; main's result stands")
    void errorsOfHangingTasks() {
        IllegalStateException oops = new IllegalStateException("oops");
        List<Task<?>> tasks = new ArrayList<>();
        String result = settings().run(() -> {
            tasks.add(Async.createTask("hanging", () -> {
                try {
                    Async.sleep(LONG);
                } catch (CancelledException e) {
                    throw oops;
                }
            }));
            Async.yieldNow();
            return "fine";
        });
        assertThat(result).isEqualTo("fine");
        assertThat(failures).hasSize(1);
        assertThat(failures.get(0).message())
                .isEqualTo("unhandled exception during event loop shutdown, of task 'hanging'");
        assertThat(failures.get(0).exception()).isSameAs(oops);
        assertThat(failures.get(0).future()).isSameAs(tasks.get(0));
    }

    @Test
    @DisplayName("row 78: close lets the work of the executor end, after the tasks that are left")
    void workEnds() {
        CountDownLatch free = new CountDownLatch(1);
        List<LoopFuture<?>> work = new ArrayList<>();
        try (Runner runner = new Runner(settings().driver(LoopDriver.parking()))) {
            runner.run(() -> {
                EventLoop loop = EventLoop.current();
                work.add(loop.runInExecutor(() -> {
                    free.await();
                    return "the work";
                }));
                work.add(Async.createTask(() -> {
                    try {
                        Async.sleep(LONG);
                    } finally {
                        free.countDown();
                    }
                }));
                Async.yieldNow();
            });
            assertThat(work).noneMatch(LoopFuture::isDone);
        }
        assertThat(work.get(0).result()).isEqualTo("the work");
        assertThat(work.get(1).isCancelled()).isTrue();
        assertThat(failures).isEmpty();
    }

    @Test
    @DisplayName("a closed runner takes nothing any more; close does nothing the second time")
    void closed() {
        Runner used = new Runner(settings());
        used.run(() -> {});
        Runner unused = new Runner(settings());
        for (Runner runner : List.of(used, unused)) {
            runner.close();
            runner.close();
            assertThatThrownBy(() -> runner.run(() -> seen.add("never")))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the runner is closed");
            assertThatThrownBy(runner::loop).isInstanceOf(IllegalStateException.class);
        }
        assertThat(unused).hasToString("Runner[closed]");
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a runner whose loop was closed by somebody else is closed")
    void loopClosed() {
        Runner runner = new Runner(settings());
        runner.loop().close();
        assertThatThrownBy(() -> runner.run(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the runner is closed");
        runner.close();
    }

    @Test
    @DisplayName("row 5: run and close from inside fail fast, in a task and in a callback, and start nothing")
    void fromInside() {
        try (Runner runner = new Runner(settings())) {
            runner.run(() -> {
                EventLoop loop = EventLoop.current();
                List<Throwable> thrown = new ArrayList<>();
                Runnable tryIt = () -> {
                    thrown.add(catchThrowable(() -> runner.run(() -> seen.add("never"))));
                    thrown.add(catchThrowable(runner::close));
                };
                tryIt.run();
                loop.callSoon(tryIt);
                Async.yieldNow();
                assertThat(thrown).hasSize(4).allMatch(e -> e instanceof IllegalStateException);
                assertThat(thrown.get(0)).hasMessageContaining("running already");
                assertThat(loop.tasks()).hasSize(1);
            });
            assertThat(runner.<String, RuntimeException>run(() -> "goes on")).isEqualTo("goes on");
        }
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("row 5: a driver cannot run a loop, because it would stop its own")
    void fromADriver() {
        List<Throwable> thrown = new ArrayList<>();
        VirtualTimeDriver driver = VirtualTimeDriver.jumping();
        EventLoop loop = loops.open(builder -> builder.driver(new DelegatingDriver(driver) {
            @Override
            public void await(long nanos) {
                if (thrown.isEmpty()) {
                    thrown.add(catchThrowable(() -> EventLoop.run(() -> seen.add("never"))));
                }
                super.await(nanos);
            }
        }));
        loop.runUntilComplete(() -> Async.yieldNow());
        assertThat(thrown).hasSize(1);
        assertThat(thrown.get(0)).isInstanceOf(IllegalStateException.class).hasMessageContaining("driver");
        assertThat(seen).isEmpty();
    }

    @Test
    @DisplayName("a second thread cannot run a program while one runs, nor close the runner")
    void twoThreads() {
        CountDownLatch running = new CountDownLatch(1);
        try (Runner runner = new Runner(settings().driver(LoopDriver.parking()))) {
            LoopFuture<String> go = runner.loop().createFuture();
            Thread other = Thread.ofPlatform()
                    .daemon()
                    .start(() -> runner.run(() -> {
                        running.countDown();
                        seen.add(go.await());
                    }));
            running.await();
            assertThatThrownBy(() -> runner.run(() -> {}))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("running already");
            assertThatThrownBy(runner::close).isInstanceOf(IllegalStateException.class);
            go.setResult("went");
            other.join();
            assertThat(seen).containsExactly("went");
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("a loop that is stopped before main is done says so, and the runner goes on")
    void stopped() {
        try (Runner runner = new Runner(settings())) {
            assertThatThrownBy(() -> runner.run(() -> {
                        EventLoop.current().stop();
                        Async.sleep(LONG);
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("stopped before");
            assertThat(runner.<Integer, RuntimeException>run(() -> 1)).isEqualTo(1);
        }
    }

    @Test
    @DisplayName("a driver that serves a loop is refused by the next one, when that is opened")
    void oneDriverForTwoLoops() {
        VirtualTimeDriver driver = VirtualTimeDriver.jumping();
        EventLoop.Builder builder = settings().driver(driver);
        EventLoop loop = builder.open();
        assertThatThrownBy(builder::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("a driver serves one loop");
        loop.close();
        assertThatThrownBy(() -> builder.run(() -> {})).isInstanceOf(IllegalStateException.class);
    }

    /** A driver that leaves all to another one. */
    private static class DelegatingDriver implements LoopDriver {
        private final LoopDriver driver;

        DelegatingDriver(LoopDriver driver) {
            this.driver = driver;
        }

        @Override
        public long nanoTime() {
            return driver.nanoTime();
        }

        @Override
        public void await(long nanos) {
            driver.await(nanos);
        }

        @Override
        public void wakeup() {
            driver.wakeup();
        }

        @Override
        public void close() {
            driver.close();
        }
    }
}
