package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Debug mode: where things were made, and which step took too long. */
class DebugModeTest {
    @RegisterExtension
    final Loops loops = new Loops();

    private final VirtualTimeDriver driver = VirtualTimeDriver.jumping();

    private EventLoop open() {
        return loops.open(builder -> builder.driver(driver).debug(true).slowStepThreshold(Duration.ofMillis(100)));
    }

    private LoopFuture<String> makeFuture(EventLoop loop, int depth) {
        return depth == 0 ? loop.createFuture() : makeFuture(loop, depth - 1);
    }

    /** Without what the watchdog logs, whose time is real: a pause of the machine is a slow step to it. */
    private static List<LogRecord> timed(LogCapture log) {
        return log.records().stream()
                .filter(record -> !record.getMessage().contains("holds the event loop"))
                .toList();
    }

    private static void pass(VirtualTimeDriver driver, int millis) {
        driver.pass(Duration.ofMillis(millis));
    }

    @Test
    @DisplayName(
            "debug mode is off by default, on by builder and by -Dloomloop.debug, and can be switched while the loop lives")
    void switching() {
        EventLoop loop = loops.open();
        assertThat(loop.isDebug()).isFalse();
        loop.setDebug(true);
        assertThat(loop.isDebug()).isTrue();
        loop.setDebug(false);
        assertThat(loop.isDebug()).isFalse();
        assertThat(loops.open(builder -> builder.debug(true)).isDebug()).isTrue();
        try {
            System.setProperty("loomloop.debug", "");
            assertThat(loops.open().isDebug()).isTrue();
            assertThat(loops.open(builder -> builder.debug(false)).isDebug()).isFalse();
            System.setProperty("loomloop.debug", "false");
            assertThat(loops.open().isDebug()).isFalse();
        } finally {
            System.clearProperty("loomloop.debug");
        }
    }

    @Test
    @DisplayName("in debug mode futures, tasks, callbacks and timers say where they were made; without it they do not")
    void places() {
        EventLoop loop = open();
        String here = ", created at io.loomloop.DebugModeTest.places(DebugModeTest.java:";
        Task<?> task = loop.createTask("worker", () -> {});
        assertThat(task.toString()).startsWith("worker[pending" + here).endsWith("]");
        assertThat(loop.createFuture().toString()).contains("[pending" + here);
        assertThat(loop.callSoon(() -> {}).toString()).contains(here);
        assertThat(loop.callLater(Duration.ofDays(1), () -> {}).toString()).contains(here);
        assertThat(loop.callAt(0, () -> {}).toString()).contains(here);
        assertThat(loop.runInExecutor(() -> {}).toString()).contains(here);
        loop.setDebug(false);
        assertThat(task.toString()).contains(here);
        assertThat(loop.createFuture().toString()).doesNotContain("created");
        assertThat(loop.createTask(() -> {}).toString()).doesNotContain("created");
        assertThat(loop.callSoon(() -> {}).toString()).doesNotContain("created");
        loop.runUntilComplete(() -> task.await());
    }

    @Test
    @DisplayName("row 12: in debug mode a place is the innermost ten frames of the caller")
    void tenFrames() {
        EventLoop loop = open();
        List<StackTraceElement> place = loop.debugMode().placeOf(makeFuture(loop, 20));
        assertThat(place)
                .hasSize(10)
                .allMatch(frame -> frame.getClassName().equals(DebugModeTest.class.getName())
                        && frame.getMethodName().equals("makeFuture"));
        assertThat(loop.debugMode().placeOf(loop.createFuture()).get(0).getMethodName())
                .isEqualTo("tenFrames");
    }

    @Test
    @DisplayName("the report of a failing callback says where the callback was made")
    void failingCallback() {
        EventLoop loop = open();
        List<Handle> made = new ArrayList<>();
        loop.runUntilComplete(() -> {
            made.add(loop.callSoon(() -> {
                throw new IllegalArgumentException("oops");
            }));
            Async.yieldNow();
        });
        ErrorContext failure = loops.takeFailure();
        assertThat(failure.handle()).isSameAs(made.get(0));
        assertThat(failure.createdAt()).hasSizeLessThanOrEqualTo(10);
        assertThat(failure.createdAt().get(0).getMethodName()).startsWith("lambda$failingCallback");
        try (LogCapture log = new LogCapture()) {
            EventLoop.logException(loop, failure);
            assertThat(log.records().get(0).getMessage())
                    .contains("\n  created\n\tat io.loomloop.DebugModeTest.lambda$failingCallback");
        }
    }

    @Test
    @DisplayName("row 17: in debug mode the report of a failure never retrieved says where the future was made")
    void neverRetrieved() {
        EventLoop loop = open();
        LoopFuture<String> future = makeFuture(loop, 1);
        loops.hold(future);
        loop.runUntilComplete(() -> future.setException(new IllegalArgumentException("oops")));
        loop.close();
        ErrorContext failure = loops.takeFailure();
        assertThat(failure.message()).contains("not retrieved");
        assertThat(failure.createdAt())
                .extracting(StackTraceElement::getMethodName)
                .startsWith("makeFuture", "makeFuture")
                .hasSizeBetween(3, 10);
    }

