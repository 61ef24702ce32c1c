package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("100,000 connections that are opened and closed")
@Timeout(600)
class OpenCloseIT {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("beside a selector thread: descriptors, timers and heap are back at the start")
    void again() throws Exception {
        OpenClose.run(check, 100_000);
    }

    @Test
    @DisplayName("5,000 of them with TLS")
    void secured() throws Exception {
        OpenClose.runSecured(check, 5_000);
    }
}
