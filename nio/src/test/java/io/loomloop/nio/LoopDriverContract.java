package io.loomloop.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.spi.LoopDriver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every {@link LoopDriver} does, see core's test of the same name; a subclass makes one. The test thread plays the loop thread. */
@Timeout(10)
abstract class LoopDriverContract {
    private final LoopDriver driver = newDriver();

    abstract LoopDriver newDriver();

    @AfterEach
    void close() {
        driver.close();
    }

    @Test
    @DisplayName("a wake-up that comes before the wait is not lost, and many count once")
    void earlyWakeups() {
        for (int round = 0; round < 10; round++) {
            driver.wakeup();
            driver.wakeup();
            driver.wakeup();
            driver.await(Long.MAX_VALUE);
        }
        assertWaits(Duration.ofMillis(5));
    }

    @Test
    @DisplayName("a wake-up from another thread ends a wait without limit")
    void wakeupFromAnotherThread() throws Exception {
        for (int round = 0; round < 50; round++) {
            CountDownLatch about = new CountDownLatch(1);
            Thread waker = Thread.ofPlatform().start(() -> {
                try {
                    about.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                driver.wakeup();
            });
            about.countDown();
            driver.await(Long.MAX_VALUE);
            waker.join();
        }
    }

    @Test
    @DisplayName("a wait of no time, or less, returns at once")
    void waitsOfNoTime() {
        driver.await(0);
        driver.await(-1);
        driver.await(Long.MIN_VALUE);
    }

    @Test
    @DisplayName("a wait takes its time on the driver's own clock")
    void waitsTakeTheirTime() {
        assertWaits(Duration.ofMillis(5));
        assertWaits(Duration.ofNanos(1));
    }

    /** A wait may return early for no reason, so it is asked for again until its time is over, as the loop does. */
    private void assertWaits(Duration time) {
        long start = driver.nanoTime();
        int waits = 0;
        for (long left = time.toNanos(); left > 0; left = start + time.toNanos() - driver.nanoTime()) {
            driver.await(left);
            waits++;
        }
        assertThat(waits).as("a driver that returns at once all the time spins").isLessThan(20);
    }

    @Test
    @DisplayName("time does not go back, whoever asks")
    void timeDoesNotGoBack() throws Exception {
        AtomicInteger violations = new AtomicInteger();
        Thread other = Thread.ofPlatform().start(() -> {
            long before = driver.nanoTime();
            for (int i = 0; i < 10_000; i++) {
                long now = driver.nanoTime();
                if (now - before < 0) {
                    violations.incrementAndGet();
                }
                before = now;
            }
        });
        for (int i = 0; i < 100; i++) {
            driver.await(1_000);
        }
        other.join();
        assertThat(violations).hasValue(0);
    }

    @Test
    @DisplayName("an interrupt of the loop thread does not make the driver spin")
    void interrupts() {
        Thread.currentThread().interrupt();
        assertWaits(Duration.ofMillis(5));
        boolean unused = Thread.interrupted();
    }
}
