package io.loomloop;

import io.loomloop.testing.LoopOracle;
import io.loomloop.testing.VirtualTimeDriver;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * Makes the loops of a test, and is the oracle after it.
 *
 * <p>After each test it closes the loops that were made through it and then fails the test when a task lives, a timer is set,
 * something is queued, a thread of a loop goes on, or a failure reached an exception handler and the test did not
 * {@linkplain #takeFailures() take} it. A test that is stuck for thirty seconds fails with the tasks and their stacks.
 *
 * <p>Use it as {@code @RegisterExtension final Loops loops = new Loops();}: one for each test method.
 */
final class Loops implements InvocationInterceptor, AfterEachCallback {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final List<EventLoop> made = new CopyOnWriteArrayList<>();
    private final List<ErrorContext> failures = new CopyOnWriteArrayList<>();
    private final List<Object> held = new CopyOnWriteArrayList<>();
    private final Duration patience;
    private volatile boolean stuck;

    Loops() {
        this(Duration.ofSeconds(30));
    }

    /** With another time after which a test counts as stuck. */
    Loops(Duration patience) {
        this.patience = patience;
    }

    // ---- making loops

    /** Runs a program on a loop of virtual time, and closes it: {@link EventLoop#run(Body)} for tests. */
    <T, X extends Exception> T run(Body<T, X> main) throws X {
        try (EventLoop loop = open()) {
            return loop.runUntilComplete(main);
        }
    }

    /** As {@link #run(Body)}, without a result. */
    <X extends Exception> void run(VoidBody<X> main) throws X {
        run(main.asBody());
    }

    /** A loop of virtual time that runs when it is told to. */
    EventLoop open() {
        return open(builder -> builder);
    }

    /** A loop of virtual time with further settings. */
    EventLoop open(UnaryOperator<EventLoop.Builder> settings) {
        return keep(
                settings.apply(builder().driver(VirtualTimeDriver.jumping())).open());
    }

    /** A loop of real time that runs on its own thread. */
    EventLoop start() {
        return start(builder -> builder);
    }

    /** A loop of real time, with further settings, that runs on its own thread. */
    EventLoop start(UnaryOperator<EventLoop.Builder> settings) {
        return keep(settings.apply(builder()).start());
    }

    private EventLoop keep(EventLoop loop) {
        made.add(loop);
        return loop;
    }

    private EventLoop.Builder builder() {
        return EventLoop.builder()
                .name("<test-" + NUMBERS.incrementAndGet() + ">")
                .slowStepThreshold(Duration.ZERO)
                .exceptionHandler((loop, context) -> failures.add(context));
    }

    // ---- failures

    /** The failures that reached the exception handler so far. Those that are taken are expected. */
    List<ErrorContext> takeFailures() {
        List<ErrorContext> taken = new ArrayList<>(failures);
        failures.removeAll(taken);
        return taken;
    }

    /** The one failure that reached the exception handler so far. */
    ErrorContext takeFailure() {
        List<ErrorContext> taken = takeFailures();
        if (taken.size() != 1) {
            throw new AssertionError("expected one failure, not " + taken);
        }
        return taken.get(0);
    }

    /** Keeps a future reachable: a failure whose future is garbage is reported at any time, not when its loop closes. */
    void hold(LoopFuture<?> future) {
        held.add(future);
    }

    /** Waits, in real time, until a failure has reached the exception handler. */
    ErrorContext awaitFailure() {
        Waiting.until("a failure reaches the exception handler", () -> !failures.isEmpty());
        return takeFailure();
    }

    /** For work that has ended: on a busy machine its threads may take longer to end than a close waits for them. */
    void forgiveLateWorkers() {
        failures.removeIf(failure -> failure.message().contains("ignore the interrupt and were left behind"));
    }

    // ---- the oracle

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        if (stuck) {
            return;
        }
        inTime("the end of " + context.getDisplayName(), () -> {
            for (EventLoop loop : made) {
                loop.close();
            }
            return null;
        });
        made.forEach(LoopOracle::assertNothingLeft);
        List<String> complaints = new ArrayList<>();
        failures.forEach(failure -> complaints.add("unexpected failure: " + failure));
        if (!complaints.isEmpty()) {
            AssertionError complaint = new AssertionError(String.join("\n", complaints));
            failures.stream()
                    .map(ErrorContext::exception)
                    .filter(Objects::nonNull)
                    .forEach(complaint::addSuppressed);
            throw complaint;
        }
    }

    /** The platform threads whose name begins with that of the loop. */
    static List<String> threadsOf(EventLoop loop) {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        Thread[] threads = new Thread[root.activeCount() + 64];
        int count = root.enumerate(threads);
        List<String> found = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (threads[i].isAlive() && threads[i].getName().startsWith(loop.name())) {
                found.add(threads[i].getName());
            }
        }
        return found;
    }

    // ---- the watchdog

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        inTime(context.getDisplayName(), invocation);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext context)
            throws Throwable {
        inTime(context.getDisplayName(), invocation);
    }

    /** Runs the test on a thread of its own, so that a stuck one can be left behind. */
    private void inTime(String what, Invocation<Void> invocation) throws Exception {
        FutureTask<Void> test = new FutureTask<>(() -> {
            try {
                return invocation.proceed();
            } catch (Exception | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
        });
        Thread thread = Thread.ofPlatform().daemon().name("test: " + what).start(test);
        try {
            test.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Exception failure -> throw failure;
                case Error failure -> throw failure;
                default -> throw e;
            }
        } catch (TimeoutException e) {
            stuck = true;
            String dump = dump(thread);
            thread.interrupt();
            throw new AssertionError(what + " is stuck for " + patience + dump, e);
        }
    }

    private String dump(Thread test) {
        StringBuilder text = new StringBuilder("\n").append(test.getName());
        for (StackTraceElement frame : test.getStackTrace()) {
            text.append("\n    at ").append(frame);
        }
        made.forEach(loop -> text.append(LoopOracle.dump(loop)));
        return text.toString();
    }

    /** Waiting in real time for what another thread does. */
    static final class Waiting {
        private Waiting() {}

        static void until(String what, Condition condition) {
            if (!upTo(Duration.ofSeconds(8), condition)) {
                throw new AssertionError("waited in vain until " + what);
            }
        }

        static boolean upTo(Duration patience, Condition condition) {
            long deadline = System.nanoTime() + patience.toNanos();
            while (!condition.holds()) {
                if (System.nanoTime() - deadline > 0) {
                    return false;
                }
                LockSupport.parkNanos(200_000);
            }
            return true;
        }
    }

    /** Something that another thread brings about. */
    @FunctionalInterface
    interface Condition {
        boolean holds();
    }
}
