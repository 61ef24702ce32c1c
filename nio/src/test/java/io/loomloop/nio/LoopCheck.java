package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopStatistics;
import io.loomloop.VoidBody;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A loop for each test, and an oracle after it: nothing is left on the loop, its threads have ended, and the exception handler got
 * nothing that the test did not ask for.
 */
final class LoopCheck implements BeforeEachCallback, AfterEachCallback {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final List<ErrorContext> errors = new CopyOnWriteArrayList<>();
    private EventLoop loop;

    @Override
    public void beforeEach(ExtensionContext context) {
        loop = EventLoop.builder()
                .exceptionHandler((where, error) -> errors.add(error))
                .start();
    }

    EventLoop loop() {
        return loop;
    }

    /** What the exception handler got; a test that expects something takes it out. */
    List<ErrorContext> errors() {
        return errors;
    }

    /** Takes out what the exception handler got, waiting for it if need be. */
    ErrorContext takeError() {
        awaitTrue("an error is reported", () -> !errors.isEmpty());
        return errors.remove(0);
    }

    /** Runs a body as a task of the loop and waits for it. */
    <X extends Exception> void run(VoidBody<X> body) throws Exception {
        try {
            loop.createTask("test", body).get(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw (Error) e.getCause();
        }
    }

    /** Waits, off the loop, until something holds. */
    static void awaitTrue(String what, java.util.function.BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as(what).isLessThan(PATIENCE_NANOS);
            java.util.concurrent.locks.LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (!loop.isClosed()) {
            // Callbacks of the last round may be under way, what a test has forgotten stays.
            awaitTrue("the loop has nothing to do: " + loop.tasks(), () -> isIdle(loop.statistics()));
        }
        loop.close();
        String name = loop.name();
        assertThat(Thread.getAllStackTraces().keySet())
                .filteredOn(thread ->
                        thread.getName().equals(name) || thread.getName().startsWith(name + "-"))
                .as("threads of the loop")
                .isEmpty();
        assertThat(errors).as("what the exception handler got").isEmpty();
    }

    private static boolean isIdle(LoopStatistics statistics) {
        return statistics.tasksAlive() == 0 && statistics.timers() == 0 && statistics.ready() == 0;
    }
}
