package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Streams on a loop that is its own selector")
class SelectorDriverStreamsTest extends StreamContract {
    @Override
    LoopDriver newDriver() {
        return new SelectorDriver();
    }
}
