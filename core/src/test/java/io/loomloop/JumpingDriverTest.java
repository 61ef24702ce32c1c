package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.spi.LoopDriver;
import java.time.Duration;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class JumpingDriverTest extends LoopDriverContract {
    @Override
    LoopDriver newDriver() {
        return new JumpingDriver();
    }

    @Test
    @DisplayName("time stands still, jumps by a whole wait, and does not jump over a wake-up")
    void jumps() {
        JumpingDriver driver = new JumpingDriver(7);
        assertThat(driver.nanoTime()).isEqualTo(7);
        driver.await(Duration.ofDays(1).toNanos());
        assertThat(driver.nanoTime()).isEqualTo(7 + Duration.ofDays(1).toNanos());
        driver.wakeup();
        driver.await(1_000);
        assertThat(driver.nanoTime()).isEqualTo(7 + Duration.ofDays(1).toNanos());
        driver.await(1_000);
        assertThat(driver.nanoTime()).isEqualTo(1_007 + Duration.ofDays(1).toNanos());
        assertThat(driver.jumps()).isEqualTo(2);
    }
}
