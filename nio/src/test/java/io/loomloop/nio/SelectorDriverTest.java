package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.DisplayName;

@DisplayName("The selector driver")
class SelectorDriverTest extends LoopDriverContract {
    @Override
    LoopDriver newDriver() {
        return new SelectorDriver();
    }
}
