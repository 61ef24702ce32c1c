package io.loomloop.nio;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** asyncio's CVE-2024-12254: {@code writelines} did not count for the high-water mark. */
@DisplayName("Peers that do not read cost no more than the high-water mark and one write, each")
class SlowReaderTest {
    @RegisterExtension
    final LoopCheck check = new LoopCheck();

    @ParameterizedTest
    @EnumSource
    @DisplayName("whatever the writer calls, as long as it drains; and the loop goes on")
    void bounded(WriteCall call) throws Exception {
        SlowPeers.write(check, call, false);
    }

    @Test
    @DisplayName("when the output is ended behind what they do not take")
    void writeEof() throws Exception {
        SlowPeers.end(check, StreamWriter::writeEof, false);
    }

    @Test
    @DisplayName("when the connection is closed behind what they do not take")
    void close() throws Exception {
        SlowPeers.end(check, StreamWriter::close, false);
    }

    @Test
    @DisplayName("with TLS too, over each driver")
    void secured() throws Exception {
        SlowPeers.write(check, WriteCall.ARRAY, true);
    }
}
