package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The watchdog: asyncio's slow callbacks, but told while they are slow. */
class WatchdogTest {
    private static final int ATTEMPTS = 5;

    @RegisterExtension
    final Loops loops = new Loops();

    private final LogCapture log = new LogCapture();
    private final AtomicBoolean free = new AtomicBoolean();

    @AfterEach
    void stopCapturing() {
        log.close();
    }

    private void holdTheLoop() {
        while (!free.get()) {
            Thread.onSpinWait();
        }
    }

    private EventLoop start(Duration threshold) {
        return loops.start(builder -> builder.slowStepThreshold(threshold));
    }

    /** The machine may stop any step now and then, which is logged, but not in each attempt. */
    private void isNotSlow(Duration threshold, VoidBody<?> body) {
        EventLoop loop = runAsTask(threshold, body);
        for (int i = 1; i < ATTEMPTS && !log.records().isEmpty(); i++) {
            log.records().clear();
            loop = runAsTask(threshold, body);
        }
        assertThat(log.records()).isEmpty();
        assertThat(loop.statistics().slowSteps()).isZero();
    }

    private EventLoop runAsTask(Duration threshold, VoidBody<?> body) {
        EventLoop loop = start(threshold);
        loop.createTask(body).await();
        loop.close(); // after that nothing more is logged
        return loop;
    }

    @Test
    @DisplayName("row 12: a task that holds the loop is logged while it does, with its name and its stack")
    void aTaskThatHoldsTheLoop() {
        EventLoop loop = start(Duration.ofMillis(10));
        Task<?> task = loop.createTask("the culprit", () -> holdTheLoop());
        LogRecord record = log.await("holdTheLoop");
        assertThat(task.isDone()).isFalse();
        assertThat(record.getLevel()).isEqualTo(Level.WARNING);
        assertThat(record.getMessage())
                .contains("the culprit")
                .contains(loop.name())
                .contains(" ms")
                .contains("holds the event loop");
        assertThat(loop.statistics().slowSteps()).isEqualTo(1);
        free.set(true);
        task.await();
    }

    @Test
    @DisplayName("row 12: a callback that holds the loop is logged with its stack")
    void aCallbackThatHoldsTheLoop() {
        EventLoop loop = start(Duration.ofMillis(10));
        loop.callSoon(this::holdTheLoop);
        assertThat(log.await("holdTheLoop").getMessage()).contains("callback").contains("holds the event loop");
        free.set(true);
    }

    @Test
    @DisplayName("row 12: a thread started inside a task that holds the loop is logged as that")
    void anAdoptedThreadThatHoldsTheLoop() {
        EventLoop loop = start(Duration.ofMillis(10));
        loop.createTask("the parent", () -> Thread.startVirtualThread(this::holdTheLoop))
                .await();
        assertThat(log.await("a thread started inside task 'the parent'").getMessage())
                .contains("holds the event loop");
        free.set(true);
    }

    @Test
    @DisplayName("row 12: a step that goes on is logged again each time its time has doubled, and counted once")
    void aStepThatGoesOn() {
        EventLoop loop = start(Duration.ofMillis(4));
        Task<?> task = loop.createTask(this::holdTheLoop);
        Loops.Waiting.until("it is logged three times", () -> log.records().size() >= 3);
        assertThat(loop.statistics().slowSteps()).isEqualTo(1);
        free.set(true);
        task.await();
    }

    @Test
    @DisplayName("a task that computes for long but yields in between is not logged")
    void yieldingIsEnough() {
        isNotSlow(Duration.ofMillis(300), () -> {
            long end = System.nanoTime() + Duration.ofMillis(500).toNanos();
            while (System.nanoTime() < end) {
                Async.yieldNow();
            }
        });
    }

    @Test
    @DisplayName("a task that waits is not slow, whatever it waits in")
    void waitingIsNotSlow() {
        isNotSlow(Duration.ofMillis(100), () -> {
            Async.sleep(Duration.ofMillis(200));
            Thread.sleep(200); // reason: real time has to pass while the task waits in the JDK
        });
    }

    @Test
    @DisplayName("the watchdog sleeps as long as the loop does, and is back when something holds the loop")
    void restsWhileTheLoopSleeps() {
        EventLoop loop = start(Duration.ofMillis(10));
        for (int i = 1; i <= 3; i++) {
            Loops.Waiting.until("the watchdog rests", () -> loop.watchdog().isResting());
            assertThat(loop.watchdog().getState()).isIn(Thread.State.WAITING, Thread.State.RUNNABLE);
            free.set(false);
            Task<?> task = loop.createTask(() -> holdTheLoop());
            int slow = i;
            Loops.Waiting.until(
                    "the slow step is counted", () -> loop.statistics().slowSteps() == slow);
            assertThat(loop.watchdog().isResting()).isFalse();
            free.set(true);
            task.await();
        }
    }

    @Test
    @DisplayName("without a threshold there is no watchdog thread")
    void noWatchdog() {
        EventLoop loop = start(Duration.ZERO);
        loop.createTask(() -> {}).await();
        assertThat(Loops.threadsOf(loop)).containsExactly(loop.name());
        assertThat(loop.statistics().slowSteps()).isZero();
    }
}