    @Test
    @DisplayName("without debug mode reports carry no place")
    void off() {
        EventLoop loop = loops.open();
        loop.runUntilComplete(() -> {
            loop.callSoon(() -> {
                throw new IllegalArgumentException("oops");
            });
            Async.yieldNow();
        });
        ErrorContext failure = loops.takeFailure();
        assertThat(failure.createdAt()).isEmpty();
        try (LogCapture log = new LogCapture()) {
            EventLoop.logException(loop, failure);
            assertThat(log.records().get(0).getMessage()).doesNotContain("created");
        }
    }

    @Test
    @DisplayName("row 12: in debug mode a step of a task that took too long is logged with its time, once it is over")
    void slowTask() {
        try (LogCapture log = new LogCapture()) {
            EventLoop loop = open();
            loop.runUntilComplete(() -> {
                Task<?> slow = loop.createTask("slow", () -> {
                    Async.sleep(Duration.ofHours(1)); // a wait takes as long as it takes
                    pass(driver, 150);
                    Async.sleep(Duration.ofHours(1));
                    pass(driver, 99);
                });
                slow.await();
            });
            Loops.Waiting.until("it is logged", () -> !timed(log).isEmpty());
            assertThat(timed(log)).hasSize(1);
            LogRecord record = timed(log).get(0);
            assertThat(record.getLevel()).isEqualTo(Level.WARNING);
            assertThat(record.getMessage()).isEqualTo("executing task 'slow' took 0.150 seconds");
        }
    }

    @Test
    @DisplayName(
            "row 12: in debug mode a callback that took too long is logged with its time and place, one that waited is not")
    void slowCallback() {
        try (LogCapture log = new LogCapture()) {
            EventLoop loop = open();
            loop.runUntilComplete(() -> {
                loop.callSoon(() -> pass(driver, 99));
                loop.callSoon(() -> pass(driver, 1234));
                loop.callSoon(() -> Async.sleep(Duration.ofHours(1)));
                Async.sleep(Duration.ofHours(2));
            });
            assertThat(timed(log)).hasSize(1);
            assertThat(timed(log).get(0).getMessage())
                    .startsWith("executing Handle[has run, created at io.loomloop.DebugModeTest.lambda$slowCallback")
                    .endsWith(" took 1.234 seconds");
        }
    }

    @Test
    @DisplayName(
            "row 12: a task that yields in between is not slow; a callback that waits is, for the part that held the loop")
    void partsOfSteps() {
        try (LogCapture log = new LogCapture()) {
            EventLoop loop = open();
            loop.runUntilComplete(() -> {
                for (int i = 0; i < 10; i++) {
                    pass(driver, 90);
                    Async.yieldNow();
                }
                loop.callSoon(() -> {
                    pass(driver, 300);
                    Async.sleep(Duration.ofHours(1));
                    pass(driver, 400);
                    Async.sleep(Duration.ofHours(1));
                });
                loop.callSoon(() -> pass(driver, 99));
                Async.sleep(Duration.ofHours(3));
            });
            assertThat(timed(log))
                    .extracting(record -> record.getMessage().replaceAll("^.* took ", ""))
                    .containsExactly("0.300 seconds", "0.400 seconds");
        }
    }

    @Test
    @DisplayName("without debug mode, and without a threshold, no step is timed")
    void notTimed() {
        try (LogCapture log = new LogCapture()) {
            VirtualTimeDriver other = VirtualTimeDriver.jumping();
            EventLoop plain = loops.open(builder -> builder.driver(driver).slowStepThreshold(Duration.ofMillis(100)));
            EventLoop free = loops.open(builder -> builder.driver(other).debug(true));
            for (EventLoop loop : List.of(plain, free)) {
                loop.runUntilComplete(() -> {
                    pass(loop == plain ? driver : other, 5000);
                    loop.callSoon(() -> pass(loop == plain ? driver : other, 5000));
                    Async.yieldNow();
                });
            }
            assertThat(timed(log)).isEmpty();
        }
    }

    @Test
    @DisplayName("a note about an object is found by identity, given once, and does not keep the object alive")
    void notes() {
        WeakIdentityMap<String> notes = new WeakIdentityMap<>();
        List<Object> objects = new ArrayList<>(List.of(new String("same"), new String("same")));
        assertThat(notes.get(objects.get(0))).isNull();
        assertThat(notes.putIfAbsent(objects.get(0), "first")).isNull();
        assertThat(notes.putIfAbsent(objects.get(1), "second")).isNull();
        assertThat(notes.putIfAbsent(objects.get(1), "third")).isEqualTo("second");
        assertThat(notes.get(objects.get(0))).isEqualTo("first");
        assertThat(notes.get(objects.get(1))).isEqualTo("second");
        objects.clear();
        Object last = new Object();
        Loops.Waiting.until("what is garbage is forgotten", () -> {
            System.gc();
            notes.putIfAbsent(last, "last");
            return notes.size() == 1;
        });
        assertThat(notes.get(last)).isEqualTo("last");
    }
}
