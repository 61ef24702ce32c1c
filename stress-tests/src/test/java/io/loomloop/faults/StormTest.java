package io.loomloop.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.loomloop.check.ChildJvm;
import io.loomloop.check.Drivers;
import io.loomloop.check.Seeds;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Faults, interrupts and closes at moments that chance chooses; {@code -Dseed=} repeats the choices. */
class StormTest {
    @ParameterizedTest
    @EnumSource
    @DisplayName("faults of any kind one after the other leave alone what else the loop does")
    void faults(Drivers driver) throws Exception {
        Random random = Seeds.random("faults " + driver);
        for (int i = 0; i < 5; i++) {
            FaultStorm.round(driver, random);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("interrupts of its threads change nothing for a loop that is busy")
    void interruptsWhileBusy(Drivers driver) throws Exception {
        InterruptStorm.busy(driver, Seeds.random("interrupts while busy " + driver));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("interrupts of its threads change nothing for a loop that is idle: it sleeps")
    void interruptsWhileIdle(Drivers driver) throws Exception {
        InterruptStorm.idle(driver, Seeds.random("interrupts while idle " + driver));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a close at any moment ends all that was accepted, and leaves nothing")
    void closes(Drivers driver) throws Exception {
        Random random = Seeds.random("closes " + driver);
        long accepted = 0;
        for (int i = 0; i < 20; i++) {
            accepted += CloseStorm.round(driver, random);
        }
        assertThat(accepted).isPositive();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a heap that is full ends whoever asks for more, and nothing else")
    void outOfMemory(Drivers driver) throws Exception {
        ChildJvm.Result result = ChildJvm.run(
                OutOfMemory.class, "-Xmx48m", "-XX:+UseSerialGC", "-Dcheck.patience=20", "--", driver.name());
        assertThat(result.output()).contains("survived");
        assertThat(result.exitCode()).isZero();
    }
}
