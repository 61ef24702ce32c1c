package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A loop that is given no driver takes the one that -Dloomloop.io names")
class DefaultDriverTest {
    @Test
    @DisplayName("the default parks the loop thread")
    void parking() {
        assertThat(DefaultDriver.make("selector-thread")).hasSameClassAs(LoopDriver.parking());
        assertThat(System.getProperty("loomloop.io")).isNull();
        assertThat(DefaultDriver.make()).hasSameClassAs(LoopDriver.parking());
    }

    @Test
    @DisplayName("a name that nobody provides is refused, with the names there are")
    void unknown() {
        assertThatThrownBy(() -> DefaultDriver.make("steam"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("-Dloomloop.io=steam", "[selector-thread]", "loomloop-nio");
    }
}
