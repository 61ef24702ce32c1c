package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.loomloop.testing.LoopExtension;
import io.loomloop.testing.LoopOracle;
import io.loomloop.testing.VirtualTimeDriver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/** The extension as its users see it, and what it says about tests that leave something behind. */
@ExtendWith(LoopExtension.class)
class LoopExtensionTest {
    private static final ContextVar<String> VARIABLE = ContextVar.of("variable", "unset");

    private Task<?> setUp;

    @BeforeEach
    void setUp(EventLoop loop) {
        assertThat(VARIABLE.get()).isEqualTo("unset");
        VARIABLE.set("by setUp");
        assertThat(EventLoop.current()).isSameAs(loop);
        setUp = Async.currentTask();
    }

    @AfterEach
    void tearDown(EventLoop loop) {
        assertThat(setUp.loop()).isSameAs(loop);
        assertThat(Async.currentTask().name()).isEqualTo("tearDown");
        assertThat(VARIABLE.get()).startsWith("by ");
    }

    @Test
    @DisplayName("a test is a task, on virtual time")
    void bodyIsATask(EventLoop loop, VirtualTimeDriver clock) {
        assertThat(Async.currentTask().name()).isEqualTo("bodyIsATask");
        Async.sleep(Duration.ofDays(1));
        assertThat(clock.elapsed()).isEqualTo(Duration.ofDays(1));
        assertThat(loop.time()).isEqualTo(clock.nanoTime());
    }

    @ParameterizedTest(name = "a test with parameters is a task as well: {0}")
    @ValueSource(ints = {1, 2})
    void withParameters(int number, EventLoop loop) {
        assertThat(number).isPositive();
        assertThat(Async.currentTask().loop()).isSameAs(loop);
    }

    @Test
    @DisplayName("setUp, test and tearDown share a context, which no other test sees")
    void sharedContext() {
        assertThat(VARIABLE.get()).isEqualTo("by setUp");
        VARIABLE.set("by the test");
    }

    @TestFactory
    @DisplayName("a dynamic test is a task as well")
    List<DynamicTest> dynamicTests() {
        return List.of(DynamicTest.dynamicTest("dynamic", () -> {
            assertThat(Async.currentTask().name()).isEqualTo("dynamic");
            assertThat(Async.currentTask().loop()).isSameAs(setUp.loop());
            Async.sleep(Duration.ofDays(1));
        }));
    }

