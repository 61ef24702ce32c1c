package io.loomloop.testing;

import io.loomloop.Body;
import io.loomloop.Context;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.Task;
import io.loomloop.TaskOptions;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.DynamicTestInvocationContext;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * JUnit 5 tests whose bodies are tasks: each test gets a loop of its own, and its {@code @BeforeEach}, {@code @Test} and
 * {@code @AfterEach} methods run on it, one after the other, each as a task, and all in one {@link Context}.
 *
 * <p>Time is virtual and jumps. After the test the loop is closed, and the test fails if something is left of it
 * ({@link LoopOracle}) or if a failure reached the loop's exception handler: a test that expects one sets a handler of its own. A
 * method that takes longer than ten seconds of real time fails and shows the tasks and where they are.
 *
 * <pre>{@code
 * @ExtendWith(LoopExtension.class)
 * class RetryTest {
 *     @Test
 *     void waitsLongerEachTime(EventLoop loop) {
 *         long start = loop.time();
 *         retry(3);
 *         assertEquals(Duration.ofSeconds(7), Duration.ofNanos(loop.time() - start));
 *     }
 * }
 * }</pre>
 *
 * <p>A parameter of the type {@link EventLoop} is the test's loop, and one of the type {@link VirtualTimeDriver} its clock. With other
 * settings: {@code @RegisterExtension static final LoopExtension loops = LoopExtension.realTime().stuckAfter(ofMinutes(1));}
 *
 * <p>An instance is immutable. The counterpart of {@code unittest.IsolatedAsyncioTestCase}. It needs JUnit's API on the path, which loomloop does not bring along.
 */
