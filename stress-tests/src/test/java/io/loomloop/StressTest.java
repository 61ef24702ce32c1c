package io.loomloop;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StressTest {
    @Test
    @DisplayName("every protocol between threads holds under stress, and its broken twin does not")
    void protocolsAndTheirTwins() throws Exception {
        assertThat(StressCheck.run()).isEmpty();
    }
}
