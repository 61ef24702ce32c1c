package io.loomloop.nio;

import io.loomloop.spi.LoopDriver;
import org.junit.jupiter.api.DisplayName;

@DisplayName("Streams on a loop whose connections are served by completion")
class ProactorDriverStreamsTest extends StreamContract {
    @Override
    LoopDriver newDriver() {
        return new ProactorDriver();
    }

    @Override
    boolean resets() {
        return false;
    }
}
