package io.loomloop.faults;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.check.Check;
import io.loomloop.check.Drivers;
import io.loomloop.testing.LoopOracle;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A loop on which something goes wrong, and everything its exception handler got. Closed, it has to have left nothing. */
public final class Ground implements AutoCloseable {
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    /** An endless recursion is over soon. */
    private static final long STACK = 1 << 20;

    private final EventLoop loop;
    // exception handlers, in any thread
    private final Queue<ErrorContext> errors = new ConcurrentLinkedQueue<>();

    /** Starts a loop. */
    public Ground(Drivers driver) {
        loop = EventLoop.builder()
                .name("<faults-" + NUMBERS.incrementAndGet() + "-" + driver + ">")
                .driver(driver.make())
                .slowStepThreshold(Duration.ZERO)
                .stackSize(STACK)
                .exceptionHandler((where, error) -> errors.add(error))
                .start();
    }

    EventLoop loop() {
        return loop;
    }

    /** Waits until the exception handler has got the fault, and takes it out. */
    void requireReported(Fault fault) {
        Check.soon(
                "the exception handler gets " + fault,
                () -> errors.stream().anyMatch(error -> fault.isIn(error.exception())));
        errors.removeIf(error -> fault.isIn(error.exception()));
    }

    /** Waits until the exception handler has got a failure of a type, and takes all of them out. */
    void requireReported(Class<? extends Throwable> type) {
        Check.soon(
                "the exception handler gets " + type,
                () -> errors.stream().anyMatch(error -> type.isInstance(error.exception())));
        forgive(type);
    }

    /** Takes out what is of a type. */
    void forgive(Class<? extends Throwable> type) {
        errors.removeIf(error -> type.isInstance(error.exception()));
    }

    /** Fails unless this, which was thrown, is the fault. */
    void requireThrown(Fault fault, @Nullable Throwable failure) {
        if (!fault.isIn(failure)) {
            throw new AssertionError(
                    fault + (fault.hasStruck() ? " is not in " : " has not struck: ") + failure, failure);
        }
    }

    /** Fails when the exception handler got anything that nobody has taken out. */
    public void requireSilence() {
        ErrorContext error = errors.poll();
        if (error != null) {
            throw new AssertionError("the exception handler got " + error.message(), error.exception());
        }
    }

    /** Closes the loop; fails when it leaves anything, or reports anything more. */
    @Override
    public void close() {
        loop.close();
        // A task that was refused because the loop was closing counts until a straggler has ended it.
        Check.soon(
                "nothing of " + loop + " counts as alive",
                () -> loop.statistics().tasksAlive() == 0);
        LoopOracle.assertNothingLeft(loop);
        // On a busy machine a worker may take longer to end than a close waits for it. It has ended by now.
        errors.removeIf(error -> error.message().contains("ignore the interrupt and were left behind"));
        requireSilence();
    }
}
