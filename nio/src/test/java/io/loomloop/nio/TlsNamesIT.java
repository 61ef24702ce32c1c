package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: 100,000 names")
@Timeout(900)
class TlsNamesIT {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("Vert.x CVE-2024-1300: nothing is kept of the names that clients ask for")
    void names() throws Exception {
        TlsNames.run(check, 100_000);
    }
}
