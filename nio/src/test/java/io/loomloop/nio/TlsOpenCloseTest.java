package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: connections that are opened and closed again and again")
@OneDriver
class TlsOpenCloseTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("1,000 times, some cut off: descriptors, timers and heap are back at the start")
    void again() throws Exception {
        OpenClose.runSecured(check, 1_000);
    }
}