    @Test
    @DisplayName("checked exceptions, failed assertions and leftovers fail the test, and say what it was")
    void failures() {
        List<Throwable> failures = failuresOf(Failing.class);
        assertThat(failures).hasSize(5);
        assertThat(failures.get(0)).isInstanceOf(IOException.class).hasMessage("checked");
        assertThat(failures.get(1)).isInstanceOf(AssertionError.class).hasMessage("failed");
        assertThat(failures.get(2)).hasMessageContaining("reached the exception handler");
        assertThat(failures.get(2).getSuppressed())
                .singleElement()
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.THROWABLE)
                .hasMessage("in a callback");
        assertThat(failures.get(3)).isInstanceOf(CancelledException.class);
        assertThat(failures.get(4)).isInstanceOf(ExecutionException.class).hasMessage("the test's own");
    }

    @Test
    @DisplayName("a test that is stuck fails, and shows its task and where it is")
    void stuckTests() {
        assertThat(failuresOf(Stuck.class))
                .singleElement()
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.THROWABLE)
                .hasMessageContaining("is stuck for PT1S")
                .hasMessageContaining("waitsForEver")
                .hasMessageContaining("Parking.park");
    }

    @Test
    @DisplayName("the oracle names what is left of a loop")
    void oracle() {
        EventLoop loop = EventLoop.start();
        LoopFuture<String> never = loop.createFuture();
        Task<String> task = loop.createTask("waits for ever", never::await);
        loop.createTask(Async::yieldNow).await();
        long start = System.nanoTime();
        assertThatThrownBy(() -> LoopOracle.assertNothingLeft(loop))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("is not closed")
                .hasMessageContaining("waits for ever")
                .hasMessageContaining("threads");
        assertThat(Duration.ofNanos(System.nanoTime() - start))
                .as("threads of an open loop are not waited for")
                .isLessThan(Duration.ofSeconds(4));
        loop.close();
        LoopOracle.assertNothingLeft(loop);
        assertThat(task.isCancelled()).isTrue();
    }

    @Test
    @DisplayName("real time and other settings are chosen where the extension is registered")
    void settings() {
        assertThat(failuresOf(RealTime.class)).isEmpty();
        assertThat(failuresOf(Standing.class)).isEmpty();
        assertThat(failuresOf(WrongClock.class))
                .singleElement()
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.THROWABLE)
                .hasMessageContaining("a driver of its own");
        assertThatThrownBy(() -> LoopExtension.realTime().stuckAfter(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("patience must be positive");
    }

    private static List<Throwable> failuresOf(Class<?> testClass) {
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        List<Throwable> failures = new CopyOnWriteArrayList<>();
        Thread outside = Thread.ofPlatform()
                .start(() -> LauncherFactory.create()
                        .execute(
                                LauncherDiscoveryRequestBuilder.request()
                                        .selectors(selectClass(testClass))
                                        .configurationParameter("junit.jupiter.conditions.deactivate", "*")
                                        .configurationParameter(
                                                "junit.jupiter.testmethod.order.default",
                                                "org.junit.jupiter.api.MethodOrderer$MethodName")
                                        .build(),
                                listener));
        Loops.Waiting.until("the tests have run", () -> !outside.isAlive());
        listener.getSummary().getFailures().forEach(failure -> failures.add(failure.getException()));
        assertThat(listener.getSummary().getTestsFoundCount()).isPositive();
        return failures;
    }

    /** Run by {@link #failures}. */
    @ExtendWith(LoopExtension.class)
    @SuppressWarnings("DoNotCallSuggester") // JUnit calls them
    static final class Failing {
        @Test
        void a_checked() throws IOException {
            throw new IOException("checked");
        }

        @Test
        void b_assertion() {
            throw new AssertionError("failed");
        }

        @Test
        void c_handler() {
            EventLoop.current().callSoon(() -> {
                throw new IllegalArgumentException("in a callback");
            });
            Async.yieldNow();
        }

        @Test
        void d_cancelled() {
            Async.currentTask().cancel();
            Async.yieldNow();
        }

        @Test
        void e_execution() throws ExecutionException {
            throw new ExecutionException("the test's own", new IOException("inside"));
        }
    }

    /** Run by {@link #stuckTests}. */
    static final class Stuck {
        @RegisterExtension
        static final LoopExtension LOOPS = new LoopExtension().stuckAfter(Duration.ofSeconds(1));

        @Test
        void waitsForEver() {
            EventLoop.current().createFuture().await();
        }
    }

    /** Run by {@link #settings}. */
    static final class RealTime {
        @RegisterExtension
        static final LoopExtension LOOPS = LoopExtension.realTime().with(builder -> builder.name("chosen-name"));

        @Test
        void realTime(EventLoop loop) {
            long before = System.nanoTime();
            Async.sleep(Duration.ofMillis(2));
            assertThat(System.nanoTime() - before).isGreaterThanOrEqualTo(2_000_000);
            assertThat(loop.name()).isEqualTo("chosen-name");
            LockSupport.parkNanos(1);
        }
    }

    /** Run by {@link #settings}. */
    static final class Standing {
        @RegisterExtension
        static final LoopExtension LOOPS = LoopExtension.virtualTime(VirtualTimeDriver::standing);

        @Test
        void standing(VirtualTimeDriver clock) {
            clock.advance(Duration.ofDays(2));
            Async.sleep(Duration.ofDays(1));
            assertThat(clock.elapsed()).isEqualTo(Duration.ofDays(1));
        }
    }

    /** Run by {@link #settings}. */
    static final class WrongClock {
        @RegisterExtension
        static final LoopExtension LOOPS =
                new LoopExtension().with(builder -> builder.driver(VirtualTimeDriver.jumping()));

        @Test
        void wrongClock(VirtualTimeDriver clock) {
            assertThat(clock).isNull();
        }
    }
}
