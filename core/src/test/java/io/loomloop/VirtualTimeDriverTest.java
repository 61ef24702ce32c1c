package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.spi.LoopDriver;
import io.loomloop.testing.VirtualTimeDriver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class VirtualTimeDriverTest extends LoopDriverContract {
    private static final Duration SECOND = Duration.ofSeconds(1);

    @RegisterExtension
    final Loops loops = new Loops();

    private final List<String> seen = new CopyOnWriteArrayList<>();

    @Override
    LoopDriver newDriver() {
        return VirtualTimeDriver.jumping();
    }

    @Test
    @DisplayName("time that jumps stands still, jumps by a whole wait, and does not jump over a wake-up")
    void jumps() {
        VirtualTimeDriver driver = VirtualTimeDriver.jumping();
        assertThat(driver.nanoTime()).isZero();
        driver.await(Duration.ofDays(1).toNanos());
        assertThat(driver.elapsed()).isEqualTo(Duration.ofDays(1));
        driver.wakeup();
        driver.await(1_000);
        assertThat(driver.elapsed()).isEqualTo(Duration.ofDays(1));
        driver.await(1_000);
        assertThat(driver.elapsed()).isEqualTo(Duration.ofDays(1).plusNanos(1_000));
    }

    @Test
    @DisplayName("time that stands still goes as far as it may, and fires what is on the way at its own time")
    void advances() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        Task<?> task = loop.createTask(() -> {
            for (int i = 1; i <= 3; i++) {
                Async.sleep(SECOND);
                seen.add(i + " at " + loop.time() / 1_000_000_000);
            }
        });
        driver.awaitIdle();
        assertThat(seen).isEmpty();
        driver.advance(SECOND.multipliedBy(2));
        driver.awaitIdle();
        assertThat(seen).containsExactly("1 at 1", "2 at 2");
        assertThat(driver.elapsed()).isEqualTo(SECOND.multipliedBy(2));
        driver.advance(SECOND.dividedBy(2));
        driver.awaitIdle();
        assertThat(seen).hasSize(2);
        driver.advance(SECOND.dividedBy(2));
        driver.awaitIdle();
        assertThat(seen).containsExactly("1 at 1", "2 at 2", "3 at 3");
        assertThat(task.isDone()).isTrue();
    }

    @Test
    @DisplayName("without anything to wait for, time goes on as far as it may all the same")
    void advancesWithoutDeadlines() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        driver.advance(SECOND);
        driver.awaitIdle();
        assertThat(loop.time()).isEqualTo(SECOND.toNanos());
    }

    @Test
    @DisplayName("a step goes to the next deadline and waits until what is due is done")
    void steps() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        loop.callLater(SECOND, () -> seen.add("a"));
        loop.callLater(SECOND, () -> loop.callSoon(() -> loop.callSoon(() -> seen.add("b"))));
        loop.callLater(SECOND.multipliedBy(5), () -> seen.add("c"));
        assertThat(driver.step()).isTrue();
        assertThat(seen).containsExactly("a", "b");
        assertThat(driver.elapsed()).isEqualTo(SECOND);
        assertThat(driver.step()).isTrue();
        assertThat(seen).containsExactly("a", "b", "c");
        assertThat(driver.step()).isFalse();
        assertThat(driver.elapsed()).isEqualTo(SECOND.multipliedBy(5));
    }

    @Test
    @DisplayName("time that passes at once makes everything due together, in the order of the deadlines")
    void passes() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        loop.callLater(SECOND.multipliedBy(2), () -> seen.add("2 at " + driver.elapsed()));
        loop.callLater(SECOND, () -> seen.add("1 at " + driver.elapsed()));
        driver.awaitIdle();
        driver.pass(SECOND.multipliedBy(3));
        driver.awaitIdle();
        assertThat(seen).containsExactly("1 at PT3S", "2 at PT3S");
    }

    @Test
    @DisplayName("patient time leaves other threads the while to wake the loop before it jumps")
    void patience() {
        VirtualTimeDriver driver = VirtualTimeDriver.jumping(Duration.ofMinutes(1));
        EventLoop loop = loops.open(builder -> builder.driver(driver));
        Duration slept = loop.runUntilComplete(() -> {
            TimerHandle tooLate = loop.callLater(Duration.ofHours(1), () -> seen.add("too late"));
            LoopFuture<String> result = loop.runInExecutor(() -> "from another thread");
            seen.add(result.await());
            tooLate.cancel();
            return driver.elapsed();
        });
        assertThat(seen).containsExactly("from another thread");
        assertThat(slept).isZero();
    }

    @Test
    @DisplayName("a wait for an idle loop ends when the loop is closed, and fails on a loop")
    void idleEnds() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        assertThatThrownBy(() -> loop.createTask(driver::awaitIdle).await())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("from a thread outside");
        loop.close();
        driver.awaitIdle();
        assertThat(driver.step()).isFalse();
    }

    @Test
    @DisplayName("the longest durations do not overflow")
    void extremes() throws Exception {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        EventLoop loop = loops.start(builder -> builder.driver(driver));
        loop.callLater(Duration.ofSeconds(Long.MAX_VALUE), () -> seen.add("in the far future"));
        driver.advance(SECOND);
        driver.advance(Duration.ofSeconds(Long.MAX_VALUE));
        driver.awaitIdle();
        assertThat(seen).containsExactly("in the far future");
        VirtualTimeDriver jumping = VirtualTimeDriver.jumping();
        jumping.advance(SECOND);
        assertThat(jumping.elapsed()).isZero();
        assertThat(jumping).hasToString("VirtualTimeDriver[PT0S]");
    }

    @Test
    @DisplayName("negative durations are refused by name")
    void negativeDurations() {
        VirtualTimeDriver driver = VirtualTimeDriver.standing();
        assertThatThrownBy(() -> driver.advance(SECOND.negated()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("time must not be negative");
        assertThatThrownBy(() -> driver.pass(SECOND.negated())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> VirtualTimeDriver.jumping(SECOND.negated()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("patience");
    }
}
