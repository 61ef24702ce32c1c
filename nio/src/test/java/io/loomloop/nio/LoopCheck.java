package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.Body;
import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.LoopGroup;
import io.loomloop.LoopStatistics;
import io.loomloop.Task;
import io.loomloop.VoidBody;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A loop for each test, with the driver of the {@link StreamContract} it is part of, if any; and an oracle after it: nothing is left on the loop, its threads have ended, and the exception handler got
 * nothing that the test did not ask for.
 */
final class LoopCheck implements BeforeEachCallback, AfterEachCallback {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final List<ErrorContext> errors = new CopyOnWriteArrayList<>();
    private UnaryOperator<EventLoop.Builder> settings;
    private boolean resets = true;
    private EventLoop loop;

    @Override
    public void beforeEach(ExtensionContext context) {
        settings = builder -> {
            builder.exceptionHandler((where, error) -> errors.add(error));
            context.getRequiredTestInstances()
                    .findInstance(StreamContract.class)
                    .ifPresent(contract -> {
                        builder.driver(contract.newDriver());
                        resets = contract.resets();
                    });
            return builder;
        };
        loop = settings.apply(EventLoop.builder()).start();
    }

    /** Goes on with another loop. */
    void restart() {
        loop.close();
        loop = settings.apply(EventLoop.builder()).start();
    }

    /** More loops of the same kind, which the test closes. */
    LoopGroup group(int loops) {
        return LoopGroup.start(loops, settings);
    }

    EventLoop loop() {
        return loop;
    }

    /** Whether the loop's driver can send resets. */
    boolean resets() {
        return resets;
    }

    /** What a peer reads was cut off: it gets a reset, or finds the end where the driver cannot send one. */
    void assertCutOff(ThrowingCallable read) throws Throwable {
        if (resets) {
            assertThatThrownBy(read)
                    .as("cut off, not ended")
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        } else {
            read.call();
        }
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
        call(body.asBody());
    }

    /** Runs a body as a task of the loop and waits for its result. */
    <T> T call(Body<T, ?> body) throws Exception {
        return join(loop.createTask("test", body));
    }

    /** Ends the service of sockets while the loop goes on. */
    void endSockets() throws Exception {
        run(() -> SocketEngine.of(loop).close());
    }

    /** The platform thread that runs a loop. */
    static Thread threadOf(EventLoop loop) {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals(loop.name()))
                .findFirst()
                .orElseThrow();
    }

    /** Waits, off the loop, for a task. */
    static <T> T join(Task<T> task) throws Exception {
        try {
            return task.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception failure) {
                throw failure;
            }
            throw (Error) e.getCause();
        } catch (TimeoutException e) {
            TimeoutException here = new TimeoutException(task + " hangs at " + Arrays.toString(task.stack()));
            here.initCause(e);
            throw here;
        }
    }

    /** Waits, off the loop, until a task sits in an await. */
    static void awaitWaiting(Task<?> task) {
        awaitTrue("the task waits: " + task, () -> task.isDone() || isWaiting(task.stack()));
        assertThat(task.isDone()).as("done without waiting: %s", task).isFalse();
    }

    private static boolean isWaiting(StackTraceElement[] stack) {
        String frames = Arrays.toString(stack);
        return frames.contains("Thread.yield") && frames.contains("Parking.park");
    }

    /** Waits, off the loop, until something holds. */
    static void awaitTrue(String what, BooleanSupplier condition) {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - start).as(what).isLessThan(PATIENCE_NANOS);
            LockSupport.parkNanos(200_000);
        }
    }

    @Override
    public void afterEach(ExtensionContext context) {
        boolean closed = loop.isClosed();
        String left = closed ? "" : whatIsLeft();
        loop.close();
        assertThat(left).as("what the test left on the loop").isEmpty();
        assertThat(threads())
                .filteredOn(name -> !name.contains("-worker-") && !name.endsWith("-executor-shutdown"))
                .as("threads")
                .isEmpty();
        awaitTrue(
                "workers end, a moment after their pool has, and who has waited for them",
                () -> threads().isEmpty());
        assertThat(errors).as("what the exception handler got").isEmpty();
    }

    private List<String> threads() {
        String name = loop.name();
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(other -> other.equals(name) || other.startsWith(name + "-"))
                .toList();
    }

    /** Tasks of clients may be ending and callbacks under way, so this has some patience. */
    private String whatIsLeft() {
        long start = System.nanoTime();
        while (!isIdle(loop.statistics())) {
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                return loop.tasks() + " " + loop.statistics();
            }
            LockSupport.parkNanos(200_000);
        }
        return "";
    }

    private static boolean isIdle(LoopStatistics statistics) {
        return statistics.tasksAlive() == 0 && statistics.timers() == 0 && statistics.ready() == 0;
    }
}
