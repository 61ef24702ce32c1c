package io.loomloop.soak;

import io.loomloop.ErrorContext;
import io.loomloop.EventLoop;
import io.loomloop.check.Check;
import io.loomloop.check.Drivers;
import io.loomloop.faults.Serving;
import io.loomloop.testing.LoopOracle;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The loops that programs use: one for each driver, and as many again that do not last. The lasting ones show what heaps up on a loop, the others
 * what a loop leaves behind. Besides, there are threads that belong to no loop.
 */
public final class Field implements AutoCloseable {
    private final List<EventLoop> lasting = start("lasting");
    private final List<EventLoop> passing = new ArrayList<>();
    private final ExecutorService foreign = Executors.newFixedThreadPool(
            3, work -> Thread.ofPlatform().daemon().name("soak-foreign").unstarted(work));
    // exception handlers, in any thread
    private final Queue<ErrorContext> errors = new ConcurrentLinkedQueue<>();

    private List<EventLoop> start(String kind) {
        List<EventLoop> loops = new ArrayList<>();
        for (Drivers driver : Drivers.values()) {
            loops.add(EventLoop.builder()
                    .name("<soak-" + kind + "-" + driver + ">")
                    .driver(driver.make())
                    .slowStepThreshold(Duration.ZERO)
                    .exceptionHandler((loop, error) -> note(error))
                    .start());
        }
        return loops;
    }

    /** What a peer that breaks off does not get is reported when its connection is closed already, as it has to be. */
    private void note(ErrorContext error) {
        if (!(error.exception() instanceof IOException && error.message().contains("were not sent by"))) {
            errors.add(error);
        }
    }

    /** Has the loops that last open what they keep open, such as selectors: later that would look like a leak. */
    void warmUp() throws Exception {
        for (EventLoop loop : lasting) {
            Check.call(loop, Serving::echo);
        }
    }

    /** Any of the loops. */
    public EventLoop loop(Random random) {
        int chosen = random.nextInt(lasting.size() + passing.size());
        return chosen < lasting.size() ? lasting.get(chosen) : passing.get(chosen - lasting.size());
    }

    /** Threads of no loop. */
    public ExecutorService foreign() {
        return foreign;
    }

    /** Makes the loops that do not last. */
    void renew() {
        passing.addAll(start("passing"));
    }

    /** Closes the loops that do not last, and fails if anything is left of them, or on the others. */
    void clear() {
        passing.forEach(EventLoop::close);
        passing.forEach(LoopOracle::assertNothingLeft);
        passing.clear();
        for (EventLoop loop : lasting) {
            Check.soon(
                    "nothing is left on " + loop,
                    () -> loop.statistics().tasksAlive() == 0
                            && loop.statistics().timers() == 0
                            && loop.statistics().ready() == 0);
        }
        ErrorContext error = errors.poll();
        if (error != null) {
            throw new AssertionError("an exception handler got what nobody expected: " + error, error.exception());
        }
    }

    /** Where all loops are, as text. */
    String dump() {
        StringBuilder text = new StringBuilder();
        lasting.forEach(loop -> text.append(LoopOracle.dump(loop)));
        List.copyOf(passing).forEach(loop -> text.append(LoopOracle.dump(loop)));
        return text.toString();
    }

    @Override
    public void close() {
        lasting.forEach(EventLoop::close);
        foreign.shutdown();
    }
}
