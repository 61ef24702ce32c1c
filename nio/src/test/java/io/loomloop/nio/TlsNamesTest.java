package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@DisplayName("TLS: names that clients ask for")
@OneDriver
class TlsNamesTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @Test
    @DisplayName("Vert.x CVE-2024-1300: 2,000 that nobody has heard of, and nothing is kept of them")
    void names() throws Exception {
        TlsNames.run(check, 2_000);
    }
}