public final class LoopExtension
        implements BeforeEachCallback, AfterEachCallback, InvocationInterceptor, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(LoopExtension.class);
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    // null for real time
    private final @Nullable Supplier<VirtualTimeDriver> clocks;
    private final Duration patience;
    private final UnaryOperator<EventLoop.Builder> settings;

    /** Virtual time that jumps, ten seconds. */
    public LoopExtension() {
        this(VirtualTimeDriver::jumping, Duration.ofSeconds(10), UnaryOperator.identity());
    }

    private LoopExtension(
            @Nullable Supplier<VirtualTimeDriver> clocks,
            Duration patience,
            UnaryOperator<EventLoop.Builder> settings) {
        this.clocks = clocks;
        this.patience = patience;
        this.settings = settings;
    }

    /** For tests that take real time: with sockets, processes or other threads. */
    public static LoopExtension realTime() {
        return new LoopExtension(null, Duration.ofSeconds(10), UnaryOperator.identity());
    }

    /**
     * For tests with a clock of another kind, for example {@link VirtualTimeDriver#standing}.
     *
     * @param clocks makes one for each test
     */
    public static LoopExtension virtualTime(Supplier<VirtualTimeDriver> clocks) {
        Objects.requireNonNull(clocks, "clocks");
        return new LoopExtension(clocks, Duration.ofSeconds(10), UnaryOperator.identity());
    }

    /**
     * With another real time after which a method of the test counts as stuck.
     *
     * @throws IllegalArgumentException unless {@code patience} is positive
     */
    public LoopExtension stuckAfter(Duration patience) {
        Objects.requireNonNull(patience, "patience");
        if (patience.isNegative() || patience.isZero()) {
            throw new IllegalArgumentException("patience must be positive: " + patience);
        }
        return new LoopExtension(clocks, patience, settings);
    }

    /** With further settings of the loop, a driver for example. They come after those of this extension, and win. */
    public LoopExtension with(UnaryOperator<EventLoop.Builder> settings) {
        Objects.requireNonNull(settings, "settings");
        return new LoopExtension(clocks, patience, builder -> settings.apply(this.settings.apply(builder)));
    }

    /** What belongs to one test. */
    private record Fixture(
            EventLoop loop, Context shared, @Nullable VirtualTimeDriver clock, List<ErrorContext> failures) {}

    /** Carries what is neither an exception nor an error. */
    private static final class Carrier extends Exception {
        private static final long serialVersionUID = 1L;

        private final Throwable thrown;

        Carrier(Throwable thrown) {
            super(thrown);
            this.thrown = thrown;
        }
    }

    // ---- JUnit's calls

    /** Starts the loop of a test. */
    @Override
    public void beforeEach(ExtensionContext context) {
        List<ErrorContext> failures = new CopyOnWriteArrayList<>();
        VirtualTimeDriver clock = clocks == null ? null : Objects.requireNonNull(clocks.get(), "a clock");
        EventLoop.Builder builder = EventLoop.builder()
                .name("test-" + NUMBERS.incrementAndGet())
                .exceptionHandler((loop, failure) -> failures.add(failure));
        if (clock != null) {
            builder.driver(clock);
        }
        EventLoop loop = settings.apply(builder).start();
        context.getStore(NAMESPACE).put(Fixture.class, new Fixture(loop, Context.copyOfCurrent(), clock, failures));
    }

    /** Closes the loop of a test and asks the oracle. */
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Fixture fixture = fixture(context);
        Thread closer = Thread.ofPlatform()
                .daemon()
                .name("close " + fixture.loop.name())
                .start(fixture.loop::close);
        if (!closer.join(patience)) {
            throw stuck("closing the loop of " + context.getDisplayName(), fixture.loop);
        }
        LoopOracle.assertNothingLeft(fixture.loop);
        if (!fixture.failures.isEmpty()) {
            AssertionError unexpected =
                    new AssertionError("failures reached the exception handler: " + fixture.failures);
            fixture.failures.stream()
                    .map(ErrorContext::exception)
                    .filter(Objects::nonNull)
                    .forEach(unexpected::addSuppressed);
            throw unexpected;
        }
    }

    @Override
    public void interceptBeforeEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        runAsTask(invocation, method.getExecutable().getName(), context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        runAsTask(invocation, method.getExecutable().getName(), context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        runAsTask(invocation, method.getExecutable().getName(), context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        runAsTask(invocation, method.getExecutable().getName(), context);
    }

    @Override
    public void interceptDynamicTest(
            Invocation<Void> invocation, DynamicTestInvocationContext test, ExtensionContext context) throws Throwable {
        runAsTask(invocation, context.getDisplayName(), context);
    }

    private void runAsTask(Invocation<Void> invocation, String name, ExtensionContext context) throws Throwable {
        Fixture fixture = fixture(context);
        EventLoop loop = fixture.loop;
        Body<Void, Exception> body = () -> {
            try {
                return invocation.proceed();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new Carrier(e);
            }
        };
        Task<Void> task = loop.createTask(TaskOptions.named(name).withContext(fixture.shared), body);
        try {
            task.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw stuck(context.getDisplayName(), loop);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Carrier carrier ? carrier.thrown : e.getCause();
        }
    }

    private AssertionError stuck(String what, EventLoop loop) {
        return new AssertionError(what + " is stuck for " + patience + LoopOracle.dump(loop));
    }

    /** True for the test's loop and its clock. */
    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == EventLoop.class || (type == VirtualTimeDriver.class && clocks != null);
    }

    /** The test's loop or its clock. */
    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Fixture fixture = fixture(context);
        if (parameter.getParameter().getType() == EventLoop.class) {
            return fixture.loop;
        }
        VirtualTimeDriver clock = Objects.requireNonNull(fixture.clock);
        if (!clock.isClockOf(fixture.loop)) {
            throw new IllegalStateException(
                    "the test's loop has a driver of its own, set in with(): choose the clock with"
                            + " LoopExtension.virtualTime(...) to have it as a parameter");
        }
        return clock;
    }

    private static Fixture fixture(ExtensionContext context) {
        Fixture fixture = context.getStore(NAMESPACE).get(Fixture.class, Fixture.class);
        if (fixture == null) {
            throw new IllegalStateException(
                    "a loop belongs to a test method: not to a constructor, @BeforeAll or @AfterAll");
        }
        return fixture;
    }
}
